package ambittest

import (
	"testing"
	"time"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

// Embedded returns a new system in this process that holds a world, given in the
// format of world files; "" is an empty one. It needs no Docker and no network.
// Time stands still unless the test calls Advance.
func Embedded[Text string | []byte](t testing.TB, world Text, opts ...Option) *System {
	t.Helper()
	o, model := chosen(t, append(opts, World(world)))
	s := &System{Model: model, t: t, clock: &clock{now: time.Now()}}
	store, err := sqlstore.OpenSQLite(s.context(), ":memory:", storeConfig(model, s.clock.time))
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	atEnd(t, "the database", store.Close)
	spiceDB, err := embedded.Start(s.context(), embedded.Config{})
	if err != nil {
		t.Fatalf("start SpiceDB: %v", err)
	}
	atEnd(t, "SpiceDB", spiceDB.Close)
	s.open(adapter.Config{Store: store, Engine: spiceDB.Engine(), Clock: s.clock.time}, o)
	return s
}
