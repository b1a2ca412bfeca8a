package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// testAlone: "Alone runs fn while no Write runs or begins."
func testAlone(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, adapter.Store){
		"no write runs inside":                testNoWriteInside,
		"a write that began is waited for":    testWriteBefore,
		"read, outbox and meta work inside":   testInside,
		"two exclude each other":              testTwoAlone,
		"an error and a panic are handed on":  testAloneFails,
		"writers and those who run alone mix": testAloneAmongWriters,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, withLandscape(t, open))
		})
	}
}

// impatient is a context that ends while somebody waits with it. What it is
// given to would take far less time if it did not have to wait.
func impatient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 50*time.Millisecond)
}

// lockAndPut is a Write as a use case does it.
func lockAndPut(ctx context.Context, store adapter.Store, tenant iam.Ref, id iam.UserID) error {
	return store.Write(ctx, func(tx adapter.Tx) error {
		if err := tx.Lock(ctx, tenant); err != nil {
			return err
		}
		_, err := tx.Users().Put(ctx, iam.User{ID: id, Status: iam.Active})
		return err
	})
}

// testNoWriteInside tries what use cases do, and what forgets to Lock.
func testNoWriteInside(t *testing.T, store adapter.Store) {
	writes := map[string]func(context.Context) error{
		"a tenant":       func(ctx context.Context) error { return lockAndPut(ctx, store, ref("account:A"), "u") },
		"no tenant":      func(ctx context.Context) error { return lockAndPut(ctx, store, iam.Ref{}, "u") },
		"without a lock": func(ctx context.Context) error { return putUserWith(ctx, store) },
		"only a delete": func(ctx context.Context) error {
			return store.Write(ctx, func(tx adapter.Tx) error { return tx.Scopes().Delete(ctx, ref("workspace:W")) })
		},
		"only a change": func(ctx context.Context) error {
			return store.Write(ctx, func(tx adapter.Tx) error {
				_, err := tx.Enqueue(ctx, ref("account:A"), updates(t, "a:1#b@c:2"))
				return err
			})
		},
	}
	require.NoError(t, store.Alone(t.Context(), func(context.Context) error {
		for name, try := range writes {
			ctx, cancel := impatient(t.Context())
			require.ErrorIs(t, try(ctx), context.DeadlineExceeded, name)
			cancel()
		}
		return nil
	}))
	requireUntouched(t, store)
	for name, try := range writes {
		require.NoError(t, try(t.Context()), name)
	}
}

func putUserWith(ctx context.Context, store adapter.Store) error {
	return store.Write(ctx, func(tx adapter.Tx) error {
		_, err := tx.Users().Put(ctx, iam.User{ID: "u", Status: iam.Active})
		return err
	})
}

func testWriteBefore(t *testing.T, store adapter.Store) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		err := store.Write(t.Context(), func(tx adapter.Tx) error {
			if err := tx.Lock(t.Context(), ref("account:A")); err != nil {
				return err
			}
			close(begun)
			<-goOn
			_, err := tx.Users().Put(t.Context(), iam.User{ID: "u", Status: iam.Active})
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	ctx, cancel := impatient(t.Context())
	defer cancel()
	require.ErrorIs(t, store.Alone(ctx, func(context.Context) error {
		t.Error("not alone")
		return nil
	}), context.DeadlineExceeded)

	running.Go(func() {
		err := store.Alone(t.Context(), func(ctx context.Context) error {
			return store.Read(ctx, func(rows adapter.Rows) error { _, err := rows.Users().Get(ctx, "u"); return err })
		})
		if err != nil {
			t.Errorf("what was written is not there: %v", err)
		}
	})
	close(goOn)
	running.Wait()
	require.NoError(t, lockAndPut(t.Context(), store, ref("account:A"), "after"), "who gave up waiting left nothing behind")
}

func testInside(t *testing.T, store adapter.Store) {
	a := ref("account:A")
	enqueued(t, store, a, updates(t, "a:1#b@c:2"))
	enqueued(t, store, a, updates(t, "a:1#b@c:2"))
	require.NoError(t, store.Alone(t.Context(), func(ctx context.Context) error {
		require.NoError(t, store.Read(ctx, func(rows adapter.Rows) error {
			_, err := rows.Scopes().Get(ctx, a)
			return err
		}))
		require.NoError(t, store.Outbox().Quarantine(ctx, a, "why"))
		require.Len(t, backlogs(t, store), 1)
		require.NoError(t, store.Outbox().Delivered(ctx, a, 1, "one"))
		require.NoError(t, store.Outbox().Rebuilt(ctx, map[iam.Ref]uint64{a: 2}, "two"))
		require.NoError(t, store.Meta().Set(ctx, "model", "scalr"))
		value, err := store.Meta().Get(ctx, "model")
		require.Equal(t, "scalr", value)
		return err
	}))
	require.Equal(t, adapter.Position{Last: 2, Delivered: 2, Token: "two"}, position(t, store, a))
}

func testTwoAlone(t *testing.T, store adapter.Store) {
	require.NoError(t, store.Alone(t.Context(), func(context.Context) error {
		ctx, cancel := impatient(t.Context())
		defer cancel()
		require.ErrorIs(t, store.Alone(ctx, func(context.Context) error {
			t.Error("not alone")
			return nil
		}), context.DeadlineExceeded)
		return nil
	}))
	ran := false
	require.NoError(t, store.Alone(t.Context(), func(context.Context) error { ran = true; return nil }))
	require.True(t, ran)
}

func testAloneFails(t *testing.T, store adapter.Store) {
	require.Equal(t, errStop, store.Alone(t.Context(), func(context.Context) error { return errStop }))
	require.Panics(t, func() {
		_ = store.Alone(t.Context(), func(context.Context) error { panic(errors.New("stop")) })
	})
	require.NoError(t, lockAndPut(t.Context(), store, ref("account:A"), "u"))
	require.NoError(t, store.Alone(t.Context(), func(context.Context) error { return nil }))
}

// testAloneAmongWriters counts who is inside while many come and go.
func testAloneAmongWriters(t *testing.T, store adapter.Store) {
	const each, rounds = 3, 6
	var inside atomic.Int64 // writers are ones, who runs alone is a thousand
	const alone = 1000
	writer := func(tenant iam.Ref) error {
		return store.Write(t.Context(), func(tx adapter.Tx) error {
			if err := tx.Lock(t.Context(), tenant); err != nil {
				return err
			}
			if inside.Add(1) > alone {
				t.Error("a writer beside one who runs alone")
			}
			defer inside.Add(-1)
			_, err := tx.Users().Put(t.Context(), iam.User{ID: iam.UserID("u" + tenant.ID), Status: iam.Active})
			return err
		})
	}
	loner := func() error {
		return store.Alone(t.Context(), func(ctx context.Context) error {
			if inside.Add(alone) != alone {
				t.Error("not alone")
			}
			defer inside.Add(-alone)
			_, err := store.Outbox().Waiting(ctx)
			return err
		})
	}
	var running sync.WaitGroup
	for i := range each {
		running.Go(func() {
			for range rounds {
				if err := writer([]iam.Ref{{}, ref("account:A"), ref("account:B")}[i]); err != nil {
					t.Error(err)
				}
			}
		})
		running.Go(func() {
			for range rounds {
				if err := loner(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	require.Zero(t, inside.Load())
}
