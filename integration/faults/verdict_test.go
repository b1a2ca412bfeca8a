package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// judgeAll compares what is left after a trial with what was acknowledged. All
// faults are over.
func (t *trial) judgeAll() {
	t.Helper()
	await(t, "all changes are in SpiceDB", drained(t.doors))
	t.reconcile()
	t.compareWorld()
	t.compareAudit()
	t.compareAnswers()
}

// reconcile wants no drift between database and SpiceDB, as the command sees it
// through each server.
func (t *trial) reconcile() {
	t.Helper()
	for _, d := range t.doors {
		await(t, "ambit reconcile compares", func(ctx context.Context) error {
			command := exec.CommandContext(ctx, t.lab.binary, "reconcile", "-o", "json")
			command.Env = append(os.Environ(), "AMBIT_ENDPOINT="+d.address, "AMBIT_TOKEN="+secret)
			output, failed := command.Output()
			var result struct{ Compared, Missing, Foreign int }
			if err := json.Unmarshal(output, &result); err != nil {
				return errors.Join(failed, err)
			}
			t.Logf("ambit reconcile through %s: %d relationships, %d missing, %d foreign", d.name, result.Compared, result.Missing, result.Foreign)
			if failed != nil || result.Compared == 0 || result.Missing+result.Foreign > 0 {
				t.counts.lost.Add(1)
				t.problem("ambit reconcile (%v): %s", failed, output)
			}
			return nil
		})
	}
}

// compareWorld wants the stored world to be that of all writers together.
func (t *trial) compareWorld() {
	t.Helper()
	var stored iam.World
	await(t, "the world is exported", func(ctx context.Context) (err error) {
		stored, err = export(ctx, t.doors[0].Client, t.model)
		return err
	})
	have, want := t.holdingsOf(stored), t.union()
	for _, ref := range want.changed(have) {
		t.counts.lost.Add(1)
		t.problem("%s is %s, but was acknowledged as %s", ref, describe(have[ref]), describe(want[ref]))
	}
}

// describe tells what is stored under a reference, or that nothing is.
func describe(value any) string {
	if value == nil {
		return "not there"
	}
	return fmt.Sprintf("%+v", plain(value))
}

// union is what must be stored.
func (t *trial) union() holdings {
	whole := maps.Clone(t.extra)
	for _, w := range t.writers {
		for ref, value := range w.held {
			whole[ref] = value
		}
	}
	return whole
}

// holdingsOf sorts a world as writers see it: members of shared teams are no part
// of the teams, and the users of resolve are nobody's.
func (t *trial) holdingsOf(w iam.World) holdings {
	h := holdings{}
	for _, scope := range w.Scopes {
		h.put(scope)
	}
	for _, user := range w.Users {
		if !strings.HasPrefix(string(user.ID), "settler-") {
			h.put(user)
		}
	}
	for _, role := range w.Roles {
		h.put(role)
	}
	for _, team := range w.Groups {
		if strings.HasPrefix(string(team.ID), "shared-") {
			for _, member := range team.Members {
				h[membershipRef(team.ID, iam.UserID(member.ID))] = true
			}
			team.Members = nil
		}
		h.put(team)
	}
	for _, policy := range w.Policies {
		h.put(policy)
	}
	return h
}

// compareAudit wants each acknowledged change in the audit log, once. Changes of
// one object leave equal entries, so they are counted.
func (t *trial) compareAudit() {
	t.Helper()
	have, want := t.audited(), map[note]int{}
	for _, w := range t.writers {
		for n, count := range w.notes {
			want[n] += count
		}
	}
	for n, count := range want {
		if missing := count - have[n]; missing > 0 {
			t.counts.lost.Add(int64(missing))
			t.problem("%d of %d entries %s of %s are missing in the audit log", missing, count, n.action, n.object)
		}
	}
	for n, count := range have {
		if more := count - want[n]; more > 0 {
			t.counts.doubled.Add(int64(more))
			t.problem("%s of %s was acknowledged %d times, and is %d times in the audit log", n.action, n.object, want[n], count)
		}
	}
}

// audited counts the entries of the audit log beside those of the preparation.
func (t *trial) audited() map[note]int {
	t.Helper()
	found := map[note]int{}
	for page := ""; ; {
		answer, err := t.doors[0].Audit.ListAuditEntries(t.Context(), &ambitv1.ListAuditEntriesRequest{PageSize: 1000, PageToken: page})
		require.NoError(t, err)
		for _, entry := range answer.GetAuditEntries() {
			if !t.prepared(entry) {
				found[note{entry.GetAction(), refOf(entry.GetObject())}]++
			}
		}
		if page = answer.GetNextPageToken(); page == "" {
			return found
		}
	}
}

// prepared tells the entries of populate and resolve, and those about what is
// beside what writers hold.
func (t *trial) prepared(entry *ambitv1.AuditEntry) bool {
	object := refOf(entry.GetObject())
	return object.Type == typeAccount || t.extra[object] != nil || strings.HasPrefix(object.ID, "settler-") ||
		strings.HasPrefix(object.ID, "shared-") && strings.HasSuffix(entry.GetAction(), ".apply")
}

// compareAnswers asks both servers about all that writers left.
func (t *trial) compareAnswers() {
	t.Helper()
	for _, w := range t.writers {
		view := viewOf(w.held)
		var questions []question
		for _, about := range askings(view) {
			questions = append(questions, question{about.user, permissions[t.rng.IntN(len(permissions))], about.scope})
		}
		for _, d := range t.doors {
			for chunk := range slices.Chunk(questions, 100) {
				var answers []bool
				await(t, d.name+" answers", func(ctx context.Context) error {
					if answers = ask(ctx, d, chunk, freshness{full: true}); answers == nil {
						return errors.New("no answer")
					}
					return nil
				})
				for i, allowed := range answers {
					t.counts.answers.Add(1)
					if allowed != view.allows(chunk[i]) {
						t.counts.wrong.Add(1)
						t.problem("in the end %s answers %v to %v of writer %d", d.name, allowed, chunk[i], w.number)
					}
				}
			}
		}
	}
}
