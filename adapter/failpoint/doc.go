// Package failpoint marks the steps of a write at which the crash tests of
// integration kill the process. A usual build has none of it.
package failpoint

// The steps, in their order.
const (
	BeforeCommit = "before commit"
	AfterCommit  = "after commit"
	BeforeWrite  = "before write"
	AfterWrite   = "after write"
	AfterRecord  = "after record"
)
