package cli

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ambit-iam/ambit/adapter/server"
)

func (a *app) migrate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring a database to the version of this ambit",
		Long: `Brings a database to the version of this ambit, or shows at which version it is. Servers
on PostgreSQL refuse an older database unless they are started with --auto-migrate; SQLite is
migrated at each start. Running it again, or from two places at once, does no harm.`,
		Example: "  ambit migrate status --data ./ambit\n  AMBIT_DATABASE=postgres://ambit:secret@db/ambit ambit migrate up",
	}
	cmd.AddCommand(a.migrateUp(), a.migrateStatus())
	return cmd
}

func (a *app) migrateUp() *cobra.Command {
	config := server.Config{}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the migrations that are pending",
		Long: `Runs the migrations that are pending, each in a transaction of its own, and lists them. The
servers of the version before can go on meanwhile.`,
		Example: "  AMBIT_DATABASE=postgres://ambit:secret@db/ambit ambit migrate up",
		Args:    cobra.NoArgs,
	}
	databaseFlags(cmd.Flags(), &config)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var err error
		if config.Logger, err = newLogger(a.stderr, "warn", ""); err != nil {
			return err
		}
		done, err := server.Migrate(cmd.Context(), config)
		if err != nil {
			return here{err}
		}
		return a.show(migrationValues(done), func(w io.Writer) {
			if len(done) == 0 {
				line(w, "nothing to do: the database is at the version of this ambit")
			}
			for _, migration := range done {
				line(w, "migrated to version %d: %s", migration.Version, migration.Name)
			}
		})
	}
	return cmd
}

func (a *app) migrateStatus() *cobra.Command {
	config := server.Config{}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "List migrations, done and pending",
		Long: `Lists the migrations of this ambit and those that the database has, with their time. It
changes nothing. The exit code is 1 if some are pending.`,
		Example: "  ambit migrate status --data ./ambit\n  ambit migrate status --database postgres://ambit@db/ambit -o json",
		Args:    cobra.NoArgs,
	}
	databaseFlags(cmd.Flags(), &config)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		found, err := server.Migrations(cmd.Context(), config)
		if err != nil {
			return here{err}
		}
		pending := false
		err = a.show(migrationValues(found), func(w io.Writer) {
			for _, migration := range found {
				line(w, "%d  %-24s  %s", migration.Version, migration.Name, appliedText(migration.Applied))
			}
		})
		for _, migration := range found {
			pending = pending || migration.Applied.IsZero()
		}
		if err == nil && pending {
			return errNo
		}
		return err
	}
	return cmd
}

func appliedText(at time.Time) string {
	if at.IsZero() {
		return "pending"
	}
	return at.UTC().Format(time.RFC3339)
}

func migrationValues(migrations []server.Migration) []map[string]any {
	values := []map[string]any{}
	for _, migration := range migrations {
		values = append(values, map[string]any{
			"version": migration.Version, "name": migration.Name, "applied": appliedText(migration.Applied),
		})
	}
	return values
}
