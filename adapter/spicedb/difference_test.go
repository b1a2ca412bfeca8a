package spicedb

import (
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
)

// TestSentences has the differences that no model of ours brings about.
func TestSentences(t *testing.T) {
	t.Parallel()
	caveat := &v1.ReflectionCaveat{Name: "office_hours"}
	parameter := &v1.ReflectionCaveatParameter{Name: "hour", ParentCaveatName: "office_hours"}
	public := &v1.ReflectionTypeReference{
		SubjectDefinitionName: "user",
		OptionalCaveatName:    "office_hours",
		Typeref:               &v1.ReflectionTypeReference_IsPublicWildcard{IsPublicWildcard: true},
	}
	relation := &v1.ReflectionRelation{ParentDefinitionName: "team", Name: "member"}
	for want, diff := range map[string]*v1.ReflectionSchemaDiff{
		"caveat office_hours is missing":          {Diff: &v1.ReflectionSchemaDiff_CaveatAdded{CaveatAdded: caveat}},
		"caveat office_hours should not be there": {Diff: &v1.ReflectionSchemaDiff_CaveatRemoved{CaveatRemoved: caveat}},
		"caveat office_hours differs":             {Diff: &v1.ReflectionSchemaDiff_CaveatExprChanged{CaveatExprChanged: caveat}},
		"relation team#member takes user:* with office_hours and should not": {
			Diff: &v1.ReflectionSchemaDiff_RelationSubjectTypeRemoved{
				RelationSubjectTypeRemoved: &v1.ReflectionRelationSubjectTypeChange{Relation: relation, ChangedSubjectType: public},
			},
		},
		"": {Diff: &v1.ReflectionSchemaDiff_CaveatDocCommentChanged{CaveatDocCommentChanged: caveat}},
		"the schema differs in a way that this version of Ambit does not know": {},
	} {
		if got := sentenceOf(diff); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, diff := range []*v1.ReflectionSchemaDiff{
		{Diff: &v1.ReflectionSchemaDiff_CaveatParameterAdded{CaveatParameterAdded: parameter}},
		{Diff: &v1.ReflectionSchemaDiff_CaveatParameterRemoved{CaveatParameterRemoved: parameter}},
		{Diff: &v1.ReflectionSchemaDiff_CaveatParameterTypeChanged{
			CaveatParameterTypeChanged: &v1.ReflectionCaveatParameterTypeChange{Parameter: parameter},
		}},
	} {
		if got := sentenceOf(diff); got != "caveat office_hours differs" {
			t.Errorf("got %q", got)
		}
	}
}
