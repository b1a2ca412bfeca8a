package index

import (
	"cmp"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Via returns the shortest of the Paths, by scopes and then by groups on the way,
// and whether there is any. A group is asked about like somebody who is in it
// and holds nothing else.
func (s *Snapshot) Via(subject iam.Ref, permission string, object iam.Ref) (Path, bool) {
	rule, o := s.asked(permission, object)
	q, known := s.standing(subject)
	if rule == nil || !known {
		return Path{}, false
	}
	paths := q.paths(rule, o, []iam.Ref{s.ref(o)})
	if len(paths) == 0 {
		return Path{}, false
	}
	return slices.MinFunc(paths, func(a, b Path) int {
		return cmp.Or(len(a.Through)-len(b.Through), len(a.Chain)-len(b.Chain), cmp.Compare(a.key(), b.key()))
	}), true
}

// standing is asking, also for groups.
func (s *Snapshot) standing(ref iam.Ref) (query, bool) {
	number, o := s.object(ref)
	if o == nil || !s.plan.kinds[o.kind].groups() {
		return s.asking(ref)
	}
	for _, form := range s.plan.kinds[o.kind].accepts[schema.RelationMember].subjects {
		if form.kind.asker >= 0 {
			return s.query(number, o, form.kind.asker), true
		}
	}
	return query{}, false
}
