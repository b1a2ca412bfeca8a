package index

import "github.com/ambit-iam/ambit/schema"

// relation is a relation of the compiled schema as a number. Small ones come
// first among the edges of an object and are found at once.
type relation uint32

// The relations that the compiler gives to a schema, and role content, which
// stands for all relations of roles. The last two hold wildcards, kept as bits.
const (
	memberOf  relation = iota // group -> who is in it
	parentOf                  // scope -> the scope it inherits from
	scopeOf                   // resource -> where it lives
	roleOf                    // binding -> its role
	subjectOf                 // binding -> who holds it
	tenantOf
	ownerOf
	ownerGroupOf
	childOf
	isolatedParentOf
	bindingOf
	localBindingOf
	unownedOf
	contentOf
	noRelation
)

// relationNamed returns the number of a relation outside of roles.
func relationNamed(name string) relation {
	switch name {
	case schema.RelationMember:
		return memberOf
	case schema.RelationParent:
		return parentOf
	case schema.RelationScope:
		return scopeOf
	case schema.RelationRole:
		return roleOf
	case schema.RelationSubject:
		return subjectOf
	case schema.RelationTenant:
		return tenantOf
	case schema.RelationOwner:
		return ownerOf
	case schema.RelationOwnerGroup:
		return ownerGroupOf
	case schema.RelationChild:
		return childOf
	case schema.RelationIsolatedParent:
		return isolatedParentOf
	case schema.RelationBinding:
		return bindingOf
	case schema.RelationLocalBinding:
		return localBindingOf
	case schema.RelationUnowned:
		return unownedOf
	}
	return noRelation
}

// back returns a relation as its subjects see it.
func (r relation) back() relation { return r + noRelation }

// wild reports whether a relation holds wildcards only.
func (r relation) wild() bool { return r == unownedOf || r == contentOf }

// attaches reports whether a relation ties a binding to a scope.
func (r relation) attaches() bool { return r == bindingOf || r == localBindingOf }

// mirrored reports whether objects know who points to them over a relation.
// Roles do not: all bindings of a system role would meet in one list, which
// every new binding would have to copy.
func (r relation) mirrored() bool {
	switch r {
	case roleOf, tenantOf, ownerOf, ownerGroupOf:
		return false
	}
	return !r.wild()
}
