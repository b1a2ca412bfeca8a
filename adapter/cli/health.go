package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// maxHealth is how much of an answer is read: it may come from anybody.
const maxHealth = 1 << 16

// health asks whether a server is ready.
func (a *app) health() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask whether a server is ready",
		Long: `Asks a server whether it is ready, and prints what is not well. A server that is ready but
degraded answers questions; writes that SpiceDB has not taken yet are an example. No token is
needed, and none is sent. The certificate of an https endpoint on this machine is not checked:
it bears the name under which others know the server.

The exit code is 0 if the server is ready, also if it is degraded, and else 1, as container
health checks want it.`,
		Example: "  ambit health\n  ambit health --endpoint https://ambit.example --timeout 1s",
		Args:    cobra.NoArgs,
	}
	timeout := cmd.Flags().Duration("timeout", 3*time.Second, "how long to wait for the answer")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *timeout <= 0 {
			return misuse("--timeout must be longer than 0", "")
		}
		url, err := client.URL(a.settings.endpoint)
		if err != nil {
			return unreadable(err)
		}
		ctx, stop := context.WithTimeout(cmd.Context(), *timeout)
		defer stop()
		state, err := readiness(ctx, url, client.Loopback(a.settings.endpoint))
		if err != nil {
			return err
		}
		if err := a.show(state, state.print); err != nil || state.Ready {
			return err
		}
		return errNo
	}
	return cmd
}

// health is the answer of /readyz.
type health struct {
	Ready bool `json:"ready" yaml:"ready"`
	// Degraded has a sentence for each part that is not well.
	Degraded []string `json:"degraded" yaml:"degraded"`
}

func (h health) print(w io.Writer) {
	switch {
	case !h.Ready:
		line(w, "not ready")
	case len(h.Degraded) > 0:
		line(w, "ready, but degraded")
	default:
		line(w, "ready")
	}
	for _, sentence := range h.Degraded {
		line(w, "  %s", printable(sentence))
	}
}

// readiness fetches /readyz. A server on this machine needs no certificate of
// this name: nothing secret is sent, and nobody is between.
func readiness(ctx context.Context, url string, here bool) (state health, err error) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	if here {
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // see above
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", http.NoBody)
	if err != nil {
		return health{}, err
	}
	// A redirect would lead to somebody else.
	web := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := web.Do(request)
	if err != nil {
		return health{}, unanswered(err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	known := answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusServiceUnavailable
	if !known || json.NewDecoder(io.LimitReader(answer.Body, maxHealth)).Decode(&state) != nil {
		return health{}, fmt.Errorf("%s does not answer as Ambit does (HTTP status %d)", url, answer.StatusCode)
	}
	state.Ready = state.Ready && answer.StatusCode == http.StatusOK
	return state, nil
}

// unanswered says why there was no answer.
func unanswered(err error) error {
	failed := &iam.Error{Code: iam.Unavailable, Reason: "UNREACHABLE", Message: "the server cannot be reached; is ambit serve running?"}
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		failed.Reason = "CERTIFICATE_UNTRUSTED"
		failed.Message = "the certificate of the server cannot be trusted: " + untrusted.Err.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		failed.Code, failed.Reason, failed.Message = "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "the server did not answer in time"
	}
	return failed.Because(err)
}
