package faults

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// The parts of a large tenant: about 125,000 tuples, half of them memberships
// and half of bindings.
const (
	largeUsers   = 5000
	largeTeams   = 125
	largeMembers = 500 // of each team
	largePlaces  = 1000
	largeRoles   = 20
	largeTenant  = largeTeams*largeMembers + 3*largePlaces*largeRoles
)

// large measures `ambit rebuild` beside SpiceDB's own bulk import of the same
// tuples, and `ambit reconcile`.
func large(b *testing.B, lab *lab) {
	model, err := schema.Builtin("scalr")
	require.NoError(b, err)
	database := databaseURL(lab.postgres.address, lab.newDatabase(b, "ambit", "template1"))
	fillDatabase(b, model, database, max(1, *tuplesWanted/largeTenant))
	f := &fleet{lab: lab, spicedb: lab.newSpiceDB(b)}
	took, memory := command(b, lab, "rebuild", production(database, f.spicedb.address)...)
	tuples := held(b, f.spicedb)
	count := float64(len(tuples))
	direct := newBare(b, lab, model)
	start := time.Now()
	direct.load(b, tuples)
	tookDirect := time.Since(start)
	b.ReportMetric(count, "tuples")
	b.ReportMetric(count/took.Seconds(), "rebuild-tuples/s")
	b.ReportMetric(count/tookDirect.Seconds(), "bulk-tuples/s")
	b.ReportMetric(took.Seconds()/tookDirect.Seconds(), "x-bulk")
	b.ReportMetric(memory, "rebuild-MB")

	f.serve(b, database)
	idle := f.replicas[0].peak(b)
	tookReconcile, _ := command(b, lab, "reconcile", "AMBIT_ENDPOINT="+f.replicas[0].address, "AMBIT_TOKEN="+secret)
	b.ReportMetric(count/tookReconcile.Seconds(), "reconcile-tuples/s")
	b.ReportMetric(idle, "server-idle-MB")
	b.ReportMetric(f.replicas[0].peak(b), "server-reconciling-MB")
	b.ReportMetric(0, "ns/op")
}

// fillDatabase puts tenants into PostgreSQL alone.
func fillDatabase(b *testing.B, model *schema.Model, database string, tenants int) {
	b.Helper()
	store, err := sqlstore.OpenPostgres(b.Context(), database, sqlstore.Config{
		Subjects: sqlstore.SubjectTypes{User: typeUser, ServiceAccount: "service_account", Group: typeTeam},
	})
	require.NoError(b, err)
	defer func() { _ = store.Close() }()
	a, err := adapter.New(b.Context(), adapter.Config{Model: model, Store: store, Engine: nowhere{}, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	defer func() { _ = a.Close() }()
	put := func(w iam.World) error {
		for part := range world.Batches(w, 2000) {
			if _, err := a.Apply(b.Context(), part); err != nil {
				return err
			}
		}
		return nil
	}
	var users iam.World
	for i := range largeUsers {
		users.Users = append(users.Users, iam.User{ID: iam.UserID(fmt.Sprintf("u%d", i))})
	}
	require.NoError(b, put(users))
	failed := make([]error, tenants)
	var running sync.WaitGroup
	places := make(chan struct{}, 4)
	for i := range tenants {
		running.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			failed[i] = put(largeWorld(i))
		})
	}
	running.Wait()
	for _, err := range failed {
		require.NoError(b, err)
	}
}

// largeWorld is one tenant.
func largeWorld(number int) iam.World {
	id := func(kind string, i int) string { return fmt.Sprintf("%s%d-%d", kind, number, i) }
	user := func(i int) iam.Ref { return userRef(iam.UserID(fmt.Sprintf("u%d", i%largeUsers))) }
	account := iam.Ref{Type: typeAccount, ID: fmt.Sprintf("a%d", number)}
	environment := iam.Ref{Type: typeEnvironment, ID: fmt.Sprintf("e%d", number)}
	w := iam.World{Scopes: []iam.Scope{{Ref: account}, {Ref: environment, Parent: account}}}
	for i := range largeTeams {
		team := iam.Group{ID: iam.GroupID(id("t", i)), Scope: account}
		for n := range largeMembers {
			team.Members = append(team.Members, user(i*37+n))
		}
		w.Groups = append(w.Groups, team)
	}
	for i := range largeRoles {
		w.Roles = append(w.Roles, iam.Role{ID: iam.RoleID(id("r", i)), Scope: account, Permissions: permissions[:2]})
	}
	for i := range largePlaces {
		place := iam.Ref{Type: typeWorkspace, ID: id("w", i)}
		w.Scopes = append(w.Scopes, iam.Scope{Ref: place, Parent: environment})
		for n := range largeRoles {
			w.Policies = append(w.Policies, iam.Policy{Subject: user(i + n), Roles: []iam.RoleID{iam.RoleID(id("r", n))}, Scope: place})
		}
	}
	return w
}

// nowhere is an engine that forgets what it is told: rebuild will tell SpiceDB.
type nowhere struct{ adapter.ContentEngine }

// Write forgets.
func (nowhere) Write(context.Context, rel.Write) (rel.ZedToken, error) { return "", nil }

// Schema is none yet.
func (nowhere) Schema(context.Context) (string, error) { return "", nil }

// WriteSchema forgets.
func (nowhere) WriteSchema(context.Context, string) error { return nil }

// SetIdentity forgets.
func (nowhere) SetIdentity(context.Context, rel.Identity) error { return nil }

// SetPositions forgets.
func (nowhere) SetPositions(context.Context, map[string]uint64) error { return nil }

// Import forgets.
func (nowhere) Import(_ context.Context, tuples iter.Seq[rel.Tuple]) (uint64, error) {
	var count uint64
	for range tuples {
		count++
	}
	return count, nil
}

// command runs a command of ambit and returns how long it took, and its largest
// size in memory.
func command(b *testing.B, lab *lab, name string, env ...string) (time.Duration, float64) {
	b.Helper()
	c := exec.CommandContext(b.Context(), lab.binary, name)
	c.Env = append(os.Environ(), env...)
	start := time.Now()
	output, err := c.CombinedOutput()
	took := time.Since(start)
	require.NoError(b, err, "%s", output)
	usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	require.True(b, ok)
	return took, float64(usage.Maxrss) / 1024
}

// peak returns the largest size in memory that a server has had, in MB.
func (r *replica) peak(b *testing.B) float64 {
	b.Helper()
	r.mu.Lock()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.process.Pid))
	r.mu.Unlock()
	require.NoError(b, err)
	_, line, found := strings.Cut(string(status), "VmHWM:")
	require.True(b, found)
	var kib float64
	_, err = fmt.Sscan(line, &kib)
	require.NoError(b, err)
	return kib / 1024
}

// load imports tuples in bulk as SpiceDB's own tools do: in streams of messages
// of a thousand. SpiceDB ends a stream after half a minute.
func (b bare) load(t testing.TB, tuples []rel.Tuple) {
	t.Helper()
	for part := range slices.Chunk(tuples, 20_000) {
		stream, err := b.ImportBulkRelationships(t.Context())
		require.NoError(t, err)
		for message := range slices.Chunk(part, 1000) {
			request := &v1.ImportBulkRelationshipsRequest{}
			for _, tuple := range message {
				request.Relationships = append(request.Relationships, relationship(tuple))
			}
			if err := stream.Send(request); err != nil {
				require.ErrorIs(t, err, io.EOF)
				break // why comes with the answer
			}
		}
		answer, err := stream.CloseAndRecv()
		require.NoError(t, err)
		require.EqualValues(t, len(part), answer.GetNumLoaded())
	}
}
