package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
)

// TestAuditPages: pages of any size lead to the first entry, those of the largest
// size, too.
func TestAuditPages(t *testing.T) {
	t.Parallel()
	c := dialed(t, started(t, testConfig(t)))
	const entries = 1003
	var users []any
	for i := range entries {
		users = append(users, map[string]any{"id": fmt.Sprintf("u%d", i)})
	}
	world, err := structpb.NewStruct(map[string]any{"users": users})
	require.NoError(t, err)
	_, err = c.World.ApplyWorld(t.Context(), &ambitv1.ApplyWorldRequest{World: world})
	require.NoError(t, err)
	for _, size := range []int32{999, 1000, 5000} {
		seen := map[string]bool{}
		for page, pages := "", 0; page != "" || pages == 0; pages++ {
			answer, err := c.Audit.ListAuditEntries(t.Context(), &ambitv1.ListAuditEntriesRequest{PageSize: size, PageToken: page})
			require.NoError(t, err)
			require.LessOrEqual(t, len(answer.GetAuditEntries()), 1000)
			for _, entry := range answer.GetAuditEntries() {
				seen[entry.GetObject()] = true
			}
			page = answer.GetNextPageToken()
		}
		require.Equal(t, entries, len(seen), "in pages of %d", size)
	}
}
