package translate

import (
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// Translator translates for one model. It is safe for use by many goroutines.
type Translator struct {
	model *schema.Model
	group string
	// everybody is the subjects of all types, as wildcards.
	everybody []rel.Object
	// relations maps the permissions that roles can hold to their relation.
	relations map[string]string
}

// New returns the translator of a model.
func New(model *schema.Model) *Translator {
	t := &Translator{model: model, group: model.TypeOf(schema.KindGroup), relations: map[string]string{}}
	for _, name := range model.SubjectTypes() {
		t.everybody = append(t.everybody, rel.Object{Type: name, ID: rel.Wildcard})
	}
	for _, p := range model.Grantable() {
		t.relations[p.Name] = schema.Identifier(p.Name)
	}
	return t
}

// Active tells whether a subject may use what it holds.
type Active func(subject iam.Ref) bool

// Object returns the SpiceDB object of a reference.
func Object(ref iam.Ref) rel.Object { return rel.Object{Type: ref.Type, ID: rel.EncodeID(ref.ID)} }

// Ref is the inverse of Object.
func Ref(object rel.Object) (iam.Ref, error) {
	id, err := rel.DecodeID(object.ID)
	return iam.Ref{Type: object.Type, ID: id}, err
}

// Question puts the question whether subject has the named permission on object.
func (t *Translator) Question(subject iam.Ref, permission string, object iam.Ref) rel.Question {
	return rel.Question{Resource: Object(object), Permission: schema.Identifier(permission), Subject: Object(subject)}
}

// Scope returns the tuples that hang a scope into the tree. A tenant has none.
// An isolated scope inherits from its tenant alone and keeps its place in the
// tree under another relation (rule 8).
func (t *Translator) Scope(scope iam.Scope) []rel.Tuple {
	if scope.Parent.IsZero() {
		return nil
	}
	self, parent := Object(scope.Ref), Object(scope.Parent)
	inherits := parent
	var tuples []rel.Tuple
	if scope.Isolated {
		inherits = Object(scope.Tenant)
		tuples = append(tuples, rel.Tuple{Resource: self, Relation: schema.RelationIsolatedParent, Subject: parent})
	}
	if t.model.NeedsChildren(scope.Parent.Type) {
		tuples = append(tuples, rel.Tuple{Resource: parent, Relation: schema.RelationChild, Subject: self})
	}
	return append(tuples, rel.Tuple{Resource: self, Relation: schema.RelationParent, Subject: inherits})
}

// Group returns the memberships that count: those of active members.
func (t *Translator) Group(group iam.Group, active Active) []rel.Tuple {
	self := Object(iam.Ref{Type: t.group, ID: string(group.ID)})
	tuples := make([]rel.Tuple, 0, len(group.Members))
	for _, member := range group.Members {
		if active(member) {
			tuples = append(tuples, t.subjectTuple(self, schema.RelationMember, member))
		}
	}
	return tuples
}

// subjectTuple names a subject in a relation; a group by its members.
func (t *Translator) subjectTuple(resource rel.Object, relation string, subject iam.Ref) rel.Tuple {
	tuple := rel.Tuple{Resource: resource, Relation: relation, Subject: Object(subject)}
	if subject.Type == t.group {
		tuple.SubjectRelation = schema.RelationMember
	}
	return tuple
}

// Owned is an ownable object, whatever its noun.
type Owned struct {
	Ref    iam.Ref
	Scope  iam.Ref
	Tenant iam.Ref
	Owners []iam.Ref
}

// Owned returns the place of an ownable object and its owners as far as they
// count (rule 11). An object whose owners all do not count is still owned.
func (t *Translator) Owned(object Owned, counts Active) []rel.Tuple {
	kind := t.model.Type(object.Ref.Type)
	self := Object(object.Ref)
	tuples := []rel.Tuple{{Resource: self, Relation: schema.RelationScope, Subject: Object(object.Scope)}}
	if t.model.TenantOwned(object.Ref.Type) {
		tuples = append(tuples, rel.Tuple{Resource: self, Relation: schema.RelationTenant, Subject: Object(object.Tenant)})
	}
	if kind.Ownership == schema.OwnershipNone {
		return tuples
	}
	if len(object.Owners) == 0 && kind.Ownership == schema.OwnershipGuarded {
		return append(tuples, t.wildcards(self, schema.RelationUnowned)...)
	}
	for _, owner := range object.Owners {
		if counts(owner) {
			tuples = append(tuples, t.subjectTuple(self, t.ownerRelation(kind, owner), owner))
		}
	}
	return tuples
}

func (t *Translator) ownerRelation(kind *schema.Type, owner iam.Ref) string {
	if kind.Ownership == schema.OwnershipTiered && owner.Type == t.group {
		return schema.RelationOwnerGroup
	}
	return schema.RelationOwner
}

// wildcards returns one tuple for each type of subjects, for all of its objects.
func (t *Translator) wildcards(resource rel.Object, relation string) []rel.Tuple {
	tuples := make([]rel.Tuple, len(t.everybody))
	for i, subject := range t.everybody {
		tuples[i] = rel.Tuple{Resource: resource, Relation: relation, Subject: subject}
	}
	return tuples
}

// joinID makes one SpiceDB id of several; the parts cannot hold the separator.
func joinID(parts ...string) string { return strings.Join(parts, idSeparator) }

const idSeparator = "/"
