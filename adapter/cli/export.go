package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

// export prints what apply reads.
func (a *app) export() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print everything as a world file",
		Long: `Prints all scopes, subjects, roles and policies, or those of one tenant with the users
that it names, as a world file that "ambit apply" reads. --output is yaml (the default), json, or the
name of a file to write; one that ends in .json gets JSON.`,
		Example:     "  ambit export\n  ambit export --tenant account:A -o acme.yaml",
		Args:        cobra.NoArgs,
		Annotations: map[string]string{ownOutput: "yes"},
	}
	tenant := cmd.Flags().String("tenant", "", "only what is below this root scope")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.with(func(c *client.Client) error {
			w, err := exported(cmd.Context(), c, *tenant)
			if err != nil {
				return err
			}
			return a.writeWorld(w)
		})
	}
	return cmd
}

// exported fetches a world. Policies keep no derived ids in it: without a model
// the aliases of roles are unknown here, and the server derives them again.
func exported(ctx context.Context, c *client.Client, tenant string) (iam.World, error) {
	answer, err := c.World.ExportWorld(ctx, &ambitv1.ExportWorldRequest{Tenant: tenant})
	if err != nil {
		return iam.World{}, err
	}
	data, err := answer.GetWorld().MarshalJSON()
	if err != nil {
		return iam.World{}, err
	}
	return world.Parse("export", data, nil)
}

// writeWorld writes a world where --output says.
func (a *app) writeWorld(w iam.World) error {
	to, format := a.settings.output, world.Format
	if to == outputJSON || strings.HasSuffix(to, ".json") {
		format = world.FormatJSON
	}
	text, err := format(w, nil)
	if err != nil {
		return err
	}
	switch to {
	case outputTable, outputJSON, outputYAML:
		_, err = a.stdout.Write(text)
		return err
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		return fmt.Errorf("the export cannot be written: %w", err)
	}
	a.tell("ambit: wrote %s: %s\n", to, counts(w))
	return nil
}
