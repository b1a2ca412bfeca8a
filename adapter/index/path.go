package index

import (
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// PathKind says what a path ends at.
type PathKind string

// The kinds of paths. Those of owners are only found among conditions.
const (
	// ByRole: a role that holds the permission.
	ByRole PathKind = "ROLE"
	// ByAnyRole: any role at the scope, or below it.
	ByAnyRole PathKind = "ANY_ROLE"
	// ByOwner: the subject owns the object, itself or through groups.
	ByOwner PathKind = "OWNER"
	// ByNoOwner: nobody owns the object.
	ByNoOwner PathKind = "NO_OWNER"
)

// Path is one way on which a subject has a permission on an object. What it says
// is enough to find the policies: those that give Role at Scope to Subject.
type Path struct {
	Kind PathKind
	// Permission is what the role holds; empty unless Kind is ByRole. On a tiered
	// resource, or by an alias, it is not the one that was asked about.
	Permission string
	// Through leads from the object that was asked about to the scope of the
	// binding, both included: up, or down if Below.
	Through []iam.Ref
	Below   bool
	// Chain leads from the subject over its groups to whom the binding names, or
	// to the owner, both included.
	Chain []iam.Ref
	// Role is the role of the binding, and Binding its id as SpiceDB has it. Local
	// says that the role does not reach below its scope.
	Role    iam.RoleID
	Binding string
	Local   bool
	// Conditions hold, too; without one of them the path would lead nowhere.
	Conditions []Condition
}

// Scope returns where the binding is.
func (p Path) Scope() iam.Ref { return p.Through[len(p.Through)-1] }

// Subject returns whom the binding names.
func (p Path) Subject() iam.Ref {
	if len(p.Chain) == 0 {
		return iam.Ref{}
	}
	return p.Chain[len(p.Chain)-1]
}

// Condition is what a path needs beside its role.
type Condition struct {
	// Permission must be held at Object, as inherit_if says; empty: the subject
	// must pass the guard of an owned object.
	Permission string
	Object     iam.Ref
	// Ways are the paths on which the condition is true; at least one.
	Ways []Path
}

// key orders paths: the shortest way first, then by its words.
func (p Path) key() string {
	var b strings.Builder
	b.WriteByte(byte(len(p.Through)))
	for _, ref := range append(append([]iam.Ref{}, p.Through...), p.Chain...) {
		b.WriteString(ref.String() + " ")
	}
	b.WriteString(string(p.Role) + " " + p.Permission + " " + p.Binding)
	return b.String()
}

// roleID returns the id of a role by its object: without the type of scopes that
// a variant is for.
func roleID(o *node) iam.RoleID {
	if !o.raw {
		return iam.RoleID(o.id)
	}
	encoded, _, _ := strings.Cut(o.id, "/")
	if id, err := rel.DecodeID(encoded); err == nil {
		return iam.RoleID(id)
	}
	return iam.RoleID(o.id)
}
