package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// testOutboxConcurrency: "Entries of a tenant are numbered from 1 without a
// gap", whoever writes, and whatever is rolled back.
func testOutboxConcurrency(t *testing.T, open Open) {
	store := withLandscape(t, open)
	tenants := []iam.Ref{{}, ref("account:A"), ref("account:B")}
	const writers, rounds = 6, 12
	var running sync.WaitGroup
	for w := range writers {
		some := updates(t, fmt.Sprintf("writer:%d#b@c:2", w))
		running.Go(func() {
			for r := range rounds {
				if err := enqueueOrStop(t.Context(), store, tenants[(w+r)%len(tenants)], some, r%4 == 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	total := 0
	for _, tenant := range tenants {
		entries := pending(t, store, tenant, 0)
		for i, entry := range entries {
			require.EqualValues(t, i+1, entry.Seq)
		}
		require.EqualValues(t, len(entries), position(t, store, tenant).Last)
		total += len(entries)
	}
	require.Equal(t, writers*rounds*3/4, total)
}

// enqueueOrStop enqueues, and rolls it back if stop.
func enqueueOrStop(ctx context.Context, store adapter.Store, tenant iam.Ref, some []rel.Update, stop bool) error {
	if !stop {
		_, err := enqueue(ctx, store, tenant, some)
		return err
	}
	err := store.Write(ctx, func(tx adapter.Tx) error {
		if _, err := tx.Enqueue(ctx, tenant, some); err != nil {
			return err
		}
		return errStop
	})
	if err == errStop {
		return nil
	}
	return fmt.Errorf("want the transaction stopped, got %w", err)
}
