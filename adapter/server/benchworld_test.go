package server

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

// The world of the benchmarks is as large as the small one of docs/benchmarks.md: one
// account, and policies of teams and users everywhere.
const (
	benchEnvironments = 100
	benchWorkspaces   = 2000
	benchTeams        = 200
	benchUsers        = 2000
	benchPolicies     = 5000
	// benchListers may see all workspaces.
	benchListers = 50
)

// benchConfig logs every request, as the server does unless told otherwise, to nobody.
func benchConfig(b *testing.B) Config {
	config := testConfig(b)
	config.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil))
	return config
}

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
	w.Policies = benchPoliciesAt(account)
	return w
}

// benchPoliciesAt gives the first users the whole account, so that they can list all.
func benchPoliciesAt(account iam.Ref) []iam.Policy {
	rng := rand.New(rand.NewPCG(42, 1))
	roles := []iam.RoleID{"read-only", "user", "admin"}
	policies := map[iam.PolicyID]iam.Policy{}
	for n := 0; len(policies) < benchPolicies; n++ {
		policy := iam.Policy{Subject: benchRef("team", "t", rng.IntN(benchTeams)), Roles: []iam.RoleID{roles[rng.IntN(len(roles))]}, Scope: benchRef("workspace", "w", rng.IntN(benchWorkspaces))}
		switch {
		case n < benchListers:
			policy.Subject, policy.Scope = benchRef("user", "u", n), account
		case n%5 < 2:
			policy.Scope = benchRef("environment", "e", rng.IntN(benchEnvironments))
		case n%5 == 4:
			policy.Subject = benchRef("user", "u", rng.IntN(benchUsers))
		}
		policies[iam.DerivedPolicyID(policy.Subject, policy.Scope, policy.Roles)] = policy
	}
	return slices.Collect(maps.Values(policies))
}

func benchRef(typeName, prefix string, i int) iam.Ref {
	return iam.Ref{Type: typeName, ID: fmt.Sprint(prefix, i)}
}

// benchQuestion is one of many thousand, half of them about what is nobody's.
func benchQuestion(i int) *ambitv1.CheckRequest {
	return &ambitv1.CheckRequest{
		Subject: fmt.Sprint("user:u", 7*i%benchUsers), Permission: "workspaces:read", Object: fmt.Sprint("workspace:w", 11*i%benchWorkspaces),
	}
}
