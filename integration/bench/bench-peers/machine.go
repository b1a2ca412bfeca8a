package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/ambit-iam/ambit/integration/bench/report"
)

// inspect says what the figures are taken on. It reads what Linux says about itself.
func inspect(ctx context.Context, root string) (report.Machine, error) {
	m := report.Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Date: time.Now()}
	var err error
	if m.CPU, err = entry("/proc/cpuinfo", "model name"); err != nil {
		return m, err
	}
	memory, err := entry("/proc/meminfo", "MemTotal")
	if err != nil {
		return m, err
	}
	var kilobytes float64
	if _, err := fmt.Sscanf(memory, "%f kB", &kilobytes); err != nil {
		return m, err
	}
	m.Memory = fmt.Sprintf("%.0f GiB", kilobytes/(1<<20))
	if m.System, err = output(ctx, root, "uname", "-sr"); err != nil {
		return m, err
	}
	if m.Commit, err = output(ctx, root, "git", "rev-parse", "--short", "HEAD"); err != nil {
		return m, err
	}
	m.LoadBefore, err = load()
	return m, err
}

// entry returns the first value of a name in a file of lines such as "name : value".
func entry(file, name string) (string, error) {
	text, err := os.ReadFile(file) //nolint:gosec // of the kernel
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("%s has no %q", file, name)
}

// load returns the load average of the last minute.
func load() (string, error) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "", err
	}
	return strings.Fields(string(text))[0], nil
}

func output(ctx context.Context, folder string, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // of our own
	command.Dir = folder
	text, err := command.Output()
	return strings.TrimSpace(string(text)), err
}
