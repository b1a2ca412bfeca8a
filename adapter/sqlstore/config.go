package sqlstore

import (
	"cmp"
	"log/slog"
	"time"
)

// Config says how a Store runs. The zero value works.
type Config struct {
	// Clock gives the time of stamps and audit entries. Default: time.Now.
	Clock func() time.Time
	// Logger hears about migrations, at level Info. Default: nothing is logged.
	Logger *slog.Logger
	// LockTimeout is how long a write to SQLite waits for another process that
	// is writing, before it is UNAVAILABLE. Writers of one process queue up for
	// as long as their context lets them. Default: 5 seconds.
	LockTimeout time.Duration
	// Subjects are the model's names for the kinds of subjects.
	Subjects SubjectTypes
}

// SubjectTypes are the type names by which references name users, service
// accounts and groups in the model at hand. Rows of these nouns have no type of
// their own, so Delete needs it to see whether anything still names them.
type SubjectTypes struct {
	// User is the type of users. Default: "user".
	User string
	// ServiceAccount is the type of service accounts, such as
	// "service_principal". Default: "service_account".
	ServiceAccount string
	// Group is the type of groups, such as "team". Default: "group".
	Group string
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
	c.Subjects.User = cmp.Or(c.Subjects.User, "user")
	c.Subjects.ServiceAccount = cmp.Or(c.Subjects.ServiceAccount, "service_account")
	c.Subjects.Group = cmp.Or(c.Subjects.Group, "group")
	return c
}
