package enginetest

import (
	"testing"

	"github.com/ambit-iam/ambit/adapter"
)

// Subject is what the suite examines.
type Subject interface {
	adapter.Engine
	adapter.Content
}

// Severable is implemented by subjects whose connection can be cut. The suite
// then checks what callers see of an engine that is away.
type Severable interface {
	// Sever makes the engine unreachable for the rest of the test.
	Sever(t *testing.T)
}

// Run examines engines. start returns an empty one, without a schema, and
// registers its end with t.Cleanup; it is called for each test of the suite,
// many at a time.
func Run(t *testing.T, start func(t *testing.T) Subject) {
	t.Helper()
	tests := []struct {
		name  string
		check func(t *testing.T, subject Subject)
	}{
		{"Schema/empty", schemaEmpty},
		{"Schema/round trip", schemaRoundTrip},
		{"Schema/broken", schemaBroken},
		{"Write/repeated", writeRepeated},
		{"Write/empty", writeEmpty},
		{"Write/all or nothing", writeAtomic},
		{"Write/read your write", writeThenRead},
		{"Write/many updates", writeMany},
		{"Check/inherits", checkInherits},
		{"Check/exact revision", checkExact},
		{"Check/unknown permission", checkUnknown},
		{"CheckMany/order", checkManyOrder},
		{"CheckMany/empty", checkManyEmpty},
		{"CheckMany/one failure", checkManyFailure},
		{"CheckMany/one revision", checkManyRevision},
		{"Resources/all", resourcesAll},
		{"Resources/none", resourcesNone},
		{"Resources/pages", resourcesPages},
		{"Resources/stable pages", resourcesStable},
		{"Resources/foreign cursor", resourcesForeignCursor},
		{"Subjects/groups", subjectsGroups},
		{"Subjects/wildcard", subjectsWildcard},
		{"Import", importMany},
		{"Import/none", importNone},
		{"Read/filters", readFilters},
		{"Read/stopped", readStopped},
		{"Failure/cancelled", cancelled},
		{"Failure/unreachable", unreachable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.check(t, start(t))
		})
	}
}
