package faults

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// fullDisk is a server with SQLite on a disk of a few megabytes that something
// else fills: writes are refused with the reason DATABASE_FULL and nothing is half
// done; with space again it goes on.
func fullDisk(t *trial) {
	small := newSmallServer(t, t.lab)
	d := newDoor(t, "ambit", small.address)
	t.drive([]*door{d}, func(ctx context.Context) {
		t.strikeAgain(ctx, func(ctx context.Context) error {
			before := t.counts.full.Load()
			if err := fill(ctx, small); err != nil {
				return err
			}
			for end := time.Now().Add(patience); t.counts.full.Load() == before && time.Now().Before(end); {
				sleep(ctx, pollInterval)
			}
			sleep(ctx, 200*time.Millisecond)
			return run(ctx, small, 0, "rm", "/data/filler")
		})
	})
	if t.counts.full.Load() == 0 {
		t.Errorf("no write met a full disk")
	}
	if unclear := t.counts.unclear.Load(); unclear > 0 {
		t.Errorf("%d writes were answered INTERNAL, which does not say that the disk is full", unclear)
	}
	t.judgeAll()
}

// newSmallServer starts a server whose disk is small. It runs in a container,
// because there everybody may mount such a disk; the image only has to have a
// shell's tools.
func newSmallServer(t testing.TB, l *lab) *machine {
	t.Helper()
	const port = "8420/tcp"
	return boot(t, postgresImage, port,
		testcontainers.WithEntrypoint("/ambit"), testcontainers.WithCmd("serve"),
		testcontainers.WithFiles(testcontainers.ContainerFile{HostFilePath: l.binary, ContainerFilePath: "/ambit", FileMode: 0o755}),
		testcontainers.WithTmpfs(map[string]string{"/data": "size=8m"}),
		testcontainers.WithEnv(map[string]string{
			"AMBIT_LISTEN": "0.0.0.0:8420", "AMBIT_INSECURE_LISTEN": "true", "AMBIT_TOKEN": secret,
			"AMBIT_DATA": "/data", "AMBIT_MODEL": "scalr", "AMBIT_SPICEDB": "off", "AMBIT_LOG_LEVEL": "warn",
		}),
		testcontainers.WithWaitStrategyAndDeadline(patience, wait.ForExec([]string{"/ambit", "health"}).WithPollInterval(pollInterval)))
}

// fill takes all space that is left.
func fill(ctx context.Context, m *machine) error {
	return run(ctx, m, 1, "dd", "if=/dev/zero", "of=/data/filler", "bs=4k")
}

// run runs a command in a container and wants its exit code.
func run(ctx context.Context, m *machine, want int, command ...string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	code, output, err := m.container.Exec(ctx, command)
	if err != nil {
		return fmt.Errorf("run %s: %w", command[0], err)
	}
	if code != want {
		text, _ := io.ReadAll(output)
		return fmt.Errorf("%s ended with %d: %s", command[0], code, text)
	}
	return nil
}
