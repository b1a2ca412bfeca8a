package sqlstore

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Config says how a Store runs. Subjects is required.
type Config struct {
	// Subjects are the model's names for the kinds of subjects. Required: a name
	// that is not the model's would let Delete take what is still in use.
	Subjects SubjectTypes
	// Clock gives the time of stamps and audit entries. Default: time.Now.
	Clock func() time.Time
	// Logger hears about migrations, at level Info. Default: nothing is logged.
	Logger *slog.Logger
	// NoMigrate leaves the database as it is: one that is older than this Ambit,
	// or not there at all, is refused with reason DATABASE_TOO_OLD. A temporary
	// database is always new. Default: opening brings it to our version.
	NoMigrate bool
	// LockTimeout is how long a write waits for a lock before it is UNAVAILABLE:
	// on SQLite for another process that is writing (writers of one process queue
	// up for as long as their context lets them), on PostgreSQL for a tenant or
	// for what runs Alone (lock_timeout). Default: 5 seconds.
	LockTimeout time.Duration
	// StatementTimeout is how long PostgreSQL works on one statement before it
	// gives up and the call is UNAVAILABLE (statement_timeout). Migrations, and Alone while it waits,
	// take the time they need. Default: 30 seconds.
	StatementTimeout time.Duration
	// MaxConnections is how many connections to PostgreSQL a Store has at most:
	// two or more, of which Writes take at most half, since readers must not wait
	// behind writers that wait for a lock. Alone and migrations take one more.
	// Default: 20, enough for a busy process, and few enough for several of them
	// at a server with its default of 100.
	MaxConnections int
}

// SubjectTypes are the type names by which references name users, service
// accounts and groups in the model at hand, see SubjectsOf. Rows of these nouns
// have no type of their own, so Delete needs it to see whether anything still
// names them.
type SubjectTypes struct {
	// User is the type of users; every model has one.
	User string
	// ServiceAccount is the type of service accounts, such as
	// "service_principal"; empty: the model has none, and rows are refused.
	ServiceAccount string
	// Group is the type of groups, such as "team"; empty: the model has none, and
	// rows are refused.
	Group string
}

// SubjectsOf returns a model's names for the kinds of subjects.
func SubjectsOf(model *schema.Model) SubjectTypes {
	return SubjectTypes{
		User: model.TypeOf(schema.KindUser), ServiceAccount: model.TypeOf(schema.KindServiceAccount), Group: model.TypeOf(schema.KindGroup),
	}
}

// check refuses what cannot work. Errors: INVALID_ARGUMENT.
func (c Config) check() error {
	const reason = "CONFIG_INVALID"
	switch {
	case c.Subjects.User == "":
		return iam.Invalid(reason, "subjects.user", "", "is the model's type of users, and required")
	case c.LockTimeout < 0 || c.StatementTimeout < 0:
		return iam.Invalid(reason, "timeout", "", "must not be negative")
	case c.MaxConnections < 0 || c.MaxConnections == 1:
		return iam.Invalid(reason, "max_connections", "", "must be 2 or more: one to write and one to read")
	}
	return nil
}

// withDefaults returns c with every zero field filled.
func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.LockTimeout = cmp.Or(c.LockTimeout, 5*time.Second)
	c.StatementTimeout = cmp.Or(c.StatementTimeout, 30*time.Second)
	c.MaxConnections = cmp.Or(c.MaxConnections, 20)
	return c
}
