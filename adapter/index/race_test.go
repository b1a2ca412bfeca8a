package index_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// TestReadersSeeSteps: while writers move a policy from one workspace to another
// and back, in steps of several updates, every reader finds it in exactly one of
// the two. Run it with -race.
func TestReadersSeeSteps(t *testing.T) {
	t.Parallel()
	x := index.New(builtin(t, "scalr"))
	x.Apply(touch(t, granting...))
	x.Apply(touch(t, "workspace:V#parent@environment:E", "role_binding:m#role@role:r", "role_binding:m#subject@user:eve", "workspace:V#role_binding@role_binding:m"))
	there, back := move(t, "V", "W"), move(t, "W", "V")
	var readers, writer sync.WaitGroup
	var done atomic.Bool
	var seen [2]atomic.Int64
	for range 3 {
		readers.Go(func() {
			for !done.Load() {
				s := x.Snapshot()
				v, w := eveReads(s, "V"), eveReads(s, "W")
				if !assert.NotEqual(t, v, w, "eve is in both, or in none") || !assert.True(t, annReads(x)) {
					return
				}
				if found, _ := s.Resources(ref("user", "eve"), "workspaces:read", "workspace", index.Page{}); !assert.Len(t, found, 1) {
					return
				}
				if v {
					seen[0].Add(1)
				} else {
					seen[1].Add(1)
				}
			}
		})
	}
	writer.Go(func() {
		for seen[0].Load() < 100 || seen[1].Load() < 100 {
			x.Apply(there)
			x.Apply(back)
			if t.Failed() {
				break
			}
		}
		done.Store(true)
	})
	writer.Wait()
	readers.Wait()
	assert.NoError(t, x.Snapshot().Verify())
}

// move takes a binding from one workspace to another, under another name.
func move(t *testing.T, from, to string) []rel.Update {
	t.Helper()
	updates := touch(t, "workspace:"+to+"#role_binding@role_binding:m"+to, "role_binding:m"+to+"#role@role:r", "role_binding:m"+to+"#subject@user:eve")
	for _, name := range []string{"m", "m" + from} {
		for _, u := range touch(t, "workspace:"+from+"#role_binding@role_binding:"+name, "role_binding:"+name+"#role@role:r", "role_binding:"+name+"#subject@user:eve") {
			updates = append(updates, rel.Update{Op: rel.Delete, Tuple: u.Tuple})
		}
	}
	return updates
}

func eveReads(s *index.Snapshot, workspace string) bool {
	return s.Check(ref("user", "eve"), "workspaces:read", ref("workspace", workspace))
}
