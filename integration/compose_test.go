package integration_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/cli"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/world"
)

// composeFile is relative to this folder, its paths to the folder above.
const composeFile = "../docker-compose.yml"

// compose is docker-compose.yml as a project of its own.
type compose struct {
	testing.TB
	command []string
	secrets map[string]string
}

// newCompose makes random values for all variables of .env.example.
func newCompose(t testing.TB, command ...string) compose {
	t.Helper()
	project := strings.ToLower("ambit-test-" + rand.Text()[:8])
	flags := []string{"--project-name", project, "--project-directory", "..", "--file", composeFile}
	c := compose{TB: t, command: slices.Concat(command, flags), secrets: map[string]string{}}
	example, err := os.ReadFile("../.env.example")
	require.NoError(t, err)
	for line := range strings.Lines(string(example)) {
		if name, _, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(name, "#") {
			c.secrets[name] = rand.Text()
		}
	}
	require.NotEmpty(t, c.secrets)
	return c
}

// try runs a command of compose and returns what it printed.
func (c compose) try(ctx context.Context, args ...string) (string, error) {
	command := slices.Concat(c.command, args)
	process := exec.CommandContext(ctx, command[0], command[1:]...)
	process.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "AMBIT_PORT_1=0", "AMBIT_PORT_2=0"}
	for name, value := range c.secrets {
		process.Env = append(process.Env, name+"="+value)
	}
	var complaints bytes.Buffer
	process.Stderr = &complaints
	printed, err := process.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, &complaints)
	}
	return strings.TrimSpace(string(printed)), err
}

func (c compose) run(args ...string) string {
	c.Helper()
	printed, err := c.try(context.WithoutCancel(c.Context()), args...)
	require.NoError(c.TB, err)
	return printed
}

// composeCommands returns the ways to call compose that this machine has: the
// plugin, the program of version 1, or both.
func composeCommands(t testing.TB) [][]string {
	t.Helper()
	var found [][]string
	for _, command := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		if exec.CommandContext(t.Context(), command[0], append(command[1:], "version")...).Run() == nil {
			found = append(found, command)
		}
	}
	require.NotEmpty(t, found, "neither docker compose nor docker-compose runs on this machine")
	return found
}

// TestComposeFile: the file is valid, and says which secret is missing.
func TestComposeFile(t *testing.T) {
	t.Parallel()
	for _, command := range composeCommands(t) {
		whole := newCompose(t, command...)
		whole.run("config", "--quiet")
		for name := range whole.secrets {
			value := whole.secrets[name]
			delete(whole.secrets, name)
			_, err := whole.try(t.Context(), "config", "--quiet")
			require.ErrorContains(t, err, ".env.example", "%v without %s", command, name)
			whole.secrets[name] = value
		}
	}
}

// TestCompose starts what docker-compose.yml describes, applies the world of the
// demo, and asks both servers its questions.
func TestCompose(t *testing.T) {
	t.Parallel()
	c := newCompose(t, composeCommands(t)[0]...)
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := c.try(context.Background(), "logs", "--no-color", "--tail", "10")
			t.Log(logs)
		}
		c.run("down", "--volumes", "--timeout", "5")
	})
	c.run("up", "--detach", "--no-build")
	one, two := c.ready("ambit-1"), c.ready("ambit-2")

	c.ambit(cli.ExitDone, one, "apply", "../examples/scalr/world.yaml")
	c.demo(one, two)
	c.ownWrite(one, two)
	c.ambit(cli.ExitDone, two, "reconcile")

	c.run("stop", "ambit-1")
	require.Equal(t, "yes (GRANTED)\n", c.ambit(cli.ExitDone, two, "check", "user:sara", "workspaces:create", "environment:shop"))
	c.run("up", "--detach", "--no-build")
	c.ambit(cli.ExitDone, c.ready("ambit-1"), "reconcile")
}

// demo asks the questions of make demo.
func (c compose) demo(endpoints ...string) {
	c.Helper()
	text, err := os.ReadFile("../examples/scalr/questions.yaml")
	require.NoError(c.TB, err)
	file, err := world.ParseFile("questions.yaml", text)
	require.NoError(c.TB, err)
	require.NotEmpty(c.TB, file.Cases)
	for _, endpoint := range endpoints {
		for _, group := range file.Cases {
			for _, q := range group.Then {
				code := cli.ExitFailed
				if q.Allowed {
					code = cli.ExitDone
				}
				c.ambit(code, endpoint, "check", q.Subject.String(), q.Permission, q.Object.String())
			}
		}
	}
}

// ownWrite writes through one server, and reads through the other with the token
// of the write.
func (c compose) ownWrite(one, two string) {
	c.Helper()
	ctx := c.Context()
	writer, reader := c.client(one), c.client(two)
	for range 5 {
		given, err := writer.Policies.CreatePolicy(ctx, &ambitv1.CreatePolicyRequest{Policy: &ambitv1.Policy{
			Subject: "user:rhea", Roles: []string{"admin"}, Scope: "environment:shop",
		}})
		require.NoError(c.TB, err)
		c.asks(reader, given.GetToken(), true)
		taken, err := writer.Policies.DeletePolicy(ctx, &ambitv1.DeletePolicyRequest{Id: given.GetPolicy().GetId()})
		require.NoError(c.TB, err)
		c.asks(reader, taken.GetToken(), false)
	}
}

func (c compose) asks(reader *client.Client, token string, want bool) {
	c.Helper()
	answer, err := reader.Access.Check(c.Context(), &ambitv1.CheckRequest{
		Subject: "user:rhea", Permission: "workspaces:delete", Object: "workspace:shop-frontend", Token: token,
	})
	require.NoError(c.TB, err)
	require.Equal(c.TB, want, answer.GetAllowed())
}

func (c compose) client(endpoint string) *client.Client {
	c.Helper()
	to, err := client.Dial(endpoint, c.secrets["AMBIT_TOKEN"])
	require.NoError(c.TB, err)
	c.Cleanup(func() { require.NoError(c.TB, to.Close()) })
	return to
}

// ambit runs the command line against a server and returns what it printed.
func (c compose) ambit(code int, endpoint string, args ...string) string {
	c.Helper()
	var stdout, stderr bytes.Buffer
	args = append(args, "--endpoint", endpoint, "--token", c.secrets["AMBIT_TOKEN"])
	require.Equal(c.TB, code, cli.Main(c.Context(), args, strings.NewReader(""), &stdout, &stderr), "ambit %v: %s%s", args, &stdout, &stderr)
	return stdout.String()
}

// ready waits until Docker calls a server healthy, which it learns from ambit
// health, and returns its endpoint.
func (c compose) ready(service string) string {
	c.Helper()
	container := c.run("ps", "--quiet", service)
	every := time.NewTicker(200 * time.Millisecond)
	defer every.Stop()
	ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	for {
		state, err := exec.CommandContext(ctx, "docker", "inspect", "--format", "{{.State.Health.Status}}", container).CombinedOutput()
		if err == nil && strings.TrimSpace(string(state)) == "healthy" {
			return "http://" + c.run("port", service, "8420")
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			require.Fail(c.TB, service+" is not healthy", "%s", state)
		}
	}
}
