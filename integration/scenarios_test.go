package integration_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/cli"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/server"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/integration/ambittest"
	"github.com/ambit-iam/ambit/integration/door"
	"github.com/ambit-iam/ambit/schema"
)

func TestMain(m *testing.M) { os.Exit(ambittest.Main(m)) }

// entrance opens the door to a system for one case.
type entrance func(t testing.TB) world.Door

// TestScenarios runs all scenario files through all four doors, embedded and on
// PostgreSQL and SpiceDB. The Go API gets a fresh embedded system for each case,
// as ambit test does. All others share the systems of their model: what a case
// left is deleted before the next one enters, when embedded through its own door,
// in production through the Go API, which is another replica there. The Go API asks
// both evaluators, SpiceDB and the index. In the end SpiceDB must hold nothing that does not follow from the database.
func TestScenarios(t *testing.T) {
	t.Parallel()
	for model, files := range scenarioFiles(t) {
		loaded, err := server.LoadModel(model)
		require.NoError(t, err)
		t.Run("embedded/"+model, func(t *testing.T) {
			t.Parallel()
			doors := map[string]entrance{}
			for name, front := range throughServer(t, loaded, server.Backing{}) {
				doors[name] = func(testing.TB) world.Door { return door.Emptied(loaded, front, front) }
			}
			doors["go"] = func(t testing.TB) world.Door {
				core, err := server.OpenEmbedded(t.Context(), loaded)
				require.NoError(t, err)
				return cli.NewDoor(core.Adapter, core.Close)
			}
			runFiles(t, files, doors)
		})
		t.Run("production/"+model, func(t *testing.T) {
			t.Parallel()
			system := ambittest.Run(t, ambittest.Model(model), ambittest.Staleness(time.Second))
			direct := cli.NewDoor(system.Adapter, nothing)
			fronts := throughServer(t, loaded, system.Backing)
			fronts["go"] = direct
			doors := map[string]entrance{}
			for name, front := range fronts {
				doors[name] = func(testing.TB) world.Door { return door.Emptied(loaded, front, direct) }
			}
			runFiles(t, files, doors)
			require.Positive(t, system.Adapter.IndexStats().ByIndex, "the index was never asked")
			drift, err := system.Adapter.Reconcile(t.Context(), adapter.ReconcileOptions{})
			require.NoError(t, err)
			require.True(t, drift.None(), "%+v", drift)
		})
	}
}

// scenarioFiles returns the files of each model, and shared ones if they are
// there.
func scenarioFiles(t testing.TB) map[string][]*world.File {
	t.Helper()
	own, err := filepath.Glob("../schema/scenarios/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, own)
	shared, err := filepath.Glob("../../shared/scenarios/*.yaml")
	require.NoError(t, err)
	files := map[string][]*world.File{}
	for _, path := range append(own, shared...) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		file, err := world.ParseFile(path, text)
		require.NoError(t, err)
		files[file.Model] = append(files[file.Model], file)
	}
	return files
}

// runFiles runs each case through each door as a test of its own.
func runFiles(t *testing.T, files []*world.File, doors map[string]entrance) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(doors)) {
		for _, file := range files {
			for _, c := range file.Cases {
				t.Run(name+"/"+strings.ReplaceAll(c.Name, "/", "_"), func(t *testing.T) {
					runCase(t, file, c, doors[name])
				})
			}
		}
	}
}

func runCase(t *testing.T, file *world.File, c world.Case, open entrance) {
	t.Helper()
	single := *file
	single.Cases = []world.Case{c}
	report := world.Run(t.Context(), &single, func(context.Context, string) (world.Door, error) { return open(t), nil })
	for _, failure := range report.Failures() {
		t.Error(failure)
	}
}

// throughServer starts a server and returns the three doors to it.
func throughServer(t testing.TB, model *schema.Model, on server.Backing) map[string]world.Door {
	t.Helper()
	const token = "a-secret-for-the-tests"
	running, err := server.Start(t.Context(), server.Config{
		Listen: "127.0.0.1:0", SpiceDB: "off", Data: t.TempDir(), Model: model.Name, Token: token, Backing: on,
		Logger: slog.New(slog.DiscardHandler), Summary: io.Discard,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Close()) })
	direct, err := client.Dial(running.URL(), token)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, direct.Close()) })
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return map[string]world.Door{
		"grpc": door.API(model, direct, nothing),
		"rest": door.API(model, door.REST(running.URL(), token, &http.Client{Transport: transport}), nothing),
		"cli":  door.Command(model, running.URL(), token, t.TempDir(), nothing),
	}
}

// nothing ends a door whose system goes on.
func nothing() error { return nil }
