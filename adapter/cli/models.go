package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/ambit-iam/ambit/adapter/server"
	"github.com/ambit-iam/ambit/schema"
)

// models groups the commands about the models that ship with Ambit.
func (a *app) models() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "models",
		Short:   "The models that ship with Ambit",
		Long:    "Lists and shows models. Choose one for a server with ambit serve --model.",
		Example: "  ambit models list\n  ambit models show scalr",
	}
	cmd.AddCommand(a.listModels(), a.showModel())
	return cmd
}

// listModels prints a line per model.
func (a *app) listModels() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the models that ship with Ambit",
		Long:    "Lists the models that ship with Ambit, with their scope types and their size. No server\nis needed.",
		Example: "  ambit models list",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var cells [][]string
			values := []any{}
			for _, name := range schema.BuiltinNames() {
				model, err := schema.Builtin(name)
				if err != nil {
					return err
				}
				scopes := strings.Join(model.ScopeTypes(), " ")
				cells = append(cells, []string{
					name, model.Title, scopes, fmt.Sprint(len(model.Permissions)), fmt.Sprint(len(model.Roles)),
				})
				values = append(values, map[string]any{
					"name": name, "title": model.Title, "version": model.Version, "scopes": model.ScopeTypes(),
					"permissions": len(model.Permissions), "roles": len(model.Roles),
				})
			}
			return a.show(values, func(w io.Writer) {
				table(w, []string{"NAME", "TITLE", "SCOPES", "PERMISSIONS", "ROLES"}, cells)
			})
		},
	}
}

// showModel prints one model.
func (a *app) showModel() *cobra.Command {
	return &cobra.Command{
		Use:     "show MODEL",
		Short:   "Show a model",
		Long:    "Shows the reference of a model, one that ships with Ambit or a file: scopes, subjects, roles\nwith their content, permissions and rules. -o json and -o yaml show the model itself. No\nserver is needed.",
		Example: "  ambit models show scalr\n  ambit models show ./mine.yaml -o yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, words []string) error {
			model, err := server.LoadModel(words[0])
			if err != nil {
				return unreadable(err)
			}
			value, err := modelValue(model)
			if err != nil {
				return err
			}
			return a.show(value, func(w io.Writer) { _, _ = io.WriteString(w, model.Reference()) })
		},
	}
}

// modelValue returns a model with the keys of a model file.
func modelValue(model *schema.Model) (any, error) {
	text, err := yaml.Marshal(model)
	if err != nil {
		return nil, err
	}
	var value any
	err = yaml.Unmarshal(text, &value)
	return value, err
}
