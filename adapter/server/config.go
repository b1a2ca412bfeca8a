package server

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/auth"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// adminActor is the name of the one caller there is.
const adminActor = "admin"

// Config says how a server runs. The zero value works, on loopback.
type Config struct {
	// Listen is the address of gRPC and REST. Default: "127.0.0.1:8420". Beyond
	// loopback it needs TLS or InsecureListen.
	Listen string
	// Data is the folder of the database and the secrets; it is made if it does
	// not exist. Default: $XDG_DATA_HOME/ambit or ~/.local/share/ambit.
	Data string
	Backing
	// Model is the name of a model that ships with Ambit, or the path of a model
	// file (it holds a slash or a dot). Default: "scalr".
	Model string
	// SpiceDB is the loopback address on which the embedded SpiceDB can be read
	// with zed; "off" or "0": none. Default: "127.0.0.1:50051".
	SpiceDB string
	// Token is the secret of the caller "admin". Default: what the file "token"
	// in Data holds, which is made with a new secret.
	Token string
	// TLSCert and TLSKey are PEM files. Default: no TLS.
	TLSCert, TLSKey string
	// InsecureListen allows Listen beyond loopback without TLS, where everybody
	// on the way can read the tokens. Default: refused.
	InsecureListen bool
	// Limits bound the size of requests. Default: see api.Limits.
	Limits api.Limits
	// RequestTimeout bounds one request. Default: 30 s.
	RequestTimeout time.Duration
	// WorldTimeout bounds applying and exporting a world. Default: 5 min.
	WorldTimeout time.Duration
	// ReadTimeout bounds how long a client may take to send an HTTP request, a
	// third of it for the header or a TLS handshake. Default: 1 min.
	ReadTimeout time.Duration
	// IdleTimeout ends connections that nobody uses. Default: 2 min.
	IdleTimeout time.Duration
	// ShutdownTimeout is how long running requests may go on after the end
	// began. Default: 15 s.
	ShutdownTimeout time.Duration
	// Logger hears about requests and faults. Default: to standard error, as
	// text on a terminal, else as JSON.
	Logger *slog.Logger
	// Summary receives what a person wants to know at the start. Default:
	// standard output.
	Summary io.Writer
}

// withDefaults returns c with every empty field filled.
func (c Config) withDefaults() (Config, error) {
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:8420")
	c.Backing = c.Backing.withDefaults()
	c.Model = cmp.Or(c.Model, "scalr")
	c.SpiceDB = cmp.Or(c.SpiceDB, "127.0.0.1:50051")
	c.RequestTimeout = cmp.Or(c.RequestTimeout, 30*time.Second)
	c.WorldTimeout = cmp.Or(c.WorldTimeout, 5*time.Minute)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, time.Minute)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 2*time.Minute)
	c.ShutdownTimeout = cmp.Or(c.ShutdownTimeout, 15*time.Second)
	if c.Logger == nil {
		c.Logger = defaultLogger()
	}
	if c.Summary == nil {
		c.Summary = os.Stdout
	}
	if c.Data == "" {
		folder, err := defaultData()
		if err != nil {
			return c, err
		}
		c.Data = folder
	}
	return c, nil
}

func defaultData() (string, error) {
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "ambit"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("where is the data folder? there is no home folder; say it with --data")
	}
	return filepath.Join(home, ".local", "share", "ambit"), nil
}

func defaultLogger() *slog.Logger {
	if term.IsTerminal(int(os.Stderr.Fd())) {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, nil))
}

// Validate says what is wrong with c, all of it, in sentences for the person
// who wrote it. Empty fields are right.
func (c Config) Validate() error {
	filled, err := c.withDefaults()
	errs := []error{err}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("TLS needs both a certificate and a key"))
	}
	errs = append(errs, filled.checkListen(), filled.checkSpiceDB(), c.check())
	if c.shared() && c.Token == "" {
		errs = append(errs, errors.New("servers that share a database need one token: say --token (AMBIT_TOKEN)"))
	}
	if c.SpiceDBEndpoint != "" && c.SpiceDB != "" && !c.spiceDBOff() {
		errs = append(errs, errors.New("either a SpiceDB elsewhere (--spicedb-endpoint) or one here (--spicedb), not both"))
	}
	for name, value := range map[string]time.Duration{
		"request timeout": c.RequestTimeout, "world timeout": c.WorldTimeout, "read timeout": c.ReadTimeout,
		"idle timeout": c.IdleTimeout, "shutdown timeout": c.ShutdownTimeout,
	} {
		if value < 0 {
			errs = append(errs, fmt.Errorf("the %s must not be negative", name))
		}
	}
	if c.Token != "" {
		errs = append(errs, auth.Token{Actor: adminActor, Secret: c.Token}.Check())
	}
	if c.Limits.Request < 0 || c.Limits.World < 0 {
		errs = append(errs, errors.New("a size limit must not be negative"))
	}
	return errors.Join(errs...)
}

func (c Config) checkListen() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("%q is no address to listen on; write host:port, as in 127.0.0.1:8420", c.Listen)
	}
	if !loopback(c.Listen) && c.TLSCert == "" && !c.InsecureListen {
		return fmt.Errorf("%s can be reached by other machines, and without TLS everybody on the way can read the tokens: give a certificate and a key, or say --insecure-listen (AMBIT_INSECURE_LISTEN) if something in front of the server does TLS", c.Listen)
	}
	return nil
}

func (c Config) checkSpiceDB() error {
	if c.spiceDBOff() || loopback(c.SpiceDB) {
		return nil
	}
	return fmt.Errorf("%q is no loopback address for SpiceDB; write 127.0.0.1:port, or off", c.SpiceDB)
}

// embedded is the part of SpiceDB.
func (c Config) embedded(key string) embedded.Config {
	if c.spiceDBOff() {
		return embedded.Config{}
	}
	return embedded.Config{Listen: c.SpiceDB, PresharedKey: key}
}

func (c Config) spiceDBOff() bool { return c.SpiceDB == "off" || c.SpiceDB == "0" }

// loopback reports whether only this machine can reach an address. Names are
// not resolved, but for localhost.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
