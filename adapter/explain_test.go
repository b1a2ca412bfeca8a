package adapter_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// why asks for an explanation, and holds it against Check.
func (s *system) why(tb testing.TB, subject iam.Ref, permission string, object iam.Ref) adapter.Explanation {
	tb.Helper()
	x, err := s.Explain(context.Background(), adapter.CheckRequest{Subject: subject, Permission: permission, Object: object}, adapter.Freshness{})
	require.NoError(tb, err)
	require.Equal(tb, s.can(tb, subject, permission, object), x.Allowed)
	require.NoError(tb, wellFormed(x.SVG()))
	return x
}

// told is a small world of each model in which every rule is at work.
func told(tb testing.TB) map[string]*system {
	tb.Helper()
	return map[string]*system{"scalr": toldScalr(tb), "scalr-initial": toldInitial(tb), "scalr-classic": toldClassic(tb), "snapcd": toldSnapCD(tb), "stackit": toldStackit(tb)}
}

func toldScalr(tb testing.TB) *system {
	tb.Helper()
	s := newAcme(tb)
	s.apply(tb, iam.World{
		Scopes: []iam.Scope{{Ref: ref("workspace", "core"), Parent: env1, Isolated: true}},
		Users:  []iam.User{{ID: "mod"}, {ID: "boss"}, {ID: "based"}},
		Roles: []iam.Role{
			{ID: "mods", Scope: accountA, Name: "Module user", Permissions: []string{"modules:read"}},
			{ID: "sa", Scope: accountA, Permissions: []string{"service-accounts:*"}},
			{ID: "less", Scope: accountA, Base: "read-only", Except: []string{"variables:read"}},
		},
		Policies: []iam.Policy{
			{ID: "p-mod", Subject: ref("user", "mod"), Scope: accountA, Roles: []iam.RoleID{"mods"}},
			{ID: "p-boss", Subject: ref("user", "boss"), Scope: accountA, Roles: []iam.RoleID{"sa"}},
			{ID: "p-dev-sa", Subject: dev, Scope: accountA, Roles: []iam.RoleID{"sa"}},
			{ID: "p-based", Subject: ref("user", "based"), Scope: accountA, Roles: []iam.RoleID{"less"}},
		},
	})
	return s
}

func toldInitial(tb testing.TB) *system {
	tb.Helper()
	s := newSystem(tb, builtin(tb, "scalr-initial"))
	s.apply(tb, iam.World{
		Scopes: []iam.Scope{{Ref: accountA}}, Users: []iam.User{{ID: "ann"}},
		Policies: []iam.Policy{{ID: "p-door", Subject: ann, Scope: accountA, Roles: []iam.RoleID{"admin"}}},
	})
	return s
}

func toldClassic(tb testing.TB) *system {
	tb.Helper()
	s := newSystem(tb, builtin(tb, "scalr-classic"))
	s.apply(tb, iam.World{
		Scopes: []iam.Scope{{Ref: accountA}, {Ref: env1, Parent: accountA}, {Ref: env2, Parent: accountA}},
		Users:  []iam.User{{ID: "ann"}, {ID: "bob"}, {ID: "eve"}},
		Roles: []iam.Role{
			{ID: "half", Scope: accountA, Permissions: []string{"FARMS/update"}},
			{ID: "team", Scope: accountA, Permissions: []string{"TEAM_FARMS", "TEAM_FARMS/update"}},
		},
		Groups: []iam.Group{
			{ID: "dev", Scope: accountA, Members: []iam.Ref{ann}, Roles: []iam.RoleID{"half"}, Scopes: []iam.Ref{env1}},
			{ID: "own", Scope: accountA, Members: []iam.Ref{bob}, Roles: []iam.RoleID{"team"}, Scopes: []iam.Ref{env1}},
			{ID: "far", Scope: accountA, Members: []iam.Ref{ref("user", "eve")}, Roles: []iam.RoleID{"team"}, Scopes: []iam.Ref{env2}},
			{ID: "near", Scope: accountA, Members: []iam.Ref{ref("user", "eve")}, Roles: []iam.RoleID{"team"}, Scopes: []iam.Ref{env1}},
		},
		Resources: []iam.Resource{
			{Ref: ref("farm", "F"), Scope: env1, Owners: []iam.Ref{ref("team", "own")}},
			{Ref: ref("farm", "G"), Scope: env1, Owners: []iam.Ref{ref("team", "far")}},
		},
	})
	return s
}

func toldSnapCD(tb testing.TB) *system {
	tb.Helper()
	s := newSystem(tb, builtin(tb, "snapcd"))
	stack, space := ref("stack", "S"), ref("namespace", "N")
	s.apply(tb, iam.World{
		Scopes:   []iam.Scope{{Ref: ref("organization", "O")}, {Ref: stack, Parent: ref("organization", "O")}, {Ref: space, Parent: stack}, {Ref: ref("module", "M"), Parent: space}},
		Users:    []iam.User{{ID: "ann"}},
		Policies: []iam.Policy{{ID: "p-ann", Subject: ann, Scope: ref("module", "M"), Roles: []iam.RoleID{"Reader"}}},
	})
	return s
}

func toldStackit(tb testing.TB) *system {
	tb.Helper()
	s := newSystem(tb, builtin(tb, "stackit"))
	s.apply(tb, iam.World{
		Scopes:   []iam.Scope{{Ref: ref("organization", "o")}, {Ref: ref("project", "p"), Parent: ref("organization", "o")}},
		Users:    []iam.User{{ID: "ann"}},
		Policies: []iam.Policy{{ID: "p-ann", Subject: ann, Scope: ref("organization", "o"), Roles: []iam.RoleID{"organization.owner"}}},
	})
	return s
}

// TestExplainNo: every cause, with what it is about. A cause without a case
// fails.
func TestExplainNo(t *testing.T) {
	t.Parallel()
	systems := told(t)
	reached := map[adapter.Cause]bool{}
	for _, test := range []struct {
		model      string
		subject    iam.Ref
		permission string
		object     iam.Ref
		want       adapter.Cause
		role       iam.RoleID
		about      iam.Ref
		first      string
	}{
		{"scalr", ann, "accounts:billing", work1, adapter.CauseNotApplicable, "", accountA, ""},
		{"scalr", nobody, "workspaces:read", work1, adapter.CauseSubjectUnknown, "", iam.Ref{}, ""},
		{"scalr", off, "workspaces:read", work1, adapter.CauseSubjectInactive, "", iam.Ref{}, "activate user:off"},
		{"scalr", ann, "workspaces:read", ref("workspace", "ghost"), adapter.CauseObjectUnknown, "", ref("workspace", "ghost"), ""},
		{"scalr", bob, "workspaces:read", work1, adapter.CauseNoPolicy, "", work1, ""},
		{"scalr", ann, "runs:cancel", work2, adapter.CauseRoleLacks, "read-only", iam.Ref{}, ""},
		{"scalr", ci, "workspaces:read", work1, adapter.CauseElsewhere, "user", iam.Ref{}, ""},
		{"scalr", ann, "workspaces:read", ref("workspace", "core"), adapter.CauseIsolated, "admin", ref("workspace", "core"), ""},
		{"scalr", ref("user", "mod"), "modules:read", env1, adapter.CauseConditionMissing, "mods", env1, ""},
		{"scalr", ref("user", "boss"), "service-accounts:update", ci, adapter.CauseNotOwner, "", ci, "give role admin to user:boss at account:A"},
		{"stackit", ann, "iam.subject.get", ref("project", "p"), adapter.CauseNotInherited, "organization.owner", iam.Ref{}, ""},
		{"scalr-classic", ann, "FARMS/update", env1, adapter.CauseNeedsMissing, "half", iam.Ref{}, ""},
		{"scalr-classic", ann, "access", env2, adapter.CauseNotInherited, "half", iam.Ref{}, "link team:dev to environment:E2"},
		{"scalr-classic", bob, "farm/update", ref("farm", "G"), adapter.CauseNotOwner, "", ref("farm", "G"), "make team:own an owner of farm:G"},
		{"scalr-classic", ref("user", "eve"), "farm/update", ref("farm", "G"), adapter.CauseOwnerNotLinked, "", ref("farm", "G"), ""},
	} {
		x := systems[test.model].why(t, test.subject, test.permission, test.object)
		require.False(t, x.Allowed, "%v", test)
		require.NotEmpty(t, x.Denials, "%v", test)
		denial := x.Denials[0]
		reached[denial.Cause] = true
		assert.Equal(t, test.want, denial.Cause, "%v: %s", test, x.Text())
		assert.Equal(t, test.about, denial.Object, "%v: %s", test, x.Text())
		if test.role != "" {
			if assert.NotNil(t, denial.Grant, "%v", test) {
				assert.Equal(t, test.role, denial.Grant.Role, "%v: %s", test, x.Text())
			}
		}
		if test.first != "" && assert.NotEmpty(t, x.Suggestions, "%v", test) {
			assert.Contains(t, x.Text(), "1. "+test.first+"\n")
		}
		assert.Contains(t, x.Text(), denial.Sentence)
	}
	for _, cause := range adapter.Causes() {
		assert.True(t, reached[cause] || cause == adapter.CauseNotDelivered, "no case has the cause %s", cause)
	}
}

// TestExplainDrift: SpiceDB lost what follows from the store.
func TestExplainDrift(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	require.True(t, s.why(t, ann, "workspaces:read", work1).Allowed)
	var gone []rel.Update
	for _, tuple := range tuplesIn(t, s.engine) {
		if strings.Contains(tuple.String(), "#member@user:ann") {
			gone = append(gone, rel.Update{Op: rel.Delete, Tuple: tuple})
		}
	}
	require.Len(t, gone, 1)
	_, err := s.engine.Write(t.Context(), rel.Write{Updates: gone})
	require.NoError(t, err)
	// The index has not heard of it from this server: it may be behind.
	request := adapter.CheckRequest{Subject: ann, Permission: "workspaces:read", Object: work1}
	now, err := s.Check(t.Context(), request, adapter.Freshness{Full: true})
	require.NoError(t, err)
	x, err := s.Explain(t.Context(), request, adapter.Freshness{Token: now.Token})
	require.NoError(t, err)
	require.False(t, x.Allowed)
	assert.Equal(t, adapter.CauseNotDelivered, x.Denials[0].Cause, x.Text())
}

// TestExplainYes: every rule by which an answer comes to be yes.
func TestExplainYes(t *testing.T) {
	t.Parallel()
	systems := told(t)
	for _, test := range []struct {
		name, model string
		subject     iam.Ref
		permission  string
		object      iam.Ref
		holds       func(adapter.AccessPath) bool
	}{
		{"group, pattern, inheritance", "scalr", ann, "workspaces:read", work1, func(p adapter.AccessPath) bool {
			return len(p.Chain) == 2 && len(p.Through) == 2 && p.Grant.Pattern != "" && slices.Equal(p.Grant.Policies, []iam.PolicyID{"p-dev"})
		}},
		{"base", "scalr", ref("user", "based"), "workspaces:read", work1, func(p adapter.AccessPath) bool {
			return p.Grant.Base == "read-only" && p.Grant.Pattern == "*:read" && len(p.Through) == 3
		}},
		{"guard", "scalr", ann, "service-accounts:update", ci, func(p adapter.AccessPath) bool {
			return len(p.Conditions) == 1 && p.Conditions[0].Paths[0].Kind == "OWNER"
		}},
		{"nobody owns", "scalr", ref("user", "boss"), "service-accounts:update", freeRobot, func(p adapter.AccessPath) bool {
			return p.Conditions[0].Paths[0].Kind == "NO_OWNER"
		}},
		{"condition", "scalr", ref("user", "based"), "modules:read", env1, func(p adapter.AccessPath) bool {
			return p.Conditions[0].Permission == "environments:read"
		}},
		{"alias", "scalr-initial", ann, "login", accountA, func(p adapter.AccessPath) bool { return p.Permission == "accounts:read" }},
		{"any role", "scalr-classic", ann, "access", env1, func(p adapter.AccessPath) bool { return p.Kind == "ANY_ROLE" && p.Grant.Carried }},
		{"tier", "scalr-classic", bob, "farm/update", ref("farm", "F"), func(p adapter.AccessPath) bool {
			return p.Permission == "TEAM_FARMS/update" && p.Grant.Local && p.Grant.Carried && p.Conditions[0].Paths[0].Kind == "OWNER"
		}},
		{"from below", "snapcd", ann, "Stack.Read", ref("stack", "S"), func(p adapter.AccessPath) bool { return p.Below && len(p.Through) == 3 }},
		{"local", "stackit", ann, "iam.subject.get", ref("organization", "o"), func(p adapter.AccessPath) bool { return p.Grant.Local }},
	} {
		x := systems[test.model].why(t, test.subject, test.permission, test.object)
		if assert.True(t, x.Allowed, "%s: %s", test.name, x.Text()) {
			assert.True(t, slices.ContainsFunc(x.Paths, test.holds), "%s: %s", test.name, x.Text())
		}
	}
}

// TestExplainGolden: how explanations read, and how they look. AMBIT_UPDATE=1
// writes the files anew.
func TestExplainGolden(t *testing.T) {
	t.Parallel()
	s := toldScalr(t)
	for name, x := range map[string]adapter.Explanation{
		"yes":       s.why(t, ann, "variables:read", work1),
		"condition": s.why(t, ref("user", "based"), "modules:read", env1),
		"no":        s.why(t, ann, "workspaces:read", ref("workspace", "core")),
	} {
		for end, got := range map[string]string{".txt": x.Text(), ".svg": x.SVG()} {
			path := filepath.Join("testdata", "explain", name+end)
			if os.Getenv("AMBIT_UPDATE") != "" {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
				require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		}
	}
}

// FuzzExplainPicture: no name breaks a picture or steers a terminal.
func FuzzExplainPicture(f *testing.F) {
	f.Add("</text><script>alert(1)</script>")
	f.Add("\"' & <![CDATA[ ]]> \x00\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, name string) {
		x := adapter.Explanation{
			Request: adapter.CheckRequest{Subject: ann, Permission: name, Object: iam.Ref{Type: name, ID: name}},
			Names:   map[iam.Ref]string{ann: name},
			Denials: []adapter.Denial{{Sentence: name}},
			Paths:   []adapter.AccessPath{{Kind: "ROLE", Permission: name, Chain: []iam.Ref{ann}, Through: []iam.Ref{work1}, Grant: &adapter.AccessGrant{Role: iam.RoleID(name), Pattern: name}}},
		}
		require.NoError(t, wellFormed(x.SVG()))
		require.NotContains(t, x.SVG(), "<script")
		require.NotContains(t, x.Text(), "\x1b")
	})
}
