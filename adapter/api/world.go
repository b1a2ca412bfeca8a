package api

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

type worldHandler struct {
	ambitv1.UnimplementedWorldServiceServer
	core
}

// ApplyWorld keeps all of a world or nothing. A number, or a yes or no other
// than isolated, is INVALID_ARGUMENT, reason FIELD_KIND; the errors of a world
// name the place, as in policies[3].roles[0].
func (h worldHandler) ApplyWorld(ctx context.Context, req *ambitv1.ApplyWorldRequest) (*ambitv1.Receipt, error) {
	if err := wantObject(req); err != nil {
		return nil, err
	}
	parsed, err := h.parse(req.GetWorld())
	if err != nil {
		return nil, err
	}
	return receipt(h.adapter.Apply(ctx, parsed))
}

// parse reads a world with the parser of world files: JSON is YAML, and a
// Struct, unlike a message of ours, still knows which lists are absent and which
// are empty.
func (h worldHandler) parse(sent *structpb.Struct) (iam.World, error) {
	if err := onlyTexts("", structpb.NewStructValue(sent)); err != nil {
		return iam.World{}, err
	}
	data, err := sent.MarshalJSON()
	if err != nil {
		return iam.World{}, iam.Invalid("WORLD_MALFORMED", "world", "", "the world is not JSON").Because(err)
	}
	return world.Parse("world", data, h.adapter.Model())
}

// ExportWorld returns everything unless the request names a tenant, which comes
// with the users that are named in it. INVALID_ARGUMENT, reason
// TENANT_REQUIRED, for a scope that is none; NOT_FOUND for one that is not
// there.
func (h worldHandler) ExportWorld(ctx context.Context, req *ambitv1.ExportWorldRequest) (*ambitv1.ExportWorldResponse, error) {
	var read reader
	tenant := read.optional("tenant", req.GetTenant())
	if read.err != nil {
		return nil, read.err
	}
	exported, err := h.adapter.Export(ctx, tenant)
	if err != nil {
		return nil, err
	}
	message, err := worldMessage(exported, h)
	if err != nil {
		return nil, iam.Failed("write the world", err)
	}
	return &ambitv1.ExportWorldResponse{World: message}, nil
}

// onlyTexts refuses numbers, which a Struct rounds, and true and false where a
// text belongs: YAML, which reads the world later, would take them for texts.
func onlyTexts(path string, value *structpb.Value) error {
	switch v := value.GetKind().(type) {
	case *structpb.Value_StructValue:
		for _, name := range slices.Sorted(maps.Keys(v.StructValue.GetFields())) {
			at := strings.TrimPrefix(path+"."+name, ".")
			item := v.StructValue.GetFields()[name]
			if _, flag := item.GetKind().(*structpb.Value_BoolValue); flag && name == "isolated" {
				continue
			}
			if err := onlyTexts(at, item); err != nil {
				return err
			}
		}
	case *structpb.Value_ListValue:
		for i, item := range v.ListValue.GetValues() {
			if err := onlyTexts(fmt.Sprintf("%s[%d]", path, i), item); err != nil {
				return err
			}
		}
	case *structpb.Value_NumberValue, *structpb.Value_BoolValue:
		return iam.Invalid("FIELD_KIND", path, fmt.Sprint(value.AsInterface()), "must be a text in quotes")
	}
	return nil
}

// worldMessage goes through the text of a world file, so that there is one
// place that knows its keys.
func worldMessage(w iam.World, h worldHandler) (*structpb.Struct, error) {
	data, err := world.FormatJSON(w, h.adapter.Model())
	if err != nil {
		return nil, err
	}
	message := &structpb.Struct{}
	return message, message.UnmarshalJSON(data)
}
