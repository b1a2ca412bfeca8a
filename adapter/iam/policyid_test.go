package iam_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestDerivedPolicyID(t *testing.T) {
	t.Parallel()
	ann, bob := iam.Ref{Type: "user", ID: "ann"}, iam.Ref{Type: "user", ID: "bob"}
	here, there := iam.Ref{Type: "account", ID: "A"}, iam.Ref{Type: "account", ID: "B"}
	id := iam.DerivedPolicyID(ann, here, []iam.RoleID{"admin", "user"})

	assert.Equal(t, iam.PolicyID("p-5pls6n37v4ug6c7h"), id, "ids are stored: they must not change between versions")
	assert.True(t, iam.ValidID(string(id)))
	assert.Equal(t, id, iam.DerivedPolicyID(ann, here, []iam.RoleID{"user", "admin", "user"}), "order and repetition do not matter")

	for name, other := range map[string]iam.PolicyID{
		"subject": iam.DerivedPolicyID(bob, here, []iam.RoleID{"admin", "user"}),
		"scope":   iam.DerivedPolicyID(ann, there, []iam.RoleID{"admin", "user"}),
		"roles":   iam.DerivedPolicyID(ann, here, []iam.RoleID{"admin"}),
		"none":    iam.DerivedPolicyID(ann, here, nil),
	} {
		assert.NotEqual(t, id, other, name)
	}
}
