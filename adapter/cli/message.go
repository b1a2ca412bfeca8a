package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// fieldOf returns the descriptor of a field. The names come from this package;
// TestNounsFitTheAPI proves that the messages have them.
func fieldOf(message protoreflect.Message, name string) protoreflect.FieldDescriptor {
	return message.Descriptor().Fields().ByName(protoreflect.Name(name))
}

// sub returns a message inside a message, made if it is missing.
func sub(message proto.Message, name string) protoreflect.Message {
	m := message.ProtoReflect()
	return m.Mutable(fieldOf(m, name)).Message()
}

// setText sets a text field; "" leaves it.
func setText(message protoreflect.Message, name, text string) {
	if text != "" {
		message.Set(fieldOf(message, name), protoreflect.ValueOfString(text))
	}
}

// maskOf returns the update mask of a request.
func maskOf(request proto.Message) *fieldmaskpb.FieldMask {
	mask, _ := sub(request, "update_mask").Interface().(*fieldmaskpb.FieldMask)
	return mask
}

// textOf returns a field for people: a list with commas, a time in local form,
// and "" for what is empty or false.
func textOf(message protoreflect.Message, name string) string {
	field := fieldOf(message, name)
	if !message.Has(field) {
		return ""
	}
	value := message.Get(field)
	switch {
	case field.IsList():
		texts := make([]string, value.List().Len())
		for i := range texts {
			texts[i] = fmt.Sprint(value.List().Get(i).Interface())
		}
		return strings.Join(texts, ", ")
	case field.Message() == nil:
		return fmt.Sprint(value.Interface())
	}
	switch inner := value.Message().Interface().(type) {
	case *timestamppb.Timestamp:
		return inner.AsTime().Format(time.RFC3339)
	case *structpb.Struct:
		return structText(inner)
	default:
		return fmt.Sprint(inner)
	}
}

// structText returns the JSON of an object, "" of an empty one.
func structText(s *structpb.Struct) string {
	text, err := s.MarshalJSON()
	if err != nil || len(s.GetFields()) == 0 {
		return ""
	}
	return string(text)
}

// dashed returns the flag of a field.
func dashed(field string) string { return strings.ReplaceAll(field, "_", "-") }

// flagText returns the text of a flag.
func flagText(cmd *cobra.Command, name string) string { return cmd.Flag(name).Value.String() }

// fieldValues are the flags of fields: lists and switches by name; every other
// field is a text.
type fieldValues struct {
	fields []string
	lists  map[string]*[]string
	flags  map[string]*bool
}

// fieldFlags adds a flag for each field of a noun's message.
func fieldFlags(cmd *cobra.Command, n noun, fields []string) fieldValues {
	values := fieldValues{fields: fields, lists: map[string]*[]string{}, flags: map[string]*bool{}}
	shape := n.shape()
	for _, name := range fields {
		field := shape.Fields().ByName(protoreflect.Name(name))
		about := strings.ReplaceAll(name, "_", " ") + " of the " + n.words()
		switch {
		case field.IsList():
			values.lists[name] = cmd.Flags().StringSlice(dashed(name), nil, about+", with commas or several times")
		case field.Kind() == protoreflect.BoolKind:
			values.flags[name] = cmd.Flags().Bool(dashed(name), false, "whether it is "+name)
		default:
			cmd.Flags().String(dashed(name), "", about)
		}
	}
	return values
}

// fill puts the flags that were given into an object, and their names into the
// mask, if there is one.
func (v fieldValues) fill(cmd *cobra.Command, object protoreflect.Message, mask *fieldmaskpb.FieldMask) {
	for _, name := range v.fields {
		if !cmd.Flags().Changed(dashed(name)) {
			continue
		}
		if mask != nil {
			mask.Paths = append(mask.Paths, name)
		}
		field := fieldOf(object, name)
		switch {
		case v.lists[name] != nil:
			list := object.Mutable(field).List()
			for _, text := range *v.lists[name] {
				list.Append(protoreflect.ValueOfString(text))
			}
		case v.flags[name] != nil:
			object.Set(field, protoreflect.ValueOfBool(*v.flags[name]))
		default:
			object.Set(field, protoreflect.ValueOfString(flagText(cmd, dashed(name))))
		}
	}
}
