package sqlstore

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// What the user says about a session goes before what Config says.
func TestSessionSettings(t *testing.T) {
	t.Parallel()
	config := Config{LockTimeout: 2 * time.Second, StatementTimeout: time.Microsecond}
	for name, c := range map[string]struct {
		dsn  string
		want map[string]string
	}{
		"nothing set": {"postgres://u@h/d", map[string]string{
			"application_name": "ambit", "lock_timeout": "2000",
			"statement_timeout": "1", // less than a millisecond is not for ever
		}},
		"set by name": {"host=h application_name=mine statement_timeout=7 lock_timeout=0", map[string]string{
			"application_name": "mine", "lock_timeout": "0",
			"statement_timeout": "7",
		}},
		"set among options": {"host=h options='-c statement_timeout=7'", map[string]string{
			"application_name": "ambit", "lock_timeout": "2000", "options": "-c statement_timeout=7",
		}},
	} {
		settings, err := parseDSN(c.dsn)
		require.NoError(t, err, name)
		for setting, value := range keepalives() {
			c.want[setting] = value
		}
		c.want["idle_in_transaction_session_timeout"] = "600000"
		require.Equal(t, c.want, impatient(settings, config).RuntimeParams, name)
		require.Equal(t, "0", patient(settings).RuntimeParams["statement_timeout"], name)
		require.NotEqual(t, "0", settings.RuntimeParams["statement_timeout"], "%s: the settings themselves stay", name)
	}
}

// The parser's error may hold the password, so nothing of it is kept.
func TestMalformedDSN(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://ann:secret@host:port/d",
		"postgres://ann:sec/ret@host/d",
		"postgres://ann:secret@host/d?sslmode=perhaps",
		"host=h password='secret",
		"mysql://ann:secret@host/d",
		"host=h password=secret sslrootcert=/no/such/file",
	} {
		_, err := parseDSN(dsn)
		require.Equal(t, iam.InvalidArgument, iam.CodeOf(err), dsn)
		require.Equal(t, "DSN_MALFORMED", iam.ReasonOf(err), dsn)
		require.NoError(t, errors.Unwrap(err), dsn)
		require.NotContains(t, fmt.Sprintf("%+v", err), "sec", dsn)
	}
}

func TestOldServer(t *testing.T) {
	t.Parallel()
	for version, reason := range map[int]string{
		90603: "SERVER_TOO_OLD", 120018: "SERVER_TOO_OLD", 130000: "", 150004: "", 180001: "",
	} {
		require.Equal(t, reason, iam.ReasonOf(checkServer(version, false)), version)
	}
	require.Equal(t, "SCHEMA_UNKNOWN", iam.ReasonOf(checkServer(150004, true)))
}

func TestConfigCheck(t *testing.T) {
	t.Parallel()
	good := Config{Subjects: SubjectTypes{User: "user"}}
	require.NoError(t, good.check())
	for name, change := range map[string]func(*Config){
		"no type of users":           func(c *Config) { c.Subjects = SubjectTypes{Group: "team"} },
		"one connection":             func(c *Config) { c.MaxConnections = 1 },
		"fewer than none":            func(c *Config) { c.MaxConnections = -1 },
		"negative lock timeout":      func(c *Config) { c.LockTimeout = -1 },
		"negative statement timeout": func(c *Config) { c.StatementTimeout = -1 },
	} {
		bad := good
		change(&bad)
		require.Equal(t, iam.InvalidArgument, iam.CodeOf(bad.check()), name)
		_, err := OpenSQLite(t.Context(), "", bad)
		require.Equal(t, iam.InvalidArgument, iam.CodeOf(err), name)
		_, err = OpenPostgres(t.Context(), "", bad)
		require.Equal(t, iam.InvalidArgument, iam.CodeOf(err), name)
	}
}
