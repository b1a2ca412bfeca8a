package cli

import (
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
)

// audit lists changes; only the newest ones by default, as there are many.
func (a *app) audit() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "Who changed what",
		Long:    "Lists changes, newest first. Every write leaves an entry, with who did it.",
		Example: "  ambit audit --limit 20\n  ambit audit --object policy:p-5pls6n37v4ug6c7h -o json",
		Args:    cobra.NoArgs,
	}
	limit := cmd.Flags().Int("limit", 50, "the largest number of lines; 0: all")
	tenant := cmd.Flags().String("tenant", "", "only changes below this root scope")
	object := cmd.Flags().String("object", "", "only changes of this object")
	actor := cmd.Flags().String("actor", "", "only changes by this caller")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *limit < 0 {
			return misuse("--limit must not be negative", "")
		}
		rows, err := a.pages(*limit, "audit_entries", func(c *client.Client, page pager) (proto.Message, error) {
			request := &ambitv1.ListAuditEntriesRequest{Tenant: *tenant, Object: *object, Actor: *actor}
			page(request)
			return c.Audit.ListAuditEntries(cmd.Context(), request)
		})
		if err != nil {
			return err
		}
		return a.showRows([]string{"id", "time", "actor", "action", "object", "detail"}, rows)
	}
	return cmd
}
