package adapter

import "github.com/ambit-iam/ambit/adapter/iam"

// Explanation says why an answer is what it is, in the words of the model. Text
// and SVG show it to a person.
type Explanation struct {
	Request CheckRequest
	// Decision is what Check says about the same state.
	Decision
	// Paths are the ways on which a yes comes about, the shortest first; at most 50.
	Paths []AccessPath
	// Denials are what a no comes from; at most 20. The first is the nearest to a
	// yes; only of some causes there is more than one.
	Denials []Denial
	// More is how many paths of a yes, or denials of a no, were left out.
	More int
	// Suggestions are changes that would make a no a yes, the smallest first. Each
	// was tried out on the state that was looked at.
	Suggestions []Suggestion
	// Names are the names that people gave to what is mentioned.
	Names map[iam.Ref]string
}

// AccessPath is one way from a subject to a permission.
type AccessPath struct {
	// Kind is ROLE, ANY_ROLE (any role at the scope, or below it), OWNER or
	// NO_OWNER; the last two are only found among conditions.
	Kind string
	// Permission is what the role holds. By an alias or on a tiered resource it is
	// not the one that was asked about. Empty unless Kind is ROLE.
	Permission string
	// Chain leads from the subject over its groups to whom the policy names, or to
	// the owner.
	Chain []iam.Ref
	// Through leads from the object to the scope of the policy; down if Below.
	Through []iam.Ref
	Below   bool
	// Grant is what gives the role there; nil for owners.
	Grant *AccessGrant
	// Conditions hold, too; without one of them the path would lead nowhere.
	Conditions []AccessCondition
}

// AccessGrant is a role that somebody holds at a scope.
type AccessGrant struct {
	Subject iam.Ref
	Role    iam.RoleID
	// RoleName is the name that people see; may be empty.
	RoleName string
	Scope    iam.Ref
	// Pattern of the role brings the permission, and Base is the role that the
	// pattern comes from, if it is not the role's own. Both are empty where any
	// role suffices.
	Pattern string
	Base    iam.RoleID
	// Policies give it, as the store has them. None if the group Subject carries
	// the role to the scope itself, or if somebody else wrote the relationship.
	Policies []iam.PolicyID
	Carried  bool
	// Local: the role does not reach below its scope.
	Local bool
}

// AccessCondition is what a path needs beside its role.
type AccessCondition struct {
	// Permission must be held at Object; empty: the subject must own Object, or
	// nobody may.
	Permission string
	Object     iam.Ref
	// Paths are the ways on which it is true; at most 10.
	Paths []AccessPath
	// More is how many of them were left out.
	More int
}

// Cause says in detail why an answer is no.
type Cause string

// The causes.
const (
	// CauseNotApplicable: the permission is not asked on objects of this type.
	CauseNotApplicable Cause = "NOT_APPLICABLE"
	// CauseSubjectUnknown: there is no such subject.
	CauseSubjectUnknown Cause = "SUBJECT_UNKNOWN"
	// CauseSubjectInactive: the subject is switched off.
	CauseSubjectInactive Cause = "SUBJECT_INACTIVE"
	// CauseObjectUnknown: there is no such object.
	CauseObjectUnknown Cause = "OBJECT_UNKNOWN"
	// CauseNoPolicy: nothing that the subject holds reaches the object.
	CauseNoPolicy Cause = "NO_POLICY"
	// CauseElsewhere: a role that would do is held elsewhere in the tree.
	CauseElsewhere Cause = "POLICY_ELSEWHERE"
	// CauseRoleLacks: a role at the right place does not hold the permission.
	CauseRoleLacks Cause = "ROLE_LACKS_PERMISSION"
	// CauseNotInherited: a role that would do is held above, and does not reach
	// below its scope.
	CauseNotInherited Cause = "ROLE_NOT_INHERITED"
	// CauseIsolated: a role that would do is held above, and an isolated scope
	// keeps it out.
	CauseIsolated Cause = "SCOPE_ISOLATED"
	// CauseNeedsMissing: the role names the permission, and lacks what the
	// permission needs in the same role.
	CauseNeedsMissing Cause = "NEEDS_MISSING"
	// CauseConditionMissing: what comes from above counts only with another
	// permission.
	CauseConditionMissing Cause = "CONDITION_MISSING"
	// CauseOwnerNotLinked: an owner group has the subject in it and does not carry
	// the scope of the object.
	CauseOwnerNotLinked Cause = "OWNER_NOT_LINKED"
	// CauseNotOwner: the permission is held, and ownership is missing.
	CauseNotOwner Cause = "NOT_OWNER"
	// CauseNotDelivered: by what the store holds the answer is yes, but the
	// relationships do not say so.
	CauseNotDelivered Cause = "NOT_DELIVERED"
)

// Denial is one thing that keeps an answer from being yes.
type Denial struct {
	Cause Cause
	// Sentence says it to a person.
	Sentence string
	// Permission is the one that is missing, or that the role would need.
	Permission string
	// Grant is the role it is about, if it is about one.
	Grant *AccessGrant
	// Object is the scope that keeps the role out, the one where the condition has
	// to hold, the owned object, or where the permission could be asked.
	Object iam.Ref
	// Owners are whom Object belongs to.
	Owners []iam.Ref
	// Types are where the permission can be asked.
	Types []string
}

// StepKind is a kind of change.
type StepKind string

// The kinds of changes that are suggested.
const (
	// StepActivate switches Subject on.
	StepActivate StepKind = "ACTIVATE"
	// StepAddMember puts Subject into the group Object.
	StepAddMember StepKind = "ADD_MEMBER"
	// StepGrant gives Subject the Role at the scope Object.
	StepGrant StepKind = "GRANT_ROLE"
	// StepAddRole gives the group Subject one Role more to carry.
	StepAddRole StepKind = "ADD_ROLE"
	// StepLinkScope gives the group Subject the scope Object to carry its roles to.
	StepLinkScope StepKind = "LINK_SCOPE"
	// StepAddOwner makes Subject one more owner of Object.
	StepAddOwner StepKind = "ADD_OWNER"
)

// Step is one change.
type Step struct {
	Kind    StepKind
	Subject iam.Ref
	Object  iam.Ref
	Role    iam.RoleID
}

// Suggestion is a change, of one or several steps, that makes the answer yes.
type Suggestion struct {
	Steps []Step
	// Permissions is how many permissions it gives, counted at each scope where a
	// role comes to be held.
	Permissions int
}

// String says a change in words: "add user:ann to team:dev".
func (s Step) String() string {
	switch s.Kind {
	case StepActivate:
		return "activate " + s.Subject.String()
	case StepAddMember:
		return "add " + s.Subject.String() + " to " + s.Object.String()
	case StepAddRole:
		return "give role " + string(s.Role) + " to " + s.Subject.String() + " itself"
	case StepLinkScope:
		return "link " + s.Subject.String() + " to " + s.Object.String()
	case StepAddOwner:
		return "make " + s.Subject.String() + " an owner of " + s.Object.String()
	}
	return "give role " + string(s.Role) + " to " + s.Subject.String() + " at " + s.Object.String()
}
