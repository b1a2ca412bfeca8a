package cli

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/server"
	"github.com/ambit-iam/ambit/schema"
)

// schema groups the commands about models as SpiceDB sees them.
func (a *app) schema() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "schema",
		Short:   "Compile, show, compare and validate models",
		Long:    "Works on models: what an IAM system is made of, as data, and the SpiceDB schema that it\ncompiles to.",
		Example: "  ambit schema compile scalr\n  ambit schema validate mine.yaml",
	}
	cmd.AddCommand(a.compileSchema(), a.showSchema(), a.diffSchema(), a.validateSchema())
	return cmd
}

// compileSchema prints what a model compiles to.
func (a *app) compileSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "compile MODEL",
		Short:   "Print the SpiceDB schema of a model",
		Long:    "Compiles a model to a SpiceDB schema. MODEL is one that ships with Ambit, or a file.\nNo server is needed.",
		Example: "  ambit schema compile scalr\n  ambit schema compile ./mine.yaml > mine.zed",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, words []string) error {
			model, err := server.LoadModel(words[0])
			if err != nil {
				return unreadable(err)
			}
			return a.showSchemaText(model.Compile())
		},
	}
}

// showSchema prints what the server runs with, which may differ from what this
// program would compile: it may be another version.
func (a *app) showSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "show",
		Short:   "Print the SpiceDB schema of the server",
		Long:    "Prints the SpiceDB schema that the server's model compiles to.",
		Example: "  ambit schema show",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(func(c *client.Client) error {
				answer, err := c.Model.GetSchema(cmd.Context(), &ambitv1.GetSchemaRequest{})
				if err != nil {
					return err
				}
				return a.showSchemaText(answer.GetSchema())
			})
		},
	}
}

// showSchemaText prints a schema as it is, so that it can go into a file.
func (a *app) showSchemaText(text string) error {
	return a.show(map[string]string{"schema": text}, func(w io.Writer) { _, _ = io.WriteString(w, text) })
}

// validateSchema checks all files, also after one that is wrong.
func (a *app) validateSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "validate FILE...",
		Short:   "Check model files",
		Long:    "Reads model files and prints every fault with line and column. The exit code is 1 if\nthere is one. No server is needed.",
		Example: "  ambit schema validate mine.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, words []string) error {
			var errs []error
			for _, name := range words {
				model, err := server.LoadModel(name)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				a.say("%s: model %s, version %d: valid\n", name, model.Name, model.Version)
			}
			return errors.Join(errs...)
		},
	}
}

// diffSchema compares two models, for whoever changes one that is in use.
func (a *app) diffSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two models",
		Long: "Prints what was added, removed and changed between two models, and what that means for\n" +
			"policies that exist. OLD and NEW are models that ship with Ambit, or files. The exit code\n" +
			"is 1 if stored data may not fit NEW any more. No server is needed.",
		Example: "  ambit schema diff mine-v1.yaml mine-v2.yaml",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, words []string) error {
			before, err := server.LoadModel(words[0])
			if err != nil {
				return unreadable(err)
			}
			after, err := server.LoadModel(words[1])
			if err != nil {
				return unreadable(err)
			}
			difference := schema.Diff(before, after)
			if err := a.show(difference, func(w io.Writer) { _, _ = io.WriteString(w, difference.String()) }); err != nil {
				return err
			}
			if !difference.Orphans.Empty() {
				return errNo
			}
			return nil
		},
	}
}
