package server

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

// The world of the benchmarks is after that of docs/benchmarks.md: one account, and
// policies of teams and users everywhere.
const (
	benchEnvironments = 100
	benchWorkspaces   = 2000
	benchTeams        = 200
	benchUsers        = 2000
	benchPolicies     = 5000
	benchPermissions  = 150
	benchRoles        = 20
	// benchListers may see all workspaces.
	benchListers = 50
)

// benchModel is the kind of that world.
const benchModel = `model: bench
version: 1
types:
  user: {kind: user, description: A person.}
  team: {kind: group, in: [account], members: [user], description: People who share policies.}
  account: {kind: scope, description: The tenant.}
  environment: {kind: scope, in: [account], description: A group of workspaces.}
  workspace: {kind: scope, in: [environment], description: One state.}
policies: {subjects: [user, team], at: [account, environment, workspace]}
custom_roles: {in: [account], in_use: refuse}
permissions:
`

// benchServer is a server with the world of the benchmarks. It logs every request, as
// servers do unless told otherwise, to nobody.
func benchServer(b *testing.B) *Server {
	b.Helper()
	var model strings.Builder
	model.WriteString(benchModel)
	for i := range benchPermissions {
		fmt.Fprintf(&model, "- {name: %q, at: [account, environment, workspace], description: One of many}\n", benchPermission(i))
	}
	config := testConfig(b)
	config.Model = filepath.Join(b.TempDir(), "bench.yaml")
	require.NoError(b, os.WriteFile(config.Model, []byte(model.String()), 0o600))
	config.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil))
	server := started(b, config)
	loadBench(b, server)
	return server
}

func benchPermission(i int) string { return fmt.Sprintf("kind%d:act%d", i/5, i%5) }

// loadBench fills a server with the world of the benchmarks.
func loadBench(b *testing.B, server *Server) {
	b.Helper()
	c := dialed(b, server)
	for batch := range world.Batches(benchWorld(), benchPolicies) {
		text, err := world.FormatJSON(batch, nil)
		require.NoError(b, err)
		content := &structpb.Struct{}
		require.NoError(b, protojson.Unmarshal(text, content))
		_, err = c.World.ApplyWorld(b.Context(), &ambitv1.ApplyWorldRequest{World: content})
		require.NoError(b, err)
	}
}

func benchWorld() iam.World {
	account := iam.Ref{Type: "account", ID: "A"}
	w := iam.World{Scopes: []iam.Scope{{Ref: account}}}
	for i := range benchEnvironments {
		w.Scopes = append(w.Scopes, iam.Scope{Ref: benchRef("environment", "e", i), Parent: account})
	}
	for i := range benchWorkspaces {
		w.Scopes = append(w.Scopes, iam.Scope{Ref: benchRef("workspace", "w", i), Parent: benchRef("environment", "e", i%benchEnvironments)})
	}
	members := make([][]iam.Ref, benchTeams)
	for i := range benchUsers {
		user := benchRef("user", "u", i)
		w.Users = append(w.Users, iam.User{ID: iam.UserID(user.ID)})
		for _, team := range []int{i % benchTeams, (7*i + 3) % benchTeams, (13*i + 5) % benchTeams} {
			members[team] = append(members[team], user)
		}
	}
	for i := range benchTeams {
		w.Groups = append(w.Groups, iam.Group{ID: iam.GroupID(fmt.Sprint("t", i)), Scope: account, Members: members[i]})
	}
	for i := range benchRoles {
		role := iam.Role{ID: benchRole(i), Scope: account}
		for j := i % 3; j < benchPermissions; j += 3 {
			role.Permissions = append(role.Permissions, benchPermission(j))
		}
		w.Roles = append(w.Roles, role)
	}
	w.Policies = benchPoliciesAt(account)
	return w
}

// benchPoliciesAt gives the first users the whole account, so that they can list all.
func benchPoliciesAt(account iam.Ref) []iam.Policy {
	rng := rand.New(rand.NewPCG(42, 1))
	policies := map[iam.PolicyID]iam.Policy{}
	for n := 0; len(policies) < benchPolicies; n++ {
		policy := iam.Policy{Subject: benchRef("team", "t", rng.IntN(benchTeams)), Roles: []iam.RoleID{benchRole(rng.IntN(benchRoles))}, Scope: benchRef("workspace", "w", rng.IntN(benchWorkspaces))}
		switch {
		case n < benchListers:
			policy = iam.Policy{Subject: benchRef("user", "u", n), Roles: []iam.RoleID{benchRole(0)}, Scope: account}
		case n%5 < 2:
			policy.Scope = benchRef("environment", "e", rng.IntN(benchEnvironments))
		case n%5 == 4:
			policy.Subject = benchRef("user", "u", rng.IntN(benchUsers))
		}
		policies[iam.DerivedPolicyID(policy.Subject, policy.Scope, policy.Roles)] = policy
	}
	return slices.Collect(maps.Values(policies))
}

func benchRole(i int) iam.RoleID { return iam.RoleID(fmt.Sprint("role", i)) }

func benchRef(typeName, prefix string, i int) iam.Ref {
	return iam.Ref{Type: typeName, ID: fmt.Sprint(prefix, i)}
}

// benchQuestion is one of many thousand, and half of the answers are yes.
func benchQuestion(i int) *ambitv1.CheckRequest {
	return &ambitv1.CheckRequest{
		Subject: fmt.Sprint("user:u", 7*i%benchUsers), Permission: benchPermission(i % benchPermissions), Object: fmt.Sprint("workspace:w", 11*i%benchWorkspaces),
	}
}
