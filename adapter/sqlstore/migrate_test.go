package sqlstore_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/migrations"
)

// product is a database product, of which migrations want an empty database.
type product struct {
	driver  string
	dialect goose.Dialect
	files   fs.FS
	// empty names a database in which there is nothing.
	empty   func(*testing.T) string
	migrate func(ctx context.Context, name string, config sqlstore.Config) ([]sqlstore.Migration, error)
	status  func(ctx context.Context, name string) ([]sqlstore.Migration, error)
	open    func(ctx context.Context, name string, config sqlstore.Config) (*sqlstore.Store, error)
}

func sqliteProduct() product {
	return product{
		driver: "sqlite", dialect: goose.DialectSQLite3, files: migrations.SQLite(),
		empty:   func(t *testing.T) string { return filepath.Join(t.TempDir(), "ambit.db") },
		migrate: sqlstore.MigrateSQLite, status: sqlstore.StatusSQLite, open: sqlstore.OpenSQLite,
	}
}

func TestMigrateSQLite(t *testing.T) {
	t.Parallel()
	sqliteProduct().run(t)
}

func (p product) run(t *testing.T) {
	t.Helper()
	for name, test := range map[string]func(product, *testing.T){
		"from empty, and again":   product.testUp,
		"by several processes":    product.testProcesses,
		"from every version":      product.testEveryVersion,
		"open without migrating":  product.testNoMigrate,
		"a newer database":        product.testNewer,
		"opening does it as well": product.testOpenMigrates,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(p, t)
		})
	}
}

// all returns the versions of the product and their names.
func (p product) all(t *testing.T) (versions []int64, names []string) {
	t.Helper()
	found, err := p.status(t.Context(), p.empty(t))
	require.NoError(t, err)
	for i, migration := range found {
		require.EqualValues(t, i+1, migration.Version, "in order, without a gap")
		require.NotEmpty(t, migration.Name)
		require.Zero(t, migration.Applied)
		versions, names = append(versions, migration.Version), append(names, migration.Name)
	}
	return versions, names
}

func (p product) testUp(t *testing.T) {
	versions, names := p.all(t)
	require.Equal(t, []string{"tables", "delivery"}, names[:2])
	name := p.empty(t)
	done, err := p.migrate(t.Context(), name, sqlstore.Config{})
	require.NoError(t, err)
	require.Len(t, done, len(versions))
	for i, migration := range done {
		require.Equal(t, versions[i], migration.Version)
		require.Equal(t, names[i], migration.Name)
		require.Equal(t, time.UTC, migration.Applied.Location())
		require.WithinDuration(t, time.Now(), migration.Applied, time.Minute)
	}
	now, err := p.status(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, done, now)

	again, err := p.migrate(t.Context(), name, sqlstore.Config{})
	require.NoError(t, err)
	require.Empty(t, again)
	still, err := p.status(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, done, still)
}

// testProcesses starts this test binary several times and lets all go at once.
// Every migration is run by exactly one of them.
func (p product) testProcesses(t *testing.T) {
	name := p.empty(t)
	const processes = 3
	children := make([]*child, processes)
	for i := range children {
		children[i] = startChild(t, p.driver, name)
	}
	for _, c := range children {
		require.NoError(t, c.start.Close())
	}
	runs := map[string]int{}
	for _, c := range children {
		said, err := io.ReadAll(c.said)
		require.NoError(t, err)
		require.NoError(t, c.process.Wait(), "%s", said)
		for _, version := range strings.Fields(string(said)) {
			runs[version]++
		}
	}
	versions, _ := p.all(t)
	want := map[string]int{}
	for _, version := range versions {
		want[fmt.Sprint(version)] = 1
	}
	require.Equal(t, want, runs)
	store, err := p.open(t.Context(), name, with(func(c *sqlstore.Config) { c.NoMigrate = true }))
	require.NoError(t, err)
	addUser(t, store, "u")
	require.NoError(t, store.Close())
}

// childVariable names the database that a child shall migrate: driver and name.
const childVariable = "AMBIT_TEST_MIGRATE"

type child struct {
	process *exec.Cmd
	start   io.Closer
	said    *bufio.Reader
}

// startChild returns when the child is ready to migrate.
func startChild(t *testing.T, driver, name string) *child {
	t.Helper()
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), childVariable+"="+driver+" "+name)
	process.Stderr = os.Stderr
	start, err := process.StdinPipe()
	require.NoError(t, err)
	said, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	c := &child{process, start, bufio.NewReader(said)}
	line, err := c.said.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	return c
}

// migrateAsChild waits for the end of its input, migrates and says which
// versions it did.
func migrateAsChild(order string) error {
	if _, err := fmt.Fprintln(os.Stdout, "ready"); err != nil {
		return err
	}
	if _, err := io.ReadAll(os.Stdin); err != nil {
		return err
	}
	driver, name, _ := strings.Cut(order, " ")
	migrate := sqlstore.MigrateSQLite
	if driver == "pgx" {
		migrate = sqlstore.MigratePostgres
	}
	done, err := migrate(context.Background(), name, sqlstore.Config{})
	if err != nil {
		return err
	}
	for _, migration := range done {
		if _, err := fmt.Fprintln(os.Stdout, migration.Version); err != nil {
			return err
		}
	}
	return nil
}

// testEveryVersion fills a database of each earlier version with rows of every
// table, and finds them all in the end.
func (p product) testEveryVersion(t *testing.T) {
	versions, _ := p.all(t)
	for _, version := range versions[:len(versions)-1] {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			name := p.empty(t)
			p.fill(t, name, version)
			store, err := p.open(t.Context(), name, standard())
			require.NoError(t, err)
			defer func() { require.NoError(t, store.Close()) }()
			requireFixture(t, store)
		})
	}
}

// fill makes a database of a version. A new version needs its file of rows, in
// the shape that they had then.
func (p product) fill(t *testing.T, name string, version int64) {
	t.Helper()
	rows, err := os.ReadFile(fmt.Sprintf("testdata/version%d.sql", version))
	require.NoError(t, err, "a released version needs rows to migrate")
	raw, err := sql.Open(p.driver, name)
	require.NoError(t, err)
	defer func() { require.NoError(t, raw.Close()) }()
	provider, err := goose.NewProvider(p.dialect, raw, p.files, goose.WithLogger(goose.NopLogger()))
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), version)
	require.NoError(t, err)
	_, err = raw.ExecContext(t.Context(), string(rows))
	require.NoError(t, err)
	files, err := fs.Glob(p.files, "*.sql")
	require.NoError(t, err)
	for _, file := range files[:version] {
		text, err := fs.ReadFile(p.files, file)
		require.NoError(t, err)
		for _, table := range regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`).FindAllStringSubmatch(string(text), -1) {
			count := 0
			require.NoError(t, raw.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table[1]).Scan(&count))
			require.NotZero(t, count, "version %d has no row of %s", version, table[1])
		}
	}
}

// requireFixture expects what every testdata/versionN.sql holds.
func requireFixture(t *testing.T, store adapter.Store) {
	t.Helper()
	ctx, a, e := t.Context(), iam.Ref{Type: "account", ID: "A"}, iam.Ref{Type: "environment", ID: "E"}
	ann, dev := iam.Ref{Type: "user", ID: "ann"}, iam.Ref{Type: "group", ID: "dev"}
	stamp := func(revision int64) iam.Stamp {
		return iam.Stamp{Revision: revision, Created: time.Unix(1, 0).UTC(), Updated: time.Unix(revision, 0).UTC()}
	}
	require.NoError(t, store.Read(ctx, func(rows adapter.Rows) error {
		same(t, rows.Scopes(), adapter.ScopeFilter{},
			iam.Scope{Ref: a, Tenant: a, Name: "Acme", Stamp: stamp(1)},
			iam.Scope{Ref: e, Parent: a, Tenant: a, Name: `Entwicklung "ä"`, Isolated: true, Stamp: stamp(2)})
		same(t, rows.Users(), adapter.UserFilter{},
			iam.User{ID: "ann", Name: "Ann", Email: "ann@example.com", Status: iam.Inactive, Stamp: stamp(4)})
		same(t, rows.ServiceAccounts(), adapter.ServiceAccountFilter{},
			iam.ServiceAccount{ID: "bot", Scope: e, Tenant: a, Name: "Bot", Owners: []iam.Ref{ann}, Status: iam.Active, Stamp: stamp(1)})
		same(t, rows.Groups(), adapter.GroupFilter{}, iam.Group{ID: "dev", Scope: a, Tenant: a, Name: "Developers",
			Members: []iam.Ref{ann}, Roles: []iam.RoleID{"reader"}, Scopes: []iam.Ref{e}, Stamp: stamp(1)})
		same(t, rows.Roles(), adapter.RoleFilter{}, iam.Role{ID: "own", Scope: a, Tenant: a, Name: "Own", Description: "Ours",
			Base: "reader", Permissions: []string{"site:edit"}, Except: []string{"site:read"}, Stamp: stamp(1)})
		same(t, rows.Policies(), adapter.PolicyFilter{},
			iam.Policy{ID: "p", Subject: dev, Roles: []iam.RoleID{"own", "reader"}, Scope: e, Tenant: a, Stamp: stamp(1)})
		same(t, rows.Resources(), adapter.ResourceFilter{},
			iam.Resource{Ref: iam.Ref{Type: "farm", ID: "F"}, Scope: e, Tenant: a, Name: "Farm", Owners: []iam.Ref{dev}, Stamp: stamp(1)})
		entries, err := rows.Audit().List(ctx, adapter.AuditFilter{})
		require.Equal(t, []adapter.AuditEntry{{ID: 1, Time: time.Unix(5, 0).UTC(), Actor: "user:ann", Action: "policy.put",
			Tenant: a, Object: iam.Ref{Type: "policy", ID: "p"}, Detail: `{"a":1}`}}, entries)
		return err
	}))
	requireFixtureOutbox(t, store, a)
	model, err := store.Meta().Get(ctx, "model")
	require.NoError(t, err)
	require.Equal(t, "scalr", model)
}

func requireFixtureOutbox(t *testing.T, store adapter.Store, tenant iam.Ref) {
	t.Helper()
	pending, err := store.Outbox().Pending(t.Context(), tenant, 0)
	require.NoError(t, err)
	require.Len(t, pending, 2)
	require.EqualValues(t, 3, pending[1].Seq)
	require.Equal(t, rel.Delete, pending[1].Updates[0].Op)
	require.Equal(t, "role:own#site__read@user:*", pending[1].Updates[0].Tuple.String())
	position, err := store.Outbox().Position(t.Context(), tenant)
	require.NoError(t, err)
	require.Equal(t, adapter.Position{Last: 3, Delivered: 1, Token: "token"}, position)
	waiting, err := store.Outbox().Waiting(t.Context())
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.EqualValues(t, 2, waiting[0].Entries)
	require.WithinDuration(t, time.Now(), waiting[0].Since, time.Minute, "an old entry waits since the migration")
	require.NoError(t, store.Outbox().Delivered(t.Context(), tenant, 3, "next"))
}

// same lists a table.
func same[Key comparable, Row, Filter any](t *testing.T, table adapter.Table[Key, Row, Filter], filter Filter, want ...Row) {
	t.Helper()
	found, err := table.List(t.Context(), filter)
	require.NoError(t, err)
	require.Equal(t, want, found)
}

func (p product) testNoMigrate(t *testing.T) {
	config := with(func(c *sqlstore.Config) { c.NoMigrate = true })
	refused := func(name string) {
		_, err := p.open(t.Context(), name, config)
		require.Equal(t, "DATABASE_TOO_OLD", iam.ReasonOf(err), "%v", err)
		require.Equal(t, iam.FailedPrecondition, iam.CodeOf(err))
		require.Contains(t, err.Error(), "run ambit migrate up, or start with --auto-migrate")
	}
	name := p.empty(t)
	refused(name)
	versions, _ := p.all(t)
	p.fill(t, name, versions[len(versions)-2])
	before, err := p.status(t.Context(), name)
	require.NoError(t, err)
	refused(name)
	after, err := p.status(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, before, after, "nothing is changed")
	require.Zero(t, after[len(after)-1].Applied)
	require.NotZero(t, after[len(after)-2].Applied)

	_, err = p.migrate(t.Context(), name, sqlstore.Config{})
	require.NoError(t, err)
	store, err := p.open(t.Context(), name, config)
	require.NoError(t, err)
	requireFixture(t, store)
	require.NoError(t, store.Close())
}

func (p product) testNewer(t *testing.T) {
	name := p.empty(t)
	_, err := p.migrate(t.Context(), name, sqlstore.Config{})
	require.NoError(t, err)
	raw, err := sql.Open(p.driver, name)
	require.NoError(t, err)
	_, err = raw.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	require.NoError(t, err)
	require.NoError(t, raw.Close())

	_, migrated := p.migrate(t.Context(), name, sqlstore.Config{})
	_, opened := p.open(t.Context(), name, standard())
	_, unmigrated := p.open(t.Context(), name, with(func(c *sqlstore.Config) { c.NoMigrate = true }))
	for _, err := range []error{migrated, opened, unmigrated} {
		require.Equal(t, "DATABASE_TOO_NEW", iam.ReasonOf(err), "%v", err)
		require.Equal(t, iam.FailedPrecondition, iam.CodeOf(err))
		require.NotContains(t, err.Error(), "\n")
	}
	found, err := p.status(t.Context(), name)
	require.NoError(t, err)
	newest := found[len(found)-1]
	require.NotZero(t, newest.Applied)
	require.Equal(t, sqlstore.Migration{Version: 9999, Applied: newest.Applied}, newest)
}

func (p product) testOpenMigrates(t *testing.T) {
	name := p.empty(t)
	store, err := p.open(t.Context(), name, standard())
	require.NoError(t, err)
	require.NoError(t, store.Close())
	done, err := p.migrate(t.Context(), name, sqlstore.Config{})
	require.NoError(t, err)
	require.Empty(t, done)
}

// To ask a SQLite file for its status leaves the folder as it was, whether or not
// somebody has the file open.
func TestStatusChangesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "ambit.db")
	_, err := sqlstore.StatusSQLite(t.Context(), path)
	require.NoError(t, err)
	_, err = sqlstore.OpenSQLite(t.Context(), path, with(func(c *sqlstore.Config) { c.NoMigrate = true }))
	require.Error(t, err)
	require.Empty(t, contents(t, folder), "a file that is not there is not created")

	store, err := sqlstore.OpenSQLite(t.Context(), path, standard())
	require.NoError(t, err)
	addUser(t, store, "u")
	for _, open := range []bool{true, false} {
		if !open {
			require.NoError(t, store.Close())
		}
		before := contents(t, folder)
		found, err := sqlstore.StatusSQLite(t.Context(), path)
		require.NoError(t, err)
		require.NotZero(t, found[len(found)-1].Applied)
		require.Equal(t, before, contents(t, folder))
	}
	for _, temporary := range []string{"", ":memory:"} {
		_, asked := sqlstore.StatusSQLite(t.Context(), temporary)
		_, migrated := sqlstore.MigrateSQLite(t.Context(), temporary, standard())
		require.Equal(t, iam.InvalidArgument, iam.CodeOf(asked))
		require.Equal(t, iam.InvalidArgument, iam.CodeOf(migrated))
		store := openSQLite(t, temporary, with(func(c *sqlstore.Config) { c.NoMigrate = true }))
		addUser(t, store, "it is new")
	}
}

// contents returns the files of a folder.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		require.NoError(t, err)
		if strings.HasSuffix(entry.Name(), "-shm") {
			text = nil // where readers note what they read
		}
		found[entry.Name()] = string(text)
	}
	return found
}
