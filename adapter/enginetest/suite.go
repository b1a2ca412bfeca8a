package enginetest

import (
	"testing"

	"github.com/ambit-iam/ambit/adapter"
)

// Subject is what the suite examines.
type Subject interface {
	adapter.Engine
	adapter.Content
	adapter.Feed
}

// Severable is implemented by subjects whose connection can be cut. The suite
// then checks what callers see of an engine that is away.
type Severable interface {
	// Sever makes the engine unreachable for the rest of the test.
	Sever(t *testing.T)
}

// Start returns an empty engine, without a schema, and registers its end with
// t.Cleanup. It is called for each test of the suite, many at a time.
type Start func(t *testing.T) Subject

// Run examines engines that keep no identity and no positions.
func Run(t *testing.T, start Start) {
	t.Helper()
	run(t, start, append(tests(), test{"Bookkeeping/none", booksNone}))
}

// RunBookkeeping examines engines that know whose content they hold, and which
// change of each tenant came last.
func RunBookkeeping(t *testing.T, start Start) {
	t.Helper()
	run(t, start, append(tests(), bookkeepingTests()...))
}

type test struct {
	name  string
	check func(t *testing.T, subject Subject)
}

func run(t *testing.T, start Start, tests []test) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.check(t, start(t))
		})
	}
}

// tests are those that every engine passes.
func tests() []test {
	return []test{
		{"Schema/empty", schemaEmpty},
		{"Schema/round trip", schemaRoundTrip},
		{"Schema/broken", schemaBroken},
		{"SchemaDifference", schemaDifference},
		{"SchemaDifference/no schema", schemaNone},
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
		{"Read/past", readPast},
		{"Read/stopped", readStopped},
		{"Feed/follows", feedFollows},
		{"Feed/long change", feedLong},
		{"Feed/hidden", feedHidden},
		{"Feed/unknown revision", feedUnknown},
		{"Feed/cancelled", func(t *testing.T, subject Subject) { cancelled(t, subject, feedCalls(subject)) }},
		{"Feed/unreachable", func(t *testing.T, subject Subject) { unreachable(t, subject, feedCalls(subject)) }},
		{"Failure/cancelled", func(t *testing.T, subject Subject) { cancelled(t, subject, calls(t, subject)) }},
		{"Failure/unreachable", func(t *testing.T, subject Subject) { unreachable(t, subject, calls(t, subject)) }},
	}
}

// bookkeepingTests are those that engines with bookkeeping pass beside.
func bookkeepingTests() []test {
	return []test{
		{"Bookkeeping/empty", booksEmpty},
		{"Bookkeeping/hidden", booksHidden},
		{"Bookkeeping/identity", booksIdentity},
		{"Bookkeeping/positions", booksPositions},
		{"Bookkeeping/in order", booksInOrder},
		{"Bookkeeping/late", booksLate},
		{"Bookkeeping/gap", booksGap},
		{"Bookkeeping/correction", booksCorrection},
		{"Bookkeeping/parts", booksParts},
		{"Bookkeeping/two writers", booksTwoWriters},
		{"Bookkeeping/cancelled", func(t *testing.T, subject Subject) { cancelled(t, subject, booksCalls(t, subject)) }},
		{"Bookkeeping/unreachable", func(t *testing.T, subject Subject) { unreachable(t, subject, booksCalls(t, subject)) }},
	}
}
