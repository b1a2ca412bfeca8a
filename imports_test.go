package ambit_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/ambit-iam/ambit/"

// place says what a package may import, apart from the standard library. Files
// of tests may import more, see checkTest.
type place struct {
	// own are packages of this module.
	own []string
	// foreign are modules of others; what is below one is allowed, too. A new
	// one is a decision: its commit says why it beats the alternatives.
	foreign []string
	// pure packages work on values: no files, no network, no database.
	pure bool
	// suite packages are made for tests, and only tests import them.
	suite bool
}

const (
	grpc      = "google.golang.org/grpc"
	protobuf  = "google.golang.org/protobuf"
	genproto  = "google.golang.org/genproto"
	gateway   = "github.com/grpc-ecosystem/grpc-gateway/v2"
	authzedGo = "github.com/authzed/authzed-go"
	spiceDB   = "github.com/authzed/spicedb"
	yaml      = "go.yaml.in/yaml/v3"
)

// places is the table of the architecture. Imports go one way: leaves know
// nothing of ours, the core knows the leaves, drivers know the core, and only
// the server knows drivers. There is no entry for "everything": whoever adds a
// package decides where it belongs.
var places = map[string]place{
	".":          {pure: true},
	"migrations": {},

	// Leaves.
	"adapter/iam": {pure: true},
	"adapter/rel": {pure: true},
	"schema":      {foreign: []string{yaml}, pure: true},

	// Pure: values in, values out.
	"adapter/translate": {own: []string{"adapter/iam", "adapter/rel", "schema"}, pure: true},
	"adapter/index":     {own: []string{"adapter/iam", "adapter/rel", "schema"}, pure: true},
	"adapter/world":     {own: []string{"adapter/iam", "adapter/rel", "schema"}, foreign: []string{yaml}, pure: true},

	// The core, and delivery, which sees the store and the engine through
	// interfaces of its own.
	"adapter/relay": {own: []string{"adapter/failpoint", "adapter/iam", "adapter/rel"}, pure: true},
	"adapter/follow": {
		own: []string{"adapter/iam", "adapter/index", "adapter/rel", "schema"}, foreign: []string{"github.com/oklog/ulid/v2"}, pure: true,
	},
	"adapter/failpoint": {},
	"adapter": {
		own:     []string{"adapter/failpoint", "adapter/follow", "adapter/iam", "adapter/index", "adapter/rel", "adapter/relay", "adapter/translate", "schema"},
		foreign: []string{"github.com/oklog/ulid/v2"},
		pure:    true,
	},

	// Drivers: each knows one technology, and none knows another.
	"adapter/sqlstore": {
		own:     []string{"adapter", "adapter/iam", "adapter/rel", "migrations", "schema"},
		foreign: []string{"github.com/jackc/pgx/v5", "github.com/pressly/goose/v3", "modernc.org/sqlite"},
	},
	"adapter/spicedb": {
		own:     []string{"adapter", "adapter/iam", "adapter/rel"},
		foreign: []string{authzedGo, genproto, "github.com/oklog/ulid/v2", grpc, protobuf},
	},
	"adapter/spicedb/embedded": {
		own:     []string{"adapter/iam", "adapter/rel", "adapter/spicedb"},
		foreign: []string{authzedGo, spiceDB, grpc},
	},
	"adapter/spicedb/remote": {
		own:     []string{"adapter/iam", "adapter/spicedb"},
		foreign: []string{authzedGo, "github.com/authzed/grpcutil", grpc},
	},

	// What tests measure by, and suites that every driver has to pass.
	"adapter/reference": {own: []string{"adapter/iam", "schema"}, pure: true, suite: true},
	"adapter/storetest": {
		own:     []string{"adapter", "adapter/iam", "adapter/rel"},
		foreign: []string{"github.com/google/go-cmp", "github.com/stretchr/testify"},
		suite:   true,
	},
	"adapter/enginetest": {own: []string{"adapter", "adapter/iam", "adapter/rel"}, suite: true},

	// Doors: they call the core and know no driver.
	"adapter/auth": {own: []string{"adapter", "adapter/iam"}, foreign: []string{grpc}},
	"adapter/api": {
		own:     []string{"adapter", "adapter/api/ambitv1", "adapter/iam", "adapter/world", "schema"},
		foreign: []string{gateway, grpc, protobuf, genproto},
	},
	"adapter/api/apitest": {
		own: []string{
			"adapter", "adapter/api", "adapter/auth", "adapter/iam", "adapter/rel", "adapter/spicedb", "adapter/spicedb/embedded", "adapter/sqlstore",
			"adapter/world", "schema",
		},
		foreign: []string{"github.com/stretchr/testify", grpc}, suite: true,
	},
	"adapter/api/ambitv1": {foreign: []string{gateway, grpc, protobuf, genproto}},
	"adapter/client":      {own: []string{"adapter/api/ambitv1", "adapter/iam"}, foreign: []string{grpc, genproto}},

	// The program.
	"adapter/server": {
		own: []string{
			"adapter", "adapter/api", "adapter/api/ambitv1", "adapter/auth", "adapter/iam", "adapter/relay", "adapter/spicedb",
			"adapter/spicedb/embedded", "adapter/spicedb/remote", "adapter/sqlstore", "schema",
		},
		foreign: []string{"github.com/prometheus/client_golang", "golang.org/x/term", grpc, genproto},
	},
	"adapter/cli": {
		own: []string{
			"adapter", "adapter/api/ambitv1", "adapter/client", "adapter/iam", "adapter/server", "adapter/world", "schema",
		},
		foreign: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term", yaml, grpc, protobuf},
	},
	"cmd/ambit": {own: []string{"adapter/cli"}},

	// Somebody else's program, which has a SpiceDB client already.
	"examples/spicedb-client": {
		own:     []string{"adapter/iam", "adapter/rel", "schema"},
		foreign: []string{authzedGo, "github.com/authzed/grpcutil", grpc},
	},
}

// onlyIn names the modules that change under us, and the packages that shield
// the others from it, in tests too. A user of the library who has a SpiceDB of
// his own must not have to compile one.
var onlyIn = map[string][]string{
	authzedGo: {"adapter/spicedb", "adapter/spicedb/embedded", "adapter/spicedb/remote", "examples/spicedb-client"},
	spiceDB:   {"adapter/spicedb/embedded"},
}

// impure are packages of the standard library that reach out of the process.
var impure = []string{"os", "net", "syscall", "database/sql", "plugin"}

// TestImports parses the imports of every file and holds them against places.
func TestImports(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, file := range goFiles(t) {
		folder := filepath.ToSlash(filepath.Dir(file))
		in, found := places[folder]
		if !found && !seen[folder] {
			assert.Fail(t, "package "+folder+" has no place in the table of imports_test.go")
		}
		seen[folder] = true
		for _, imported := range importsOf(t, file) {
			fault := in.checkTest(imported)
			if !strings.HasSuffix(file, "_test.go") {
				fault = in.check(imported)
			}
			if fault == "" {
				fault = reserved(folder, imported)
			}
			assert.True(t, !found || fault == "", "%s imports %s: %s", file, imported, fault)
		}
	}
	require.Greater(t, len(seen), 20, "the test has to find the packages")
}

// check returns what is wrong with an import of a package, or "".
func (p place) check(imported string) string {
	if own, ours := strings.CutPrefix(imported, module); ours {
		switch {
		case places[own].suite:
			return "a suite is for tests"
		case !slices.Contains(p.own, own):
			return "the table of imports_test.go does not let it"
		}
		return ""
	}
	if !strings.Contains(strings.Split(imported, "/")[0], ".") {
		if p.pure && slices.ContainsFunc(impure, below(imported)) {
			return "the package is pure"
		}
		return ""
	}
	if !slices.ContainsFunc(p.foreign, below(imported)) {
		return "a dependency that the table of imports_test.go does not have here"
	}
	return ""
}

// checkTest is check for files of tests. They put packages together as they
// like; suites stay suites, because a file that imports one is a test or one.
func (p place) checkTest(imported string) string {
	own, ours := strings.CutPrefix(imported, module)
	if _, known := places[own]; ours && !known {
		return "no such package in the table of imports_test.go"
	}
	return ""
}

// reserved returns whether a module belongs to other packages.
func reserved(folder, imported string) string {
	for name, folders := range onlyIn {
		if below(imported)(name) && !slices.Contains(folders, folder) {
			return "only " + strings.Join(folders, " and ") + " may"
		}
	}
	return ""
}

// below returns a function that tells whether an import is, or is below, a path.
func below(imported string) func(string) bool {
	return func(name string) bool { return imported == name || strings.HasPrefix(imported, name+"/") }
}

// TestTableIsUsed finds dependencies in the table that nobody imports any more.
func TestTableIsUsed(t *testing.T) {
	t.Parallel()
	used := map[string][]string{}
	for _, file := range goFiles(t) {
		folder := path.Clean(filepath.ToSlash(filepath.Dir(file)))
		used[folder] = append(used[folder], importsOf(t, file)...)
	}
	for folder, in := range places {
		for _, name := range in.foreign {
			imported := slices.ContainsFunc(used[folder], func(i string) bool { return below(i)(name) })
			assert.True(t, imported, "%s may import %s and does not: take it out of the table", folder, name)
		}
	}
}

// goFiles returns all Go files of the module.
func goFiles(t testing.TB) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			if strings.HasSuffix(name, ".go") {
				files = append(files, name)
			}
			return nil
		case name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || hasModule(name)):
			return filepath.SkipDir
		}
		return nil
	})
	require.NoError(t, err)
	return files
}

// hasModule tells whether a folder is a module of its own.
func hasModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func importsOf(t testing.TB, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	require.NoError(t, err)
	var paths []string
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		paths = append(paths, imported)
	}
	return paths
}
