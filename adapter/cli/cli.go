package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes of ambit.
const (
	// ExitDone: done, or answered yes.
	ExitDone = 0
	// ExitFailed: failed, or answered no.
	ExitFailed = 1
	// ExitMisuse: used wrongly; nothing was done.
	ExitMisuse = 2
)

// Main runs ambit with arguments, without the program's name, and returns the
// exit code. The context ends a server and interrupts everything else.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return a.exit(root.ExecuteContext(ctx))
}

// app is one run of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	settings       settings
}

// settings are the flags that every command has.
type settings struct {
	endpoint string
	insecure bool
	token    string
	output   string
	config   string
}

// root builds the tree of commands. It is built anew for every run, so that no
// flag of one run is seen by another.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ambit",
		Short: "Roles and access policies on SpiceDB",
		Long: `Ambit decides who may do what, where: people manage roles and access policies,
Ambit keeps them, turns them into SpiceDB relationships and answers questions.

"ambit serve" runs a server; most other commands talk to one. Every flag can be
given as a variable (--endpoint as AMBIT_ENDPOINT) and in the file of --config.`,
		Example: `  ambit serve
  ambit apply -f world.yaml
  ambit check user:ann workspaces:read workspace:W1`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: a.settle,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return misuse(sentence(err), "ambit "+pathOf(cmd)+" --help shows the flags")
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVar(&a.settings.endpoint, "endpoint", "127.0.0.1:8420", "server: host:port, http://host:port or https://host:port")
	flags.StringVar(&a.settings.token, "token", "", "secret of the caller (default: the token file of a server on this machine)")
	flags.StringVarP(&a.settings.output, "output", "o", "table", "what to print: table, json or yaml")
	flags.BoolVar(&a.settings.insecure, "insecure", false, "send the token to another machine without TLS")
	flags.StringVar(&a.settings.config, "config", "", "YAML file with flag names as keys")
	root.AddCommand(
		a.serve(), a.apply(), a.plan(), a.export(), a.test(), a.check(), a.explain(), a.permissions(), a.resources(), a.subjects(),
		a.schema(), a.models(), a.audit(), a.version(), a.migrate(), a.rebuild(),
		a.reconcile(), a.health(),
	)
	for _, n := range nouns() {
		root.AddCommand(a.noun(n))
	}
	mend(root)
	return root
}

// mend gives all commands what cobra leaves to each: misuse of arguments is
// exit code 2, and a group of commands refuses words it does not know.
func mend(cmd *cobra.Command) {
	if args := cmd.Args; args != nil {
		cmd.Args = func(cmd *cobra.Command, words []string) error {
			if err := args(cmd, words); err != nil {
				return misuse(sentence(err), "usage: "+cmd.UseLine())
			}
			return nil
		}
	}
	if cmd.HasSubCommands() {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = group
	}
	for _, sub := range cmd.Commands() {
		mend(sub)
	}
}

// group is what a command without a task of its own does.
func group(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return cmd.Help()
	}
	hint := "ambit " + pathOf(cmd) + " --help lists the commands"
	if cmd.SuggestionsMinimumDistance == 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	if similar := cmd.SuggestionsFor(words[0]); len(similar) > 0 {
		hint = "did you mean " + strings.Join(similar, " or ") + "?"
	}
	return misuse(fmt.Sprintf("unknown command %q for %q", words[0], cmd.CommandPath()), hint)
}

// pathOf returns the words of a command without the program's name.
func pathOf(cmd *cobra.Command) string {
	return strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()))
}

// run makes a function of words the body of a command.
func (a *app) run(do func(words []string) error) func(*cobra.Command, []string) error {
	return func(_ *cobra.Command, words []string) error { return do(words) }
}
