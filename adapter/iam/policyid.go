package iam

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
)

// policyIDBytes is how much of the digest an id shows: 80 bits, 16 letters.
const policyIDBytes = 10

// DerivedPolicyID returns the id of a policy that was given none: "p-" and 16
// letters and digits that follow from subject, scope and roles. The order of
// the roles and their repetition do not matter, so that writing the same
// policy twice names it once. Aliases of roles are other names: resolve them
// before.
func DerivedPolicyID(subject, scope Ref, roles []RoleID) PolicyID {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = string(role)
	}
	slices.Sort(names)
	// No id contains a line break, so that different policies have different text.
	lines := append([]string{subject.String(), scope.String()}, slices.Compact(names)...)
	digest := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	letters := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(digest[:policyIDBytes])
	return PolicyID("p-" + strings.ToLower(letters))
}
