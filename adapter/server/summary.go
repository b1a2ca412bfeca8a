package server

import (
	"fmt"
	"io"
	"strings"

	"github.com/ambit-iam/ambit/schema"
)

// summary is what a person wants to know when the server has started.
type summary struct {
	model   *schema.Model
	url     string
	data    *dataFolder
	secrets secrets
	// spiceDB is the address of the embedded SpiceDB; empty: off.
	spiceDB string
	// metricsOpen means that /metrics needs no token.
	metricsOpen bool
}

func (s summary) write(to io.Writer) error {
	token := "$TOKEN"
	var text strings.Builder
	line := func(name, format string, values ...any) {
		fmt.Fprintf(&text, "  %-9s %s\n", name, fmt.Sprintf(format, values...))
	}
	fmt.Fprintf(&text, "Ambit serves the model %s: %d permissions on %d types.\n\n", s.model.Name, len(s.model.Permissions), len(s.model.Types))
	line("gRPC+REST", "%s  (description at /openapi.json)", s.url)
	if s.data.path == "" {
		line("data", "in PostgreSQL and SpiceDB")
	} else {
		line("data", "%s", s.data.path)
	}
	if s.secrets.tokenFile == "" {
		line("token", "as configured")
	} else {
		token = "$(cat " + s.secrets.tokenFile + ")"
		line("token", "in %s", s.secrets.tokenFile)
	}
	if s.secrets.tokenNew {
		line("", "new, shown this once: %s", s.secrets.token)
	}
	if s.metricsOpen {
		line("metrics", "%s/metrics  (no token needed: loopback only)", s.url)
	} else {
		line("metrics", "%s/metrics  (needs the token)", s.url)
	}
	if s.spiceDB != "" {
		line("SpiceDB", "zed --insecure --endpoint %s --token $(cat %s) schema read", s.spiceDB, s.data.file(spiceDBKeyFile))
	}
	fmt.Fprintf(&text, "\nTry:  curl -H \"Authorization: Bearer %s\" %s/v1/model\n\n", token, s.url)
	_, err := io.WriteString(to, text.String())
	return err
}
