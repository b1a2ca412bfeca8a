package api

import (
	"slices"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// mask is the set of fields that an update changes.
type mask map[protoreflect.Name]bool

// pick returns the new value of a field, or nil if it stays as it is.
func pick[T any](m mask, field protoreflect.Name, value T) *T {
	if !m[field] {
		return nil
	}
	return &value
}

// change says which fields of the object an update changes. Without paths
// these are the fields that are set; "*" means all. What only the server sets
// is left out. An immutable field must have the value of the current object,
// which is fetched only if one is named.
func change[M proto.Message](object M, paths *fieldmaskpb.FieldMask, current func() (M, error)) (mask, error) {
	if !object.ProtoReflect().IsValid() {
		return nil, missing("object")
	}
	changed := mask{}
	var fixed []protoreflect.FieldDescriptor
	fields, err := named(object.ProtoReflect(), paths.GetPaths())
	if err != nil {
		return nil, err
	}
	for _, field := range fields {
		switch behaviour(field) {
		case annotations.FieldBehavior_FIELD_BEHAVIOR_UNSPECIFIED:
			changed[field.Name()] = field.Name() != "etag"
		case annotations.FieldBehavior_IMMUTABLE:
			fixed = append(fixed, field)
		}
	}
	if len(fixed) == 0 {
		return changed, nil
	}
	before, err := current()
	if err != nil {
		return nil, err
	}
	return changed, sameFields(object.ProtoReflect(), before.ProtoReflect(), fixed)
}

// named returns the fields that paths name.
func named(object protoreflect.Message, paths []string) ([]protoreflect.FieldDescriptor, error) {
	// The gateway names the empty path for the body {}.
	paths = slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return path == "" })
	all := object.Descriptor().Fields()
	var fields []protoreflect.FieldDescriptor
	for i := range all.Len() {
		field := all.Get(i)
		star := slices.Contains(paths, "*") && behaviour(field) != annotations.FieldBehavior_IMMUTABLE
		if star || slices.Contains(paths, string(field.Name())) || len(paths) == 0 && object.Has(field) {
			fields = append(fields, field)
		}
	}
	for _, path := range paths {
		if path != "*" && all.ByName(protoreflect.Name(path)) == nil {
			return nil, iam.Invalid("FIELD_UNKNOWN", "update_mask", path, "there is no such field; there are "+fieldNames(object.Descriptor()))
		}
	}
	return fields, nil
}

func sameFields(object, current protoreflect.Message, fields []protoreflect.FieldDescriptor) error {
	for _, field := range fields {
		if given := object.Get(field); !given.Equal(current.Get(field)) {
			return iam.Invalid("FIELD_IMMUTABLE", string(field.Name()), given.String(), "cannot be changed by an update")
		}
	}
	return nil
}

// behaviour reads the annotation of a field. The protos give at most one.
func behaviour(field protoreflect.FieldDescriptor) annotations.FieldBehavior {
	if list, ok := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior); ok && len(list) > 0 {
		return list[0]
	}
	return annotations.FieldBehavior_FIELD_BEHAVIOR_UNSPECIFIED
}

// wantObject refuses a request whose required object is absent. An empty object
// may be right, nothing at all is an accident.
func wantObject(request proto.Message) error {
	message := request.ProtoReflect()
	for i := range message.Descriptor().Fields().Len() {
		field := message.Descriptor().Fields().Get(i)
		if field.Kind() == protoreflect.MessageKind && behaviour(field) == annotations.FieldBehavior_REQUIRED && !message.Has(field) {
			return missing(string(field.Name()))
		}
	}
	return nil
}

func missing(object string) error {
	return iam.Invalid("REQUIRED", object, "", "is required; in REST it is the body")
}
