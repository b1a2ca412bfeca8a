package cli_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/cli"
)

// No t.Parallel here: the environment is one for all.

func TestPrecedence(t *testing.T) {
	config := file(t, "ambit.yaml", "output: yaml\nmodel: stackit\nlimit: 3\n")
	yaml, json := "ambit: ", "{\n"

	assert.NotContains(t, ambit(t, "version").stdout, yaml, "default")
	assert.Contains(t, ambit(t, "version", "--config", config).stdout, yaml, "file before default")

	t.Setenv("AMBIT_OUTPUT", "json")
	assert.Contains(t, ambit(t, "version", "--config", config).stdout, json, "environment before file")
	assert.Contains(t, ambit(t, "version", "--config", config, "-o", "yaml").stdout, yaml, "flag before environment")

	t.Setenv("AMBIT_OUTPUT", "")
	t.Setenv("AMBIT_CONFIG", config)
	assert.Contains(t, ambit(t, "version").stdout, yaml, "the file itself can be a variable")
}

func TestWrongSettings(t *testing.T) {
	t.Setenv("AMBIT_TOKEN", "hush")
	for name, c := range map[string]struct{ config, stderr string }{
		"typo":      {"outptu: json\n", ":1: no command has a flag --outptu\n"},
		"mapping":   {"output: {a: b}\n", ":1: output: a text or a list belongs here\n"},
		"no yaml":   {"output: [\n", "is no YAML mapping"},
		"nested":    {"output: [[a]]\n", ":1: output: a list of texts belongs here\n"},
		"no number": {"limit: hush\n", ": limit is no value for --limit, which wants a int\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := ambit(t, "role", "list", "--config", file(t, "c.yaml", c.config))
			assert.Equal(t, cli.ExitMisuse, r.code)
			assert.Contains(t, r.stderr, c.stderr)
			assert.NotContains(t, r.stderr, "hush")
		})
	}
	t.Setenv("AMBIT_LIMIT", "many")
	r := ambit(t, "role", "list")
	assert.Equal(t, cli.ExitMisuse, r.code)
	assert.Equal(t, "ambit: AMBIT_LIMIT is no value for --limit, which wants a int\n", r.stderr)
}
