package spicedb

import (
	"context"
	"slices"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
)

// SchemaDifference says, sorted, what of the server's schema at the head
// revision differs from text, and with Bookkeeping from the definitions that
// the engine adds. Comments and order do not count. A text that does not
// compile is INTERNAL with ReasonRefused.
func (e *Engine) SchemaDifference(ctx context.Context, text string) ([]string, error) {
	head, err := e.atHead(ctx)
	if err != nil {
		return nil, err
	}
	response, err := e.schema.DiffSchema(ctx, &v1.DiffSchemaRequest{
		Consistency:      head,
		ComparisonSchema: e.withOwn(text),
	})
	if err != nil {
		return nil, refused(ctx, err)
	}
	var sentences []string
	for _, diff := range response.GetDiffs() {
		if sentence := sentenceOf(diff); sentence != "" {
			sentences = append(sentences, sentence)
		}
	}
	slices.Sort(sentences)
	return slices.Compact(sentences), nil
}

const (
	missing  = " is missing"
	unwanted = " should not be there"
	differs  = " differs"
)

// sentenceOf tells one difference; "" if it is one of comments. SpiceDB reports
// what changes when its schema is replaced by text, so what it calls added is
// missing now.
func sentenceOf(diff *v1.ReflectionSchemaDiff) string {
	switch change := diff.GetDiff().(type) {
	case *v1.ReflectionSchemaDiff_DefinitionAdded:
		return "definition " + change.DefinitionAdded.GetName() + missing
	case *v1.ReflectionSchemaDiff_DefinitionRemoved:
		return "definition " + change.DefinitionRemoved.GetName() + unwanted
	case *v1.ReflectionSchemaDiff_RelationAdded:
		return relationName(change.RelationAdded) + missing
	case *v1.ReflectionSchemaDiff_RelationRemoved:
		return relationName(change.RelationRemoved) + unwanted
	case *v1.ReflectionSchemaDiff_RelationSubjectTypeAdded:
		added := change.RelationSubjectTypeAdded
		return relationName(added.GetRelation()) + " does not take " + typeName(added.GetChangedSubjectType())
	case *v1.ReflectionSchemaDiff_RelationSubjectTypeRemoved:
		removed := change.RelationSubjectTypeRemoved
		return relationName(removed.GetRelation()) + " takes " + typeName(removed.GetChangedSubjectType()) + " and should not"
	case *v1.ReflectionSchemaDiff_PermissionAdded:
		return permissionName(change.PermissionAdded) + missing
	case *v1.ReflectionSchemaDiff_PermissionRemoved:
		return permissionName(change.PermissionRemoved) + unwanted
	case *v1.ReflectionSchemaDiff_PermissionExprChanged:
		return permissionName(change.PermissionExprChanged) + differs
	case *v1.ReflectionSchemaDiff_DefinitionDocCommentChanged, *v1.ReflectionSchemaDiff_RelationDocCommentChanged,
		*v1.ReflectionSchemaDiff_PermissionDocCommentChanged, *v1.ReflectionSchemaDiff_CaveatDocCommentChanged:
		return ""
	}
	return caveatSentence(diff)
}

// caveatSentence is sentenceOf for caveats. Ambit writes none, so there they are
// somebody else's.
func caveatSentence(diff *v1.ReflectionSchemaDiff) string {
	switch change := diff.GetDiff().(type) {
	case *v1.ReflectionSchemaDiff_CaveatAdded:
		return "caveat " + change.CaveatAdded.GetName() + missing
	case *v1.ReflectionSchemaDiff_CaveatRemoved:
		return "caveat " + change.CaveatRemoved.GetName() + unwanted
	case *v1.ReflectionSchemaDiff_CaveatExprChanged:
		return "caveat " + change.CaveatExprChanged.GetName() + differs
	case *v1.ReflectionSchemaDiff_CaveatParameterAdded:
		return "caveat " + change.CaveatParameterAdded.GetParentCaveatName() + differs
	case *v1.ReflectionSchemaDiff_CaveatParameterRemoved:
		return "caveat " + change.CaveatParameterRemoved.GetParentCaveatName() + differs
	case *v1.ReflectionSchemaDiff_CaveatParameterTypeChanged:
		return "caveat " + change.CaveatParameterTypeChanged.GetParameter().GetParentCaveatName() + differs
	}
	return "the schema differs in a way that this version of Ambit does not know"
}

func relationName(relation *v1.ReflectionRelation) string {
	return "relation " + relation.GetParentDefinitionName() + "#" + relation.GetName()
}

func permissionName(permission *v1.ReflectionPermission) string {
	return "permission " + permission.GetParentDefinitionName() + "#" + permission.GetName()
}

// typeName names a type of subjects the way a schema does.
func typeName(reference *v1.ReflectionTypeReference) string {
	name := reference.GetSubjectDefinitionName()
	if reference.GetIsPublicWildcard() {
		name += ":*"
	}
	if relation := reference.GetOptionalRelationName(); relation != "" {
		name += "#" + relation
	}
	if caveat := reference.GetOptionalCaveatName(); caveat != "" {
		name += " with " + caveat
	}
	return name
}
