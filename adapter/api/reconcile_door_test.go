package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/api/apitest"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

const (
	acme = `
scopes:
- {id: "account:A"}
- {id: "environment:E", parent: "account:A"}
- {id: "workspace:W", parent: "environment:E"}
`
	kept  = "workspace:W#parent@environment:E"
	stray = "workspace:stray#parent@environment:E"
)

// dial returns a client, to be closed by whoever wants it closed earlier.
func dial(t testing.TB, endpoint string) *client.Client {
	t.Helper()
	c, err := client.Dial(endpoint, "")
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// post sends a REST request and returns its answer.
func post(t testing.TB, url, body string) (code int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/world:reconcile", strings.NewReader(body))
	require.NoError(t, err)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	require.NoError(t, err)
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(data)
}

// lines returns what each line of an answer holds.
func lines(t testing.TB, url, body string) []any {
	t.Helper()
	code, text := post(t, url, body)
	require.Equal(t, http.StatusOK, code, text)
	var found []any
	for line := range strings.Lines(text) {
		var value any
		require.NoError(t, json.Unmarshal([]byte(line), &value), line)
		found = append(found, value)
	}
	return found
}

func result(compared, missing, foreign int, fixed bool) any {
	return map[string]any{"result": map[string]any{
		"compared": fmt.Sprint(compared), "missing": fmt.Sprint(missing), "foreign": fmt.Sprint(foreign), "fixed": fixed,
	}}
}

func differenceLine(relationship string, foreign bool) any {
	return map[string]any{"difference": map[string]any{"relationship": relationship, "foreign": foreign}}
}

func TestReconcileOverREST(t *testing.T) {
	t.Parallel()
	a := apitest.Start(t)
	a.Apply(t, acme)
	all := 0
	for _, err := range a.Adapter.Tuples(t.Context()) {
		require.NoError(t, err)
		all++
	}
	require.Equal(t, []any{result(all, 0, 0, false)}, lines(t, a.URL, ""))

	a.Write(t, rel.Delete, kept)
	a.Write(t, rel.Touch, stray)
	drift := []any{differenceLine(kept, false), differenceLine(stray, true)}
	got := lines(t, a.URL, `{"fix":false}`)
	require.ElementsMatch(t, drift, got[:len(got)-1], "false is written, too")
	require.Equal(t, result(all, 1, 1, false), got[2])
	got = lines(t, a.URL, `{"fix":true}`)
	require.ElementsMatch(t, drift, got[:len(got)-1], "each once")
	require.Equal(t, result(all, 1, 1, true), got[2])
	require.Equal(t, []any{result(all, 0, 0, false)}, lines(t, a.URL, `{}`))
}

// TestErrorsOfStreamsOverREST: they look as all others do, before the first
// line and after it.
func TestErrorsOfStreamsOverREST(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]int{"before": 0, "after": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apitest.Start(t, grpc.ChainStreamInterceptor(func(_ any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, _ grpc.StreamHandler) error {
				for range sent {
					if err := stream.SendMsg(&ambitv1.ReconcileWorldResponse{}); err != nil {
						return err
					}
				}
				return iam.Unreachable("SpiceDB", errors.New("secret"))
			}))
			code, text := post(t, a.URL, "{}")
			want := `{"error":{"code":"UNAVAILABLE","reason":"UNAVAILABLE","message":"SpiceDB cannot be reached; try again later"}}` + "\n"
			if sent == 0 {
				require.Equal(t, http.StatusServiceUnavailable, code)
			} else {
				want = "{}\n" + want
			}
			require.Equal(t, want, text)
		})
	}
}

// TestStreamsRefuseWhatCannotBeRead: with our sentence, not that of a library.
func TestStreamsRefuseWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	a := apitest.Start(t)
	c, err := client.Dial(a.Endpoint, "", client.WithDialOptions(grpc.WithDefaultCallOptions(grpc.ForceCodecV2(broken{api.Codec()}))))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	_, err = received(c.World.ReconcileWorld(t.Context(), &ambitv1.ReconcileWorldRequest{}))
	require.Equal(t, "MESSAGE_MALFORMED", iam.ReasonOf(err), err)
}

func TestStreamsHaveLimits(t *testing.T) {
	t.Parallel()
	a := apitest.Start(t, grpc.ChainStreamInterceptor(api.StreamLimits(api.Limits{Request: 1})))
	c := dial(t, a.Endpoint)
	_, err := received(c.World.ReconcileWorld(t.Context(), &ambitv1.ReconcileWorldRequest{}))
	require.NoError(t, err)
	_, err = received(c.World.ReconcileWorld(t.Context(), &ambitv1.ReconcileWorldRequest{Fix: true}))
	require.Equal(t, "REQUEST_TOO_LARGE", iam.ReasonOf(err), err)
}

// TestCancelledReconcileLeavesNothing cancels one that cannot go on, because
// somebody writes all the while. It is not parallel: it would see the goroutines
// of other tests.
func TestCancelledReconcileLeavesNothing(t *testing.T) {
	called := make(chan struct{}, 2)
	a := apitest.Start(t, grpc.ChainStreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		called <- struct{}{}
		return next(srv, stream)
	}))
	a.Apply(t, acme)
	began, done, free := make(chan struct{}), make(chan error, 1), make(chan struct{})
	go func() {
		done <- a.Store.Write(t.Context(), func(adapter.Tx) error {
			close(began)
			<-free
			return nil
		})
	}()
	<-began
	before := goleak.IgnoreCurrent()
	c := dial(t, a.Endpoint)
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := c.World.ReconcileWorld(ctx, &ambitv1.ReconcileWorldRequest{Fix: true})
	require.NoError(t, err)
	<-called
	cancel()
	_, err = stream.Recv()
	require.Equal(t, iam.Code("CANCELLED"), iam.CodeOf(err), err)
	require.NoError(t, c.Close())
	goleak.VerifyNone(t, before)
	close(free)
	require.NoError(t, <-done)
	_, err = received(dial(t, a.Endpoint).World.ReconcileWorld(t.Context(), &ambitv1.ReconcileWorldRequest{}))
	require.NoError(t, err, "the next one goes through")
}

// TestUnreadReconcileEnds: flow control must not hold a stream beyond its
// deadline.
func TestUnreadReconcileEnds(t *testing.T) {
	t.Parallel()
	var sending atomic.Int32
	ended := make(chan error, 1)
	a := apitest.Start(t, grpc.ChainStreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		ctx, cancel := context.WithTimeout(stream.Context(), 2*time.Second)
		defer cancel()
		err := next(srv, counting{ServerStream: stream, ctx: ctx, sending: &sending})
		ended <- err
		return err
	}))
	a.Apply(t, acme)
	relationships := make([]string, 20_000)
	for i := range relationships {
		relationships[i] = fmt.Sprintf("workspace:a-workspace-that-nobody-has-ever-made-%d#parent@environment:E", i)
	}
	a.Write(t, rel.Touch, relationships...)
	_, err := dial(t, a.Endpoint).World.ReconcileWorld(t.Context(), &ambitv1.ReconcileWorldRequest{})
	require.NoError(t, err)
	require.Error(t, <-ended, "the deadline, or SpiceDB which did not answer before it")
	require.Eventually(t, func() bool { return sending.Load() == 0 }, time.Minute, time.Millisecond)
}

// counting knows how many messages are being sent.
type counting struct {
	grpc.ServerStream
	ctx     context.Context
	sending *atomic.Int32
}

func (c counting) Context() context.Context { return c.ctx }

func (c counting) SendMsg(message any) error {
	c.sending.Add(1)
	defer c.sending.Add(-1)
	return c.ServerStream.SendMsg(message)
}

// received reads a stream to its end and returns its result.
func received(stream grpc.ServerStreamingClient[ambitv1.ReconcileWorldResponse], err error) (*ambitv1.ReconcileResult, error) {
	var last *ambitv1.ReconcileResult
	for err == nil {
		var message *ambitv1.ReconcileWorldResponse
		if message, err = stream.Recv(); err == nil {
			last = message.GetResult()
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return last, err
}

// broken sends what is no message.
type broken struct{ encoding.CodecV2 }

func (broken) Marshal(any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer("\xff\xff\xff")}, nil
}
