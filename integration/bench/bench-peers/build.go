package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// binaries are what is built, by the module, relative to the root.
var binaries = []struct{ module, name, source string }{
	{"integration/bench/ambit", "bench-ambit", "."},
	{"integration/bench/spicedb", "bench-spicedb", "."},
	{"integration/bench/openfga", "bench-openfga", "."},
	{"integration/bench/casbin", "bench-casbin", "."},
	{"integration/bench/cedar", "bench-cedar", "."},
	{".", "ambit-server", "./cmd/ambit"},
	{"integration/bench/openfga", "openfga-server", "github.com/openfga/openfga/cmd/openfga"},
}

// build makes all programs and servers, into one folder.
func (o options) build(ctx context.Context) error {
	for _, b := range binaries {
		say("building %s", b.name)
		command := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(o.folder, b.name), b.source) //nolint:gosec // the list above
		command.Dir = filepath.Join(o.root, b.module)
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", b.name, err, output)
		}
	}
	server := os.Getenv("AMBIT_TEST_SPICEDB_BINARY")
	if server == "" {
		return errors.New("AMBIT_TEST_SPICEDB_BINARY names no SpiceDB; see scripts/with-spicedb")
	}
	name := filepath.Join(o.folder, "spicedb-server")
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(server, name)
}

// programOf returns the binary of a program.
func (o options) programOf(program string) string {
	name := "bench-" + program
	if !slices.ContainsFunc(binaries, func(b struct{ module, name, source string }) bool { return b.name == name }) {
		return ""
	}
	return filepath.Join(o.folder, name)
}
