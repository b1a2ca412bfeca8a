package adapter_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/schema"
)

// beside starts an adapter on a database file and a SpiceDB that stays.
func beside(t *testing.T, path, text string, engine adapter.ContentEngine, mode adapter.SchemaMode) (*system, error) {
	t.Helper()
	ctx := context.Background()
	model, err := schema.Load("small.yaml", []byte(text))
	require.NoError(t, err)
	store, err := sqlstore.OpenSQLite(ctx, path, sqlstore.Config{Subjects: sqlstore.SubjectsOf(model)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	a, err := adapter.New(ctx, adapter.Config{Model: model, Store: store, Engine: engine, Schema: mode})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return &system{Adapter: a, store: store, engine: engine}, nil
}

func bumped(text string) string { return strings.Replace(text, "version: 1", "version: 2", 1) }

// TestSpiceDBOfOthers: a SpiceDB whose content is not this database's is left
// alone, unless told otherwise.
func TestSpiceDBOfOthers(t *testing.T) {
	t.Parallel()
	const foreign = "definition user {}\ndefinition document {\n\trelation reader: user\n}"
	cases := map[string]struct {
		before func(t *testing.T, engine adapter.ContentEngine)
		mode   adapter.SchemaMode
		reason string
	}{
		"empty": {mode: adapter.SchemaApply},
		"empty, to be verified": {
			mode: adapter.SchemaVerify, reason: "SCHEMA_MISSING",
		},
		"another product's": {
			before: func(t *testing.T, engine adapter.ContentEngine) {
				require.NoError(t, engine.WriteSchema(t.Context(), foreign))
			}, reason: "SCHEMA_FOREIGN",
		},
		"another product's, to be replaced": {
			before: func(t *testing.T, engine adapter.ContentEngine) {
				require.NoError(t, engine.WriteSchema(t.Context(), foreign))
				meddle(t, engine, rel.Touch, "document:d#reader@user:u")
			}, mode: adapter.SchemaReplace,
		},
		"another database's": {
			before: func(t *testing.T, engine adapter.ContentEngine) {
				_, err := beside(t, filled(t), smallModel, engine, "")
				require.NoError(t, err)
			}, reason: "OTHER_DATABASE",
		},
		"a newer model's": {
			before: func(t *testing.T, engine adapter.ContentEngine) {
				require.NoError(t, engine.WriteSchema(t.Context(), foreign))
				require.NoError(t, engine.SetIdentity(t.Context(), rel.Identity{Model: "small", Version: 9, Database: "same"}))
			}, reason: "SCHEMA_NEWER",
		},
		"another database's, to be replaced": {
			before: func(t *testing.T, engine adapter.ContentEngine) {
				s, err := beside(t, filled(t), smallModel, engine, "")
				require.NoError(t, err)
				_, _, err = s.CreateUser(t.Context(), iam.User{ID: "theirs"})
				require.NoError(t, err)
			}, mode: adapter.SchemaReplace,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, path := kept(t), filled(t)
			named(t, path, "same")
			if c.before != nil {
				c.before(t, engine)
			}
			content := tuplesIn(t, engine)
			s, err := beside(t, path, smallModel, engine, c.mode)
			if c.reason != "" {
				require.Equal(t, c.reason, iam.ReasonOf(err), "%v", err)
				require.Equal(t, content, tuplesIn(t, engine), "nothing changed")
				return
			}
			require.NoError(t, err)
			s.exact(t)
		})
	}
}

// named gives a database file a name.
func named(t *testing.T, path, name string) {
	t.Helper()
	pool, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	result, err := pool.ExecContext(t.Context(), "UPDATE meta SET value = ? WHERE name = 'database'", name)
	require.NoError(t, err)
	changed, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, changed)
	require.NoError(t, pool.Close())
}

func TestSchemaModes(t *testing.T) {
	t.Parallel()
	grown := strings.Replace(bumped(smallModel), "roles:\n- {id: reader", "- {name: \"site:burn\", at: [site], description: Burn it}\nroles:\n- {id: reader", 1)
	path, engine := filled(t), kept(t)
	_, err := beside(t, path, smallModel, engine, adapter.SchemaApply)
	require.NoError(t, err)
	_, err = beside(t, path, smallModel, engine, adapter.SchemaVerify)
	require.NoError(t, err, "it is there")
	_, err = beside(t, path, grown, engine, adapter.SchemaVerify)
	require.Equal(t, "SCHEMA_MISMATCH", iam.ReasonOf(err), "%v", err)
	require.ErrorContains(t, err, "--schema=apply")
	s, err := beside(t, path, grown, engine, adapter.SchemaApply)
	require.NoError(t, err)
	s.exact(t)
	_, err = beside(t, filled(t), smallModel, engine, adapter.SchemaReplace)
	require.NoError(t, err)
}

// asking asks a question without end, and counts the denials.
func asking(t *testing.T, engine adapter.Engine, question rel.Question) (denied func() int64, asked func() int64) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var no, all atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			allowed, _, err := engine.Check(ctx, rel.Consistency{}, question)
			if ctx.Err() != nil {
				return
			}
			assert.NoError(t, err)
			all.Add(1)
			if !allowed {
				no.Add(1)
			}
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return no.Load, all.Load
}

// TestModelMovesWithoutAGap: SpiceDB stays while the model loses a permission,
// gets another and keeps a third in a role of another content. Whoever keeps a
// permission is never denied, and nothing of the old schema remains.
func TestModelMovesWithoutAGap(t *testing.T) {
	t.Parallel()
	path, engine := filled(t), kept(t)
	first, err := beside(t, path, smallModel, engine, "")
	require.NoError(t, err)
	require.NoError(t, first.Close())
	moved := strings.NewReplacer(
		"version: 1", "version: 2",
		`- {name: "site:edit", at: [site], description: Change it}`, `- {name: "site:burn", at: [site], description: Burn it}`,
		"team: {kind: group, in: [org], members: [user]}", "crew: {kind: group, in: [org], members: [user]}",
		"subjects: [user, team]", "subjects: [user, crew]",
	).Replace(smallModel)
	denied, asked := asking(t, engine, rel.Question{
		Resource: rel.Object{Type: "site", ID: "s"}, Permission: "site__read", Subject: rel.Object{Type: "user", ID: "ann"},
	})
	second, err := beside(t, path, moved, engine, "")
	require.NoError(t, err)
	second.exact(t)
	assert.Positive(t, asked())
	assert.Zero(t, denied())
	held, err := engine.Schema(t.Context())
	require.NoError(t, err)
	assert.NotContains(t, held, "site__edit")
	assert.NotContains(t, held, "team")
	_, err = beside(t, path, smallModel, engine, "")
	assert.Equal(t, "MODEL_OLDER", iam.ReasonOf(err))
}

// stubborn is an engine whose import ends in the middle.
type stubborn struct{ adapter.ContentEngine }

func (s stubborn) SetPositions(context.Context, map[string]uint64) error {
	return iam.Unreachable("SpiceDB", context.DeadlineExceeded)
}

// TestInterruptedFill: the process that filled SpiceDB did not come to its end.
// The next one does not take what is there for all.
func TestInterruptedFill(t *testing.T) {
	t.Parallel()
	path, engine := filled(t), kept(t)
	_, err := beside(t, path, smallModel, stubborn{engine}, "")
	require.Error(t, err)
	meddle(t, engine, rel.Delete, tuplesIn(t, engine)[0].String())
	s, err := beside(t, path, smallModel, engine, "")
	require.NoError(t, err)
	s.exact(t)
}

// TestRestoredDatabase: the database is that of yesterday, SpiceDB is not.
func TestRestoredDatabase(t *testing.T) {
	t.Parallel()
	path, engine := filled(t), kept(t)
	s, err := beside(t, path, smallModel, engine, "")
	require.NoError(t, err)
	backup := filepath.Join(t.TempDir(), "backup.db")
	copyDatabase(t, path, backup)
	bobby := iam.Ref{Type: "user", ID: "bob"}
	_, _, err = s.CreatePolicy(t.Context(), iam.Policy{Subject: bobby, Scope: iam.Ref{Type: "site", ID: "s"}, Roles: []iam.RoleID{"editor"}})
	require.NoError(t, err)
	s.exact(t)

	late := iam.Ref{Type: "org", ID: "late"}
	for range 2 {
		_, _, err = s.CreateRole(t.Context(), iam.Role{Scope: iam.Ref{Type: "org", ID: "o"}, Permissions: []string{"site:*"}})
		require.NoError(t, err)
	}
	_, _, err = s.CreateScope(t.Context(), iam.Scope{Ref: late})
	require.NoError(t, err)
	_, _, err = s.CreateRole(t.Context(), iam.Role{Scope: late, Permissions: []string{"site:*"}})
	require.NoError(t, err)

	restored, err := beside(t, backup, smallModel, engine, "")
	require.NoError(t, err)
	restored.exact(t)
	_, _, err = restored.CreateScope(t.Context(), iam.Scope{Ref: late})
	require.NoError(t, err)
	_, _, err = restored.CreateRole(t.Context(), iam.Role{Scope: late, Permissions: []string{"site:read"}})
	require.NoError(t, err)
	restored.exact(t)
	receipt, err := restored.DeleteUser(t.Context(), "bob", 0)
	restored.done(t, receipt, err)
}

func copyDatabase(t *testing.T, from, to string) {
	t.Helper()
	pool, err := sql.Open("sqlite", from)
	require.NoError(t, err)
	_, err = pool.ExecContext(t.Context(), "VACUUM INTO ?", to)
	require.NoError(t, err)
	require.NoError(t, pool.Close())
}

func TestRebuild(t *testing.T) {
	t.Parallel()
	base := newAcme(t)
	fresh := kept(t)
	config := adapter.Config{Model: base.Model(), Store: base.store, Engine: fresh}
	var reported uint64
	done, err := adapter.Rebuild(t.Context(), config, func(n uint64) { reported = n })
	require.NoError(t, err)
	assert.Equal(t, done, reported)
	rebuilt := &system{Adapter: base.Adapter, store: base.store, engine: fresh}
	rebuilt.exact(t)
	assert.Equal(t, uint64(len(tuplesIn(t, fresh))), done)
	_, err = adapter.Rebuild(t.Context(), config, nil)
	assert.Equal(t, "NOT_EMPTY", iam.ReasonOf(err))

	next, err := adapter.New(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, next.Close()) })
	s := &system{Adapter: next, store: base.store, engine: fresh}
	receipt, err := s.DeletePolicy(t.Context(), "p-dev", 0)
	s.done(t, receipt, err)
}
