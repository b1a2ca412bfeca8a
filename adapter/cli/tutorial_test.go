package cli_test

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/server"
	"github.com/ambit-iam/ambit/adapter/world"
)

const (
	tutorialPage  = "../../docs/tutorial-own-model.md"
	tutorialFiles = "../../examples/own-model"
)

// block is a fenced block of the tutorial and what the comment above it says.
var block = regexp.MustCompile("(?s)(?:<!-- (\\w+) ([\\w.]+) -->\n)?```(\\w+)\n(.*?)```\n")

// TestTutorial follows docs/tutorial-own-model.md in an empty folder: it writes
// and changes the files, runs the commands and compares what they print. In the
// end the files are those of examples/own-model; AMBIT_UPDATE=1 writes them.
func TestTutorial(t *testing.T) {
	page, err := os.ReadFile(tutorialPage)
	require.NoError(t, err)
	examples, err := filepath.Abs(tutorialFiles)
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	commands := 0
	for _, found := range block.FindAllStringSubmatch(string(page), -1) {
		todo, name, kind, text := found[1], found[2], found[3], found[4]
		switch {
		case todo != "":
			edit(t, todo, name, text)
		case kind == "console":
			commands += console(t, text)
		case strings.HasPrefix(text, "ambit serve"):
			serveTutorial(t)
		}
	}
	assert.Greater(t, commands, 10)
	for _, name := range []string{"model.yaml", "world.yaml", "scenarios.yaml"} {
		compare(t, name, filepath.Join(examples, name))
	}
	scenarios, err := world.ParseFile("scenarios.yaml", []byte(content(t, "scenarios.yaml")))
	require.NoError(t, err)
	applied, err := world.Parse("world.yaml", []byte(content(t, "world.yaml")), nil)
	require.NoError(t, err)
	assert.Equal(t, applied, scenarios.Given, "the scenarios ask about the world")
}

// edit writes a file, appends to it, or changes lines of it.
func edit(t *testing.T, todo, name, text string) {
	t.Helper()
	switch todo {
	case "append":
		text = content(t, name) + text
	case "change":
		text = patch(t, content(t, name), text)
	default:
		require.Equal(t, "write", todo)
	}
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

// patch replaces each run of lines with - by the run of lines with + after it.
func patch(t *testing.T, text, diff string) string {
	t.Helper()
	var old, now string
	apply := func() {
		require.Equal(t, 1, strings.Count(text, old), "the tutorial changes what is there once:\n%s", old)
		text = strings.Replace(text, old, now, 1)
		old, now = "", ""
	}
	for line := range strings.Lines(diff) {
		switch {
		case line[0] == '+':
			now += line[1:]
		case now != "":
			apply()
			fallthrough
		default:
			old += line[1:]
		}
	}
	apply()
	return text
}

// console runs the commands of a block, compares what they print, and returns
// how many there are.
func console(t *testing.T, text string) int {
	t.Helper()
	parts := strings.Split("\n"+text, "\n$ ambit ")[1:]
	for i, part := range parts {
		command, want, _ := strings.Cut(part, "\n")
		if i < len(parts)-1 {
			want += "\n"
		}
		r := ambit(t, strings.Fields(command)...)
		assert.Equal(t, want, r.stdout+r.stderr, "$ ambit %s", command)
	}
	return len(parts)
}

// serveTutorial runs a server of the model in the working folder, and lets the
// commands that follow talk to it.
func serveTutorial(t *testing.T) {
	t.Helper()
	running, err := server.Start(t.Context(), server.Config{
		Listen: "127.0.0.1:0", Data: t.TempDir(), SpiceDB: "off", Model: "./model.yaml", Token: "a-secret-for-tests-only",
		Logger: slog.New(slog.DiscardHandler), Summary: io.Discard,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Close()) })
	t.Setenv("AMBIT_ENDPOINT", running.URL())
	t.Setenv("AMBIT_TOKEN", "a-secret-for-tests-only")
}

// compare holds what the tutorial made against an example.
func compare(t *testing.T, made, example string) {
	t.Helper()
	text := content(t, made)
	if os.Getenv("AMBIT_UPDATE") != "" {
		require.NoError(t, os.WriteFile(example, []byte(text), 0o600))
	}
	assert.Equal(t, content(t, example), text, "%s differs from the tutorial", example)
}

func content(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}
