package cli_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/cli"
)

func TestMisuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		args   []string
		stderr string
	}{
		{"unknown command", []string{"chekc"}, "ambit: unknown command \"chekc\" for \"ambit\"\n  did you mean check?\n"},
		{"unknown subcommand", []string{"role", "lisst"}, "ambit: unknown command \"lisst\" for \"ambit role\"\n  did you mean list?\n"},
		{"nothing similar", []string{"group", "xyzzy"}, "ambit: unknown command \"xyzzy\" for \"ambit group\"\n  ambit group --help lists the commands\n"},
		{"unknown flag", []string{"check", "--foo"}, "ambit: unknown flag: --foo\n  ambit check --help shows the flags\n"},
		{"arguments", []string{"check", "user:ann"}, "ambit: accepts 3 arg(s), received 1\n  usage: ambit check SUBJECT PERMISSION OBJECT [flags]\n"},
		{"output", []string{"version", "-o", "xml"}, "ambit: --output is table, json or yaml, not \"xml\"\n"},
		{"endpoint", []string{"check", "a:b", "c", "d:e", "--endpoint", "ftp://x"}, "ambit: endpoint \"ftp://x\": an endpoint is host:port, http://host:port or https://host:port\n"},
		{"apply nothing", []string{"apply"}, "ambit: which file?\n  ambit apply -f world.yaml\n"},
		{"batch", []string{"apply", "x", "--batch", "0"}, "ambit: --batch must be at least 1\n"},
		{"limit", []string{"role", "list", "--limit", "-1"}, "ambit: --limit must not be negative\n"},
		{"size", []string{"serve", "--index-max", "12parsecs"}, "ambit: invalid argument \"12parsecs\" for \"--index-max\" flag: say a size such as 512MiB or 2GiB, or 0 for none\n  ambit serve --help shows the flags\n"},
		{"log level", []string{"serve", "--log-level", "loud"}, "ambit: --log-level is debug, info, warn or error, not \"loud\"\n"},
		{"log format", []string{"serve", "--log-format", "xml"}, "ambit: --log-format is text or json, not \"xml\"\n"},
		{"no file", []string{"apply", "nowhere.yaml"}, "ambit: open nowhere.yaml: no such file or directory\n"},
		{"no config", []string{"version", "--config", "nowhere.yaml"}, "ambit: the configuration cannot be read: open nowhere.yaml: no such file or directory\n"},
		{"no model", []string{"schema", "compile", "nowhere"}, "ambit: no model is called \"nowhere\"; there are scalr, scalr-classic, scalr-initial, snapcd, stackit\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := ambit(t, c.args...)
			assert.Equal(t, cli.ExitMisuse, r.code)
			assert.Equal(t, c.stderr, r.stderr)
			assert.Empty(t, r.stdout)
		})
	}
}

func TestServeRefusesOpenPorts(t *testing.T) {
	t.Parallel()
	r := ambit(t, "serve", "--listen", "0.0.0.0:0", "--data", t.TempDir())
	assert.Equal(t, cli.ExitMisuse, r.code)
	assert.Contains(t, r.stderr, "--insecure-listen")
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	r := ambit(t, "check", "user:ann", "accounts:read", "account:A", "--endpoint", "127.0.0.1:1")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "ambit: the server cannot be reached; is ambit serve running?")
	assert.True(t, strings.HasSuffix(r.stderr, "\n  --endpoint or AMBIT_ENDPOINT says where the server is\n"), r.stderr)
}

func TestWithoutServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"version"}, "spicedb "},
		{[]string{"version", "-o", "json"}, `"spicedb": "`},
		{[]string{"models", "list"}, "stackit"},
		{[]string{"models", "list", "-o", "yaml"}, "- name: scalr\n"},
		{[]string{"models", "show", "stackit"}, "organization.admin"},
		{[]string{"models", "show", "stackit", "-o", "json"}, `"model": "stackit"`},
		{[]string{"schema", "compile", "snapcd"}, "definition organization"},
		{[]string{"schema", "validate", "../../schema/models/scalr.yaml"}, "model scalr, version"},
		{[]string{"role"}, "migrate"},
		{nil, "serve"},
		{[]string{"policy", "create", "--help"}, "--subject"},
	} {
		r := ambit(t, c.args...)
		assert.Equal(t, cli.ExitDone, r.code, "%v: %s", c.args, r.stderr)
		assert.Contains(t, r.stdout, c.want, "%v", c.args)
	}
}

func TestValidateReportsFaults(t *testing.T) {
	t.Parallel()
	r := ambit(t, "schema", "validate", file(t, "mine.yaml", "model: mine\nversion: 1\ntypos: {}\n"))
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "mine.yaml:3:")
}
