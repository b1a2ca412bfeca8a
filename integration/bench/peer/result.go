package peer

import "time"

// Result is what one run of a program found out.
type Result struct {
	// Engine, Door and Version say what was asked; Policies and Digest, what it held.
	Engine, Door, Version string
	Networked             bool
	Policies              int
	Digest                string
	// Failure says why there are no times, in words; else it is empty.
	Failure string
	// Compared is how many answers were held against the oracle.
	Compared int
	// Load is from an engine with nothing in it to the first answer about the whole
	// world; Restart, from the start of a new process on the same disk, 0 if it keeps
	// nothing there.
	Load, Restart time.Duration
	// Memory in bytes: of the server's process, or what the engine keeps on the heap
	// of this one.
	Memory uint64
	// Times are by measure. A measure that is not there was not asked for, or the
	// engine has no such question.
	Times map[Measure]Times
	// Faults say what went wrong with single measures.
	Faults map[Measure]string
	// Role and Revoke are about changes, in runs with a crowd.
	Role, Revoke *Change
}

// Measure names a kind of question.
type Measure string

// The measures.
const (
	Check       Measure = "check"
	CheckMany   Measure = "check-many"
	Permissions Measure = "permissions"
	Workspaces  Measure = "workspaces"
	WhoCan      Measure = "who-can"
)

// Times are those of one measure.
type Times struct {
	// Calls were made one after the other for the quantiles.
	Calls         int
	P50, P95, P99 time.Duration
	// PerSecond is how many questions several clients together had answered; 0 for lists.
	PerSecond float64
	// Found is how many items an answer had, on average.
	Found float64
}

// Change is about changes of one kind; times are medians.
type Change struct {
	Changes int
	// Acknowledged is until the call returned, Visible until the first answer that
	// knew the change came back.
	Acknowledged, Visible time.Duration
	// Late is how long after the acknowledgement an old answer still began, at most.
	Late time.Duration
	// Asked questions began after the acknowledgement; Wrong of them had the old answer.
	Asked, Wrong int
}
