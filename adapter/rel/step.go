package rel

// Step is one message of an engine's stream of changes: updates that took effect
// together, a checkpoint, or both.
type Step struct {
	// Updates are TOUCH and DELETE, in no particular order.
	Updates []Update
	// Entries are the changes of tenants that are complete with these updates.
	Entries []Entry
	// Marks are those of beats that are among the updates.
	Marks []string
	// Checkpoint says that everything up to a revision has been told. Until then
	// the steps since the last one may show some writes of the revision and lack
	// others. Empty: this is none.
	Checkpoint ZedToken
	// Strange are the types of the resources of updates that are no plain
	// relationships: with a caveat, an expiration, or an unknown operation.
	Strange []string
}

// Entry names a change of a tenant.
type Entry struct {
	Tenant string
	Seq    uint64
}
