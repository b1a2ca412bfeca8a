package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ambit-iam/ambit/adapter/server"
)

func (a *app) rebuild() *cobra.Command {
	config := server.Config{}
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Fill an empty SpiceDB from the database",
		Long: `Fills an empty SpiceDB from the database: schema, and all relationships in bulk. The
database alone is enough to bring back a SpiceDB that was lost. A server does the same when
it finds an empty SpiceDB at its start; this command is for servers that run on, which deny
until it is done. A SpiceDB that has a schema is refused: ambit reconcile --fix mends it.`,
		Example: "  AMBIT_DATABASE=postgres://... AMBIT_SPICEDB_KEY=... ambit rebuild --spicedb-endpoint spicedb:50051",
		Args:    cobra.NoArgs,
	}
	backingFlags(cmd.Flags(), &config)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		logger, err := newLogger(a.stderr, "warn", "")
		if err != nil {
			return err
		}
		config.Logger = logger
		progress := a.progress("rebuild", 0)
		done, err := server.Rebuild(cmd.Context(), config, func(done uint64) { progress.at(int(done)) })
		progress.end()
		if err != nil {
			return here{err}
		}
		_, err = fmt.Fprintf(a.stdout, "SpiceDB now holds %d relationships.\n", done)
		return err
	}
	return cmd
}
