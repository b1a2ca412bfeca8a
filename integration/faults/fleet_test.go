package faults

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// staleness is what an answer without a token may miss of the other server's
// writes. It is short, so that many reads lie beyond it.
const staleness = 400 * time.Millisecond

// fleet is what production looks like: two servers on one PostgreSQL and one
// SpiceDB, with networks between that can break.
type fleet struct {
	lab      *lab
	spicedb  *machine
	replicas []*replica
	// databases and engines are the links of each replica to PostgreSQL and SpiceDB.
	databases, engines []*link
}

// newFleet starts servers on empty databases, both at the same time, and waits
// until they are ready.
func newFleet(t testing.TB, lab *lab) *fleet {
	t.Helper()
	f := &fleet{lab: lab, spicedb: lab.newSpiceDB(t)}
	database := lab.newDatabase(t, "ambit", "template1")
	for _, name := range []string{"ambit-1", "ambit-2"} {
		toDatabase, toEngine := newLink(t, name+"-postgres", lab.postgres.address), newLink(t, name+"-spicedb", f.spicedb.address)
		f.databases, f.engines = append(f.databases, toDatabase), append(f.engines, toEngine)
		f.replicas = append(f.replicas, startReplica(t, name, lab.binary, production(databaseURL(toDatabase.address(), database), toEngine.address())...))
	}
	f.awaitReady(t)
	return f
}

// production returns the variables of a server, or of a command, on PostgreSQL
// and SpiceDB.
func production(database, spicedb string) []string {
	return []string{
		"AMBIT_DATABASE=" + database, "AMBIT_AUTO_MIGRATE=true", "AMBIT_MODEL=scalr",
		"AMBIT_SPICEDB_ENDPOINT=" + spicedb, "AMBIT_SPICEDB_KEY=" + secret, "AMBIT_SPICEDB_PLAINTEXT=true",
		"AMBIT_STALENESS=" + staleness.String(), "AMBIT_RECONCILE_EVERY=2s",
	}
}

func (f *fleet) doors() []*door {
	doors := make([]*door, len(f.replicas))
	for i, r := range f.replicas {
		doors[i] = r.door
	}
	return doors
}

// links returns all of them.
func (f *fleet) links() []*link { return append(append([]*link{}, f.databases...), f.engines...) }

// mend ends all faults: good networks, and servers that do not kill themselves.
func (f *fleet) mend(t testing.TB) {
	t.Helper()
	for _, l := range f.links() {
		l.heal()
	}
	for _, r := range f.replicas {
		r.mu.Lock()
		armed := r.failpoint != ""
		r.mu.Unlock()
		if armed {
			r.arm("")
		}
	}
	f.awaitReady(t)
}

// awaitReady waits until all servers are.
func (f *fleet) awaitReady(t testing.TB) {
	t.Helper()
	for _, d := range f.doors() {
		await(t, "the servers are ready", d.ready)
	}
}

// await asks again and again until there is no error.
func await(t testing.TB, what string, ask func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	err := ask(ctx)
	for err != nil && sleep(ctx, pollInterval) {
		err = ask(ctx)
	}
	require.NoError(t, err, "within %s: %s", patience, what)
}

// drained reports whether all changes have reached SpiceDB.
func drained(doors []*door) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, d := range doors {
			waiting, err := d.pending(ctx)
			if err != nil {
				return err
			}
			if waiting != 0 {
				return fmt.Errorf("%s: %d changes wait for SpiceDB", d.name, waiting)
			}
		}
		return nil
	}
}
