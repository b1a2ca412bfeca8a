package adapter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// shelf is a table of policies in a map that counts how often it is asked.
type shelf struct {
	rows map[iam.PolicyID]iam.Policy
	gets int
	list int
}

func (s *shelf) Get(_ context.Context, id iam.PolicyID) (iam.Policy, error) {
	s.gets++
	policy, ok := s.rows[id]
	if !ok {
		return policy, iam.Missing("policy", string(id))
	}
	return policy, nil
}

func (s *shelf) List(_ context.Context, filter PolicyFilter) ([]iam.Policy, error) {
	s.list++
	var found []iam.Policy
	for _, policy := range s.rows {
		if policy.Scope == filter.Scope && policy.Roles[0] == filter.Role {
			found = append(found, policy)
		}
	}
	return found, nil
}

func (s *shelf) Put(_ context.Context, policy iam.Policy) (iam.Policy, error) {
	s.rows[policy.ID] = policy
	return policy, nil
}

func (s *shelf) Delete(_ context.Context, id iam.PolicyID) error {
	delete(s.rows, id)
	return nil
}

// desk is a transaction of which only policies and locks are asked for.
type desk struct {
	Tx
	shelf *shelf
	locks int
}

func (d *desk) Policies() Table[iam.PolicyID, iam.Policy, PolicyFilter] { return d.shelf }

func (*desk) Scopes() Table[iam.Ref, iam.Scope, ScopeFilter]          { return nil }
func (*desk) Users() Table[iam.UserID, iam.User, UserFilter]          { return nil }
func (*desk) Groups() Table[iam.GroupID, iam.Group, GroupFilter]      { return nil }
func (*desk) Roles() Table[iam.RoleID, iam.Role, RoleFilter]          { return nil }
func (*desk) Resources() Table[iam.Ref, iam.Resource, ResourceFilter] { return nil }

func (*desk) ServiceAccounts() Table[iam.ServiceAccountID, iam.ServiceAccount, ServiceAccountFilter] {
	return nil
}

func (d *desk) Lock(context.Context, ...iam.Ref) error {
	d.locks++
	return nil
}

func newDesk(policies ...iam.Policy) (*memory, *desk) {
	d := &desk{shelf: &shelf{rows: map[iam.PolicyID]iam.Policy{}}}
	for _, policy := range policies {
		d.shelf.rows[policy.ID] = policy
	}
	return newMemory(d), d
}

func deskPolicy(id, subject string) iam.Policy {
	return iam.Policy{
		ID: iam.PolicyID(id), Subject: iam.Ref{Type: "user", ID: subject},
		Scope: iam.Ref{Type: "account", ID: "A"}, Roles: []iam.RoleID{"r"},
	}
}

func TestMemoryAsksOnce(t *testing.T) {
	t.Parallel()
	m, d := newDesk(deskPolicy("p", "ann"))
	for range 3 {
		_, err := m.Policies().Get(t.Context(), "p")
		require.NoError(t, err)
		_, err = m.Policies().Get(t.Context(), "none")
		require.Equal(t, iam.NotFound, iam.CodeOf(err))
	}
	assert.Equal(t, 2, d.shelf.gets)
	_, err := m.Policies().Put(t.Context(), deskPolicy("none", "bob"))
	require.NoError(t, err)
	got, err := m.Policies().Get(t.Context(), "none")
	require.NoError(t, err)
	assert.Equal(t, deskPolicy("none", "bob"), got)
	require.NoError(t, m.Policies().Delete(t.Context(), "none"))
	_, err = m.Policies().Get(t.Context(), "none")
	assert.Equal(t, iam.NotFound, iam.CodeOf(err))
}

// TestMemoryForgetsAtALock: what was read before the lock may have changed until
// the lock was there. A second lock of the same tenant changes nothing.
func TestMemoryForgetsAtALock(t *testing.T) {
	t.Parallel()
	at := binding{iam.Ref{Type: "account", ID: "A"}, "r"}
	m, d := newDesk(deskPolicy("p", "ann"))
	look := func() iam.Ref {
		policy, err := m.Policies().Get(t.Context(), "p")
		require.NoError(t, err)
		subjects, err := m.policies.subjects(t.Context(), at)
		require.NoError(t, err)
		require.Equal(t, []iam.Ref{policy.Subject}, subjects)
		return policy.Subject
	}
	require.Equal(t, "ann", look().ID)
	d.shelf.rows["p"] = deskPolicy("p", "bob") // somebody else was faster
	require.NoError(t, m.Lock(t.Context(), at.scope))
	require.Equal(t, "bob", look().ID)
	asked := d.shelf.gets + d.shelf.list
	require.NoError(t, m.Lock(t.Context(), at.scope, at.scope))
	require.Equal(t, "bob", look().ID)
	assert.Equal(t, asked, d.shelf.gets+d.shelf.list)
	assert.Equal(t, 1, d.locks)
}

// TestMemoryCountsHolders: policies come and go, known or not, and the holders
// of a role are those that the table would list.
func TestMemoryCountsHolders(t *testing.T) {
	t.Parallel()
	at := binding{iam.Ref{Type: "account", ID: "A"}, "r"}
	m, _ := newDesk(deskPolicy("p", "ann"), deskPolicy("q", "bob"))
	holders := func() (names []string) {
		subjects, err := m.policies.subjects(t.Context(), at)
		require.NoError(t, err)
		for _, subject := range subjects {
			names = append(names, subject.ID)
		}
		return names
	}
	assert.Equal(t, []string{"ann", "bob"}, holders())
	_, err := m.Policies().Put(t.Context(), deskPolicy("a", "eve"))
	require.NoError(t, err)
	assert.Equal(t, []string{"eve", "ann", "bob"}, holders(), "in the order of the policies")
	require.NoError(t, m.Policies().Delete(t.Context(), "p"))
	other := deskPolicy("q", "bob")
	other.Roles = []iam.RoleID{"other"}
	_, err = m.Policies().Put(t.Context(), other)
	require.NoError(t, err)
	assert.Equal(t, []string{"eve"}, holders())

	m.forget()
	m.policies.begin(at)
	assert.Empty(t, holders(), "a scope that is new has none")
	require.NoError(t, m.Policies().Delete(t.Context(), "a")) // nobody has looked at it
	assert.Empty(t, holders())
}

// choir is a table of one group.
type choir struct {
	Table[iam.GroupID, iam.Group, GroupFilter]
}

func (choir) List(_ context.Context, filter GroupFilter) ([]iam.Group, error) {
	group := iam.Group{ID: "choir"}
	if !filter.Brief {
		group.Members = []iam.Ref{{Type: "user", ID: "ann"}}
	}
	return []iam.Group{group}, nil
}

// TestMemoryRemembersMembers: a list that asks for less does not leave groups
// without members behind.
func TestMemoryRemembersMembers(t *testing.T) {
	t.Parallel()
	m := groupMemory{remember[iam.GroupID, iam.Group, GroupFilter](choir{}, func(g iam.Group) iam.GroupID { return g.ID })}
	_, err := m.List(t.Context(), GroupFilter{Brief: true})
	require.NoError(t, err)
	group, err := m.Get(t.Context(), "choir")
	require.NoError(t, err)
	assert.Len(t, group.Members, 1)
}
