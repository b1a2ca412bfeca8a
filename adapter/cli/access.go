package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
)

// freshness are the flags that say which writes an answer must have seen.
type freshness struct {
	at   string
	full bool
}

// freshnessFlags adds them to a command.
func freshnessFlags(cmd *cobra.Command) *freshness {
	f := &freshness{}
	cmd.Flags().StringVar(&f.at, "at-least", "", "consistency token of a write that the answer must have seen")
	cmd.Flags().BoolVar(&f.full, "full", false, "answer at the newest state of SpiceDB")
	return f
}

// line prints a line. Whether anybody reads it does not change what was done.
func line(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }

// check is the question that programs ask most: the exit code is the answer.
func (a *app) check() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "check SUBJECT PERMISSION OBJECT",
		Short:   "May this subject do this here?",
		Long:    "Asks whether a subject has a permission on an object, and prints yes or no with the\nreason. The exit code is 0 for yes and 1 for no.",
		Example: "  ambit check user:ann workspaces:read workspace:W1\n  ambit check service_account:ci runs:create workspace:W1 && deploy",
		Args:    cobra.ExactArgs(3),
	}
	fresh := freshnessFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		return a.with(func(c *client.Client) error {
			answer, err := c.Access.Check(cmd.Context(), &ambitv1.CheckRequest{
				Subject: words[0], Permission: words[1], Object: words[2], Token: fresh.at, Full: fresh.full,
			})
			if err != nil {
				return err
			}
			return a.showAnswer(answer)
		})
	}
	return cmd
}

// showAnswer prints an answer and returns errNo for no.
func (a *app) showAnswer(answer *ambitv1.CheckResponse) error {
	value, err := generic(answer)
	if err != nil {
		return err
	}
	word := map[bool]string{true: "yes", false: "no"}[answer.GetAllowed()]
	if err := a.show(value, func(w io.Writer) { line(w, "%s (%s)", word, answer.GetReason()) }); err != nil {
		return err
	}
	if !answer.GetAllowed() {
		return errNo
	}
	return nil
}

// permissions lists what a subject may do on an object.
func (a *app) permissions() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "permissions SUBJECT OBJECT",
		Short:   "What may this subject do here?",
		Long:    "Lists all permissions that a subject has on an object, one per line, sorted.",
		Example: "  ambit permissions user:ann workspace:W1",
		Args:    cobra.ExactArgs(2),
	}
	fresh := freshnessFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		return a.with(func(c *client.Client) error {
			answer, err := c.Access.Permissions(cmd.Context(), &ambitv1.PermissionsRequest{
				Subject: words[0], Object: words[1], Token: fresh.at, Full: fresh.full,
			})
			if err != nil {
				return err
			}
			return a.showLines(append([]string{}, answer.GetPermissions()...))
		})
	}
	return cmd
}

// listRefs fetches all pages of a listing of references and prints them.
func (a *app) listRefs(field string, fetch func(*client.Client, pager) (proto.Message, error)) error {
	rows, err := a.pages(0, field, fetch)
	if err != nil {
		return err
	}
	return a.showLines(refsOf(rows))
}

// refsOf returns the texts of a list.
func refsOf(rows []protoreflect.Value) []string {
	refs := make([]string, len(rows))
	for i, row := range rows {
		refs[i] = row.String()
	}
	return refs
}

// showLines prints texts, one per line.
func (a *app) showLines(lines []string) error {
	return a.show(lines, func(w io.Writer) {
		for _, text := range lines {
			line(w, "%s", text)
		}
	})
}
