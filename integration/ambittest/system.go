package ambittest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/server"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// System is an Ambit for one test. Its methods end the test if something goes
// wrong that the test did not ask about. Make one with [Embedded] or [Run].
type System struct {
	// Adapter is the Go API.
	Adapter *adapter.Adapter
	// Model is the IAM system.
	Model *schema.Model
	// Backing is the database and the SpiceDB, for servers of your own and for
	// other clients. Only Run sets it.
	Backing server.Backing

	t     testing.TB
	clock *clock
	// source is where the model is from, token that of the servers.
	source, token string
}

// Apply makes a world so, given in the format of world files.
func (s *System) Apply(text string) {
	s.t.Helper()
	wanted, err := world.Parse("world", []byte(text), s.Model)
	if err == nil {
		_, err = s.Adapter.Apply(s.context(), wanted)
	}
	if err != nil {
		s.t.Fatalf("apply the world: %v", err)
	}
}

// Allowed reports whether a subject has a permission on an object, both written
// type:id. The answer has seen every write through this system.
func (s *System) Allowed(subject, permission, object string) bool {
	s.t.Helper()
	question := adapter.CheckRequest{Subject: s.ref("subject", subject), Permission: permission, Object: s.ref("object", object)}
	decision, err := s.Adapter.Check(s.context(), question, adapter.Freshness{})
	if err != nil {
		s.t.Fatalf("may %s do %s on %s? %v", subject, permission, object, err)
	}
	return decision.Allowed
}

func (s *System) ref(field, text string) iam.Ref {
	s.t.Helper()
	ref, err := iam.ParseRef(field, text)
	if err != nil {
		s.t.Fatalf("ambittest: %v", err)
	}
	return ref
}

// Now returns the time that the system goes by. The clock of Embedded begins at
// the start of the test and stands still.
func (s *System) Now() time.Time {
	if s.clock == nil {
		return time.Now()
	}
	return s.clock.time()
}

// Advance moves the clock. The clock of Run is the machine's and cannot be moved.
func (s *System) Advance(by time.Duration) {
	s.t.Helper()
	if s.clock == nil {
		s.t.Fatal("ambittest: only the clock of an embedded system can be moved")
	}
	s.clock.advance(by)
}

// context is the test's, also while it cleans up.
func (s *System) context() context.Context { return context.WithoutCancel(s.t.Context()) }

// open makes the adapter and the world. What else the system needs has been
// registered with atEnd before, and ends after the adapter.
func (s *System) open(config adapter.Config, o options) {
	s.t.Helper()
	config.Model, config.Logger = s.Model, slog.New(slog.DiscardHandler)
	core, err := adapter.New(s.context(), config)
	if err != nil {
		s.t.Fatalf("start Ambit: %v", err)
	}
	s.Adapter, s.source = core, o.model
	atEnd(s.t, "Ambit", core.Close)
	if len(o.world) > 0 {
		s.Apply(string(o.world))
	}
}

// atEnd lets a part go when the test is over.
func atEnd(t testing.TB, part string, end func() error) {
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Errorf("end %s: %v", part, err)
		}
	})
}

// storeConfig names the subjects of the model.
func storeConfig(model *schema.Model, clock func() time.Time) sqlstore.Config {
	return sqlstore.Config{Clock: clock, Subjects: sqlstore.SubjectTypes{
		User:           model.TypeOf(schema.KindUser),
		ServiceAccount: model.TypeOf(schema.KindServiceAccount),
		Group:          model.TypeOf(schema.KindGroup),
	}}
}
