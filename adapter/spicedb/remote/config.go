package remote

import (
	"cmp"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/spicedb"
)

// Config says where SpiceDB is and how to speak to it.
type Config struct {
	// Endpoint is the address of SpiceDB: "host:port", whose name may stand for
	// several servers; several of them with commas between; or a name for one of
	// gRPC's resolvers, such as "dns:///spicedb.internal:50051". Required.
	Endpoint string
	// PresharedKey is one of the keys that SpiceDB was started with. Required.
	PresharedKey string
	// Insecure speaks plaintext: the key and all answers cross the network
	// readable. Default: TLS.
	Insecure bool
	// CAFile is a PEM file with the certificates to trust. Default: those that
	// the system trusts.
	CAFile string
	// ServerName is the name that SpiceDB's certificate has to bear. Default: the
	// host of the endpoint.
	ServerName string
	// MaxUpdates is how many updates SpiceDB takes in one write, as it is told by
	// --write-relationships-max-updates-per-call. Default: 1,000.
	MaxUpdates int
	// Timeout bounds one call with its repetitions, unless the caller's context
	// ends earlier. Calls about the schema get at least a minute, because SpiceDB
	// takes seconds to read a large one; streams of tuples, in and out, get no
	// bound. Default: 5 s.
	Timeout time.Duration
	// Keepalive is after which silence of an open call the connection is tested
	// with a ping; without an answer in 10 s it counts as broken. SpiceDB accepts
	// one ping in five minutes while it has nothing to say, and closes the
	// connection of who insists; gRPC then doubles the interval. Default: 30 s.
	Keepalive time.Duration
	// Retries is how often a call is repeated that SpiceDB answered UNAVAILABLE:
	// 4 at most, never if below 0. Default: 3.
	Retries int
}

// The defaults of Config.
const (
	defaultTimeout   = 5 * time.Second
	defaultKeepalive = 30 * time.Second
	defaultRetries   = 3
)

// maxRetries is what gRPC allows.
const maxRetries = 4

// complete returns the configuration with its defaults, or what is wrong.
func (c Config) complete() (Config, error) {
	c.MaxUpdates = cmp.Or(c.MaxUpdates, spicedb.DefaultMaxUpdates)
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.Keepalive = cmp.Or(c.Keepalive, defaultKeepalive)
	c.Retries = cmp.Or(c.Retries, defaultRetries)
	switch {
	case c.PresharedKey == "":
		return c, invalid("key", "is required: one that SpiceDB was started with")
	case c.Insecure && (c.CAFile != "" || c.ServerName != ""):
		return c, invalid("plaintext", "there is no certificate to check in plaintext; leave out either it, or CA and server name")
	case c.MaxUpdates < 0:
		return c, invalid("max updates", "must be positive")
	case c.Timeout < 0:
		return c, invalid("timeout", "must be positive")
	case c.Keepalive < 0:
		return c, invalid("keepalive", "must be positive")
	case c.Retries > maxRetries:
		return c, invalid("retries", "must be 4 at most")
	}
	return c, nil
}

// invalid says what is wrong with a field of Config.
func invalid(field, message string) error {
	return iam.Invalid("SPICEDB_CONFIG", "SpiceDB "+field, "", message)
}
