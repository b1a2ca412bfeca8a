package cli

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
)

// explain is check with what the answer comes from.
func (a *app) explain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain SUBJECT PERMISSION OBJECT",
		Short: "Why may this subject do this here, or why not?",
		Long: "Answers like check, and says why: for yes every path with its policy, role, group and scope;\n" +
			"for no what it comes from, and the smallest changes that would make it yes. The exit code\nis 0 for yes and 1 for no.",
		Example: "  ambit explain user:ann workspaces:read workspace:W1\n  ambit explain user:ann workspaces:read workspace:W1 --svg why.svg",
		Args:    cobra.ExactArgs(3),
	}
	fresh := freshnessFlags(cmd)
	picture := cmd.Flags().String("svg", "", "also write a picture to this file")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		request := &ambitv1.ExplainRequest{Subject: words[0], Permission: words[1], Object: words[2], Token: fresh.at, Full: fresh.full}
		if *picture != "" {
			request.Format = "svg"
		}
		return a.with(func(c *client.Client) error {
			answer, err := c.Access.Explain(cmd.Context(), request)
			if err != nil {
				return err
			}
			if *picture != "" {
				if err := os.WriteFile(*picture, []byte(answer.GetSvg()), 0o600); err != nil {
					return err
				}
			}
			return a.showExplanation(answer)
		})
	}
	return cmd
}

// showExplanation prints an explanation and returns errNo for no.
func (a *app) showExplanation(answer *ambitv1.ExplainResponse) error {
	value, err := generic(answer)
	if err != nil {
		return err
	}
	if err := a.show(value, func(w io.Writer) { _, _ = io.WriteString(w, answer.GetText()) }); err != nil {
		return err
	}
	if !answer.GetAllowed() {
		return errNo
	}
	return nil
}
