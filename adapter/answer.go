package adapter

import "github.com/ambit-iam/ambit/adapter/iam"

// Reason says why an answer is what it is, for machines.
type Reason string

// The reasons. Every denial has one.
const (
	// ReasonGranted: the answer is yes.
	ReasonGranted Reason = "GRANTED"
	// ReasonNotApplicable: the model does not have this permission on objects
	// of this type.
	ReasonNotApplicable Reason = "NOT_APPLICABLE"
	// ReasonSubjectUnknown: there is no such subject.
	ReasonSubjectUnknown Reason = "SUBJECT_UNKNOWN"
	// ReasonSubjectInactive: the subject exists and is switched off.
	ReasonSubjectInactive Reason = "SUBJECT_INACTIVE"
	// ReasonObjectUnknown: there is no such object.
	ReasonObjectUnknown Reason = "OBJECT_UNKNOWN"
	// ReasonNoGrant: nothing that the subject holds gives it.
	ReasonNoGrant Reason = "NO_GRANT"
)

// Source says who answered.
type Source string

// The sources. They give the same answers.
const (
	// SourceIndex: the index in this process.
	SourceIndex Source = "INDEX"
	// SourceEngine: SpiceDB.
	SourceEngine Source = "ENGINE"
)

// CheckRequest asks whether Subject has Permission on Object.
type CheckRequest struct {
	// Subject is a user or a service account.
	Subject iam.Ref
	// Permission is the exact name, as the model spells it.
	Permission string
	// Object is a scope or a resource.
	Object iam.Ref
}

// Freshness says which writes an answer must have seen. The zero value: every
// write that this server has acknowledged.
type Freshness struct {
	// Token asks for an answer at least as fresh as the write that returned it.
	Token Token
	// Full asks for an answer at the head revision of the engine.
	Full bool
}

// Decision is the answer to one question.
type Decision struct {
	Allowed bool
	Reason  Reason
	// Token names the state that was looked at.
	Token Token
	// Source is who looked.
	Source Source
}

// Answered says how a list came about.
type Answered struct {
	// Token names the state that was looked at.
	Token Token
	// Source is who looked.
	Source Source
	// Next continues a listing of pages; empty at its end.
	Next string
}

// Receipt confirms a write.
type Receipt struct {
	// Token makes later reads see this write.
	Token Token
	// Applied is false if the write is durable but SpiceDB has not taken it
	// yet; it will, in order.
	Applied bool
}

// Page bounds a listing.
type Page struct {
	// Size is the largest number of items; 0 means 100, more than 1,000 is cut to
	// 1,000. Resources and Subjects, whose items are references, take 10,000.
	Size int
	// Token continues a listing; it belongs to the request that returned it.
	Token string
}

// ResourcesRequest asks for the objects of a type on which a subject has a
// permission.
type ResourcesRequest struct {
	Subject    iam.Ref
	Permission string
	Type       string
}

// SubjectsRequest asks who has a permission on an object.
type SubjectsRequest struct {
	Permission string
	Object     iam.Ref
	// Type limits the answer to one type of users or service accounts; empty: all.
	Type string
}

// RoleView is a role, custom or system, with what it holds.
type RoleView struct {
	iam.Role
	// System roles come from the model.
	System bool
	// Kind, Aliases, Deprecated, EndOfLife and ReplacedBy are set on system
	// roles whose model says so.
	Kind       string
	Aliases    []string
	Deprecated bool
	EndOfLife  string
	ReplacedBy string
	// Assignable lists the scope types where a policy may name it.
	Assignable []string
	// Inherits is whether policies with it reach below their scope.
	Inherits bool
	// Effective lists the exact permissions it holds (of all scope types
	// together, where they differ).
	Effective []string
}
