package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/server"
)

// with calls do with a client of the server that the flags name.
func (a *app) with(do func(*client.Client) error) (err error) {
	token := a.token()
	exposed := client.Plain(a.settings.endpoint) && !client.Loopback(a.settings.endpoint)
	if token != "" && exposed && !a.settings.insecure {
		return misuse(
			fmt.Sprintf("the token is not sent to %s: without TLS everybody on the way can read it", a.settings.endpoint),
			"write https://..., or say --insecure (AMBIT_INSECURE=true) if the way is safe")
	}
	c, err := client.Dial(a.settings.endpoint, token)
	if err != nil {
		return unreadable(err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return do(c)
}

// token returns the secret of --token, or else, for an endpoint on this machine,
// what a server keeps in its data folder: no other server has to know it.
// Without either the server will say what is missing.
func (a *app) token() string {
	if a.settings.token != "" || !client.Loopback(a.settings.endpoint) {
		return a.settings.token
	}
	path, err := server.TokenFile("")
	if err != nil {
		return ""
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(secret))
}

// say prints a sentence on standard output, for people; programs get silence.
func (a *app) say(format string, args ...any) {
	if a.settings.output == outputTable {
		_, _ = fmt.Fprintf(a.stdout, format, args...)
	}
}
