package remote_test

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
)

var asked = rel.Question{
	Resource:   rel.Object{Type: "team", ID: "dev"},
	Permission: "member",
	Subject:    rel.Object{Type: "user", ID: "ann"},
}

// calls holds a call of the engine for each method of SpiceDB's API.
func calls(ctx context.Context, engine *spicedb.Engine) map[string]func() error {
	read := func(filter rel.Filter) error {
		for _, err := range engine.Read(ctx, filter) {
			return err
		}
		return nil
	}
	return map[string]func() error{
		"CheckPermission": func() error {
			_, _, err := engine.Check(ctx, rel.Consistency{}, asked)
			return err
		},
		"WriteRelationships": func() error {
			_, err := engine.Write(ctx, rel.Write{})
			return err
		},
		"LookupResources": func() error {
			_, err := engine.Resources(ctx, rel.Consistency{}, rel.ResourceQuery{Type: "team", Permission: "member"})
			return err
		},
		"ReadSchema": func() error {
			_, err := engine.Schema(ctx)
			return err
		},
		"WriteSchema":             func() error { return engine.WriteSchema(ctx, "definition user {}") },
		"ReadRelationships":       func() error { return read(rel.Filter{ResourceType: "team"}) },
		"ExportBulkRelationships": func() error { return read(rel.Filter{}) },
		"ImportBulkRelationships": func() error {
			_, err := engine.Import(ctx, slices.Values([]rel.Tuple{{Relation: "member"}}))
			return err
		},
	}
}

// TestRetries: a SpiceDB that is away for a moment is asked again, as often as
// it was said, save for what must not arrive twice.
func TestRetries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		retries, failures int
		attempts          int
		imports           int
		fails             bool
	}{
		"never":                  {0, 0, 1, 1, false},
		"twice":                  {0, 2, 3, 1, false},
		"too often":              {0, 100, 4, 1, true},
		"more than was said":     {1, 2, 2, 1, true},
		"once, without a repeat": {-1, 1, 1, 1, true},
	} {
		for method := range calls(t.Context(), spicedb.New(nil)) {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				server := &fake{}
				config := plaintext(server.serve(t))
				config.Retries = test.retries
				engine := dial(t, config).Engine()
				before := server.count(method)
				server.meet = func(_ context.Context, called string) error {
					if called == method && server.count(method)-before <= test.failures {
						return status.Error(codes.Unavailable, "not now")
					}
					return nil
				}
				err := calls(t.Context(), engine)[method]()
				attempts, fails := test.attempts, test.fails
				if method == "ImportBulkRelationships" {
					attempts, fails = test.imports, test.failures > 0
				}
				assert.Equal(t, attempts, server.count(method)-before, "attempts")
				if fails {
					assert.Equal(t, iam.Unavailable, iam.CodeOf(err))
				} else {
					assert.NoError(t, err)
				}
			})
		}
	}
}

// TestNoRetryOfRefusals: what SpiceDB refuses it is asked once.
func TestNoRetryOfRefusals(t *testing.T) {
	t.Parallel()
	server := &fake{}
	engine := dial(t, plaintext(server.serve(t))).Engine()
	for _, code := range []codes.Code{codes.InvalidArgument, codes.ResourceExhausted, codes.Aborted, codes.Internal} {
		before := server.count("WriteRelationships")
		server.meet = func(context.Context, string) error { return status.Error(code, "no") }
		_, err := engine.Write(t.Context(), rel.Write{})
		require.Error(t, err)
		assert.Equal(t, 1, server.count("WriteRelationships")-before, code)
	}
}

// TestNoStorm: while all calls fail, hardly any is repeated.
func TestNoStorm(t *testing.T) {
	t.Parallel()
	server := &fake{}
	engine := dial(t, plaintext(server.serve(t))).Engine()
	server.meet = func(context.Context, string) error { return status.Error(codes.Unavailable, "down") }
	const many = 100
	for range many {
		_, _, err := engine.Check(t.Context(), rel.Consistency{}, asked)
		require.Equal(t, iam.Unavailable, iam.CodeOf(err))
	}
	attempts := server.count("CheckPermission")
	assert.GreaterOrEqual(t, attempts, many)
	assert.LessOrEqual(t, attempts, many+10)
}

// TestDeadServerIsLeftAlone: callers in a hurry do not become connections.
func TestDeadServerIsLeftAlone(t *testing.T) {
	t.Parallel()
	server := &fake{}
	front, connections := failing(t, server.serve(t))
	engine := dial(t, plaintext(front.address)).Engine()
	front.broken.Store(true)
	front.cut()
	before := connections.Load()
	began := time.Now()
	calls := 0
	for ; time.Since(began) < time.Second; calls++ {
		_, _, err := engine.Check(t.Context(), rel.Consistency{}, asked)
		require.Equal(t, iam.Unavailable, iam.CodeOf(err))
	}
	opened := connections.Load() - before
	assert.LessOrEqual(t, opened, int64(8), "%d calls in a second", calls)
	assert.Greater(t, calls, 20, "they fail at once while there is no connection")
}

// TestTimeouts: each call has the bound that fits it, and the caller's own one
// where that is earlier.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	const none = time.Duration(0)
	for method, want := range map[string]time.Duration{
		"CheckPermission": 5 * time.Second, "WriteRelationships": 5 * time.Second, "LookupResources": 5 * time.Second,
		"ReadSchema": time.Minute, "WriteSchema": time.Minute,
		"ReadRelationships": none, "ExportBulkRelationships": none, "ImportBulkRelationships": none,
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			server := &fake{}
			engine := dial(t, plaintext(server.serve(t))).Engine()
			var left time.Duration
			server.meet = func(ctx context.Context, _ string) error {
				left = none
				if deadline, bounded := ctx.Deadline(); bounded {
					left = time.Until(deadline)
				}
				return nil
			}
			require.NoError(t, calls(t.Context(), engine)[method]())
			assert.InDelta(t, want, left, float64(2*time.Second))
			hurry, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
			defer cancel()
			require.NoError(t, calls(hurry, engine)[method]())
			assert.Greater(t, left, none)
			assert.LessOrEqual(t, left, 2500*time.Millisecond)
		})
	}
}

// TestTimeoutEnds: a SpiceDB that does not answer is one that is away.
func TestTimeoutEnds(t *testing.T) {
	t.Parallel()
	server := &fake{}
	config := plaintext(server.serve(t))
	config.Timeout = 50 * time.Millisecond
	engine := dial(t, config).Engine()
	server.meet = func(ctx context.Context, _ string) error {
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	}
	for _, method := range []string{"CheckPermission", "WriteRelationships", "LookupResources"} {
		assert.Equal(t, iam.Unavailable, iam.CodeOf(calls(t.Context(), engine)[method]()), method)
	}
}

// TestAllEndpointsAreAsked: calls go around.
func TestAllEndpointsAreAsked(t *testing.T) {
	t.Parallel()
	one, two := &fake{}, &fake{}
	engine := dial(t, plaintext(one.serve(t)+", "+two.serve(t))).Engine()
	require.Eventually(t, func() bool {
		_, _, err := engine.Check(t.Context(), rel.Consistency{}, asked)
		return err == nil && one.count("CheckPermission") > 0 && two.count("CheckPermission") > 0
	}, 10*time.Second, time.Millisecond)
	ones, twos := one.count("CheckPermission"), two.count("CheckPermission")
	for range 20 {
		_, _, err := engine.Check(t.Context(), rel.Consistency{}, asked)
		require.NoError(t, err)
	}
	assert.Equal(t, 10, one.count("CheckPermission")-ones)
	assert.Equal(t, 10, two.count("CheckPermission")-twos)
}

// TestOneEndpointMayBeAway: the others answer.
func TestOneEndpointMayBeAway(t *testing.T) {
	t.Parallel()
	server := &fake{}
	engine := dial(t, plaintext(closedPort(t)+","+server.serve(t))).Engine()
	for range 20 {
		_, _, err := engine.Check(t.Context(), rel.Consistency{}, asked)
		require.NoError(t, err)
	}
}

// closedPort returns an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}
