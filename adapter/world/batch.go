package world

import (
	"iter"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Batches splits a world into worlds of at most size objects that can be
// applied one after the other: what is referred to comes in the same batch or
// an earlier one. A world that fits is returned whole, so that it is applied
// at once or not at all.
//
// Groups that own service accounts may have service accounts as members. Then
// they come twice, first without members: in between there is never more
// access than in the end. A size below 1 counts as 1.
func Batches(w iam.World, size int) iter.Seq[iam.World] {
	size = max(size, 1)
	return func(yield func(iam.World) bool) {
		if w.Len() <= size {
			if w.Len() > 0 {
				yield(w)
			}
			return
		}
		b := &batcher{size: size, yield: yield}
		groups := membersFirst(w.Groups)
		_ = fill(b, parentsFirst(w.Scopes), func(w *iam.World) *[]iam.Scope { return &w.Scopes }) &&
			fill(b, w.Users, func(w *iam.World) *[]iam.User { return &w.Users }) &&
			fill(b, w.Roles, func(w *iam.World) *[]iam.Role { return &w.Roles }) &&
			fill(b, ownerShells(w), groupsOf) &&
			fill(b, w.ServiceAccounts, func(w *iam.World) *[]iam.ServiceAccount { return &w.ServiceAccounts }) &&
			fill(b, groups, groupsOf) &&
			fill(b, w.Policies, func(w *iam.World) *[]iam.Policy { return &w.Policies }) &&
			fill(b, w.Resources, func(w *iam.World) *[]iam.Resource { return &w.Resources }) &&
			b.flush()
	}
}

func groupsOf(w *iam.World) *[]iam.Group { return &w.Groups }

// batcher gathers rows until a batch is full.
type batcher struct {
	size    int
	current iam.World
	yield   func(iam.World) bool
}

// flush hands the batch on and reports whether more is wanted.
func (b *batcher) flush() bool {
	if b.current.Len() == 0 {
		return true
	}
	full := b.current
	b.current = iam.World{}
	return b.yield(full)
}

// fill moves rows into batches and reports whether more is wanted.
func fill[T any](b *batcher, rows []T, list func(*iam.World) *[]T) bool {
	for len(rows) > 0 {
		n := min(b.size-b.current.Len(), len(rows))
		target := list(&b.current)
		*target = append(*target, rows[:n]...)
		rows = rows[n:]
		if b.current.Len() == b.size && !b.flush() {
			return false
		}
	}
	return true
}

// parentsFirst orders scopes so that a parent precedes its children.
func parentsFirst(scopes []iam.Scope) []iam.Scope {
	return ordered(scopes, func(s iam.Scope) iam.Ref { return s.Ref }, func(s iam.Scope) []iam.Ref { return []iam.Ref{s.Parent} })
}

// membersFirst orders groups so that a member precedes the group. References
// are compared by id: the type of groups is the model's business, and a user
// of the same name does no harm here.
func membersFirst(groups []iam.Group) []iam.Group {
	return ordered(groups, func(g iam.Group) iam.Ref { return iam.Ref{ID: string(g.ID)} }, func(g iam.Group) []iam.Ref {
		members := make([]iam.Ref, len(g.Members))
		for i, member := range g.Members {
			members[i] = iam.Ref{ID: member.ID}
		}
		return members
	})
}

// ownerShells returns the groups that own service accounts, without members.
func ownerShells(w iam.World) []iam.Group {
	owners := map[string]bool{}
	for _, account := range w.ServiceAccounts {
		for _, owner := range account.Owners {
			owners[owner.ID] = true
		}
	}
	var shells []iam.Group
	for _, group := range w.Groups {
		if owners[string(group.ID)] {
			group.Members = nil
			shells = append(shells, group)
		}
	}
	return shells
}

// ordered returns rows so that each follows those it needs, and otherwise
// keeps their order. Rows that need each other stay as they were: whoever
// applies them says what is wrong.
func ordered[T any](rows []T, key func(T) iam.Ref, needs func(T) []iam.Ref) []T {
	index := make(map[iam.Ref]int, len(rows))
	for i, row := range rows {
		index[key(row)] = i
	}
	sorted := make([]T, 0, len(rows))
	seen := make([]bool, len(rows))
	var visit func(int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, need := range needs(rows[i]) {
			if j, ok := index[need]; ok {
				visit(j)
			}
		}
		sorted = append(sorted, rows[i])
	}
	for i := range rows {
		visit(i)
	}
	return sorted
}
