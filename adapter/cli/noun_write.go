package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/client"
)

// createNoun returns the command that makes an object of flags.
func (a *app) createNoun(n noun) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "create ID",
		Short:   "Create " + n.article(),
		Long:    "Creates " + n.article() + ". " + n.about + "\nIt is an error if there is one already.",
		Example: "  ambit " + n.name + " create " + n.id + " " + n.createExample,
		Args:    cobra.ExactArgs(1),
	}
	if n.namedByFlag {
		cmd.Use, cmd.Args = "create", cobra.NoArgs
		cmd.Example = "  ambit " + n.name + " create " + n.createExample
	}
	values := fieldFlags(cmd, n, n.fields)
	cmd.Flags().String("request-id", "", "makes a repeated call return the first answer again")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		return a.write(cmd.Context(), n, n.create, func(request proto.Message) error {
			object := sub(request, n.field())
			if !n.namedByFlag {
				setText(object, "id", words[0])
			}
			setText(request.ProtoReflect(), "request_id", flagText(cmd, "request-id"))
			values.fill(cmd, object, nil)
			return nil
		})
	}
	return cmd
}

// updateNoun returns the command that changes what is given. The mask says so
// to the server: an empty list and one that was not given differ.
func (a *app) updateNoun(n noun) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update ID",
		Short: "Change " + n.article(),
		Long: "Changes what is given and leaves the rest. A list replaces the list; an empty one\n" +
			"empties it. With --etag the change is refused if somebody else was faster.",
		Example: "  ambit " + n.name + " update " + n.id + " " + n.updateExample,
		Args:    cobra.ExactArgs(1),
	}
	changeable := slices.DeleteFunc(slices.Clone(n.fields), func(field string) bool { return slices.Contains(n.fixed, field) })
	values := fieldFlags(cmd, n, changeable)
	cmd.Flags().String("etag", "", "the etag that was read; must still be the current one")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		return a.write(cmd.Context(), n, n.update, func(request proto.Message) error {
			object := sub(request, n.field())
			setText(object, "id", words[0])
			setText(object, "etag", flagText(cmd, "etag"))
			mask := maskOf(request)
			values.fill(cmd, object, mask)
			if len(mask.Paths) == 0 {
				return misuse("nothing to change", "say what, for example "+n.updateExample)
			}
			return nil
		})
	}
	return cmd
}

// deleteNoun returns the command that deletes objects, one call for each.
func (a *app) deleteNoun(n noun) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "delete ID...",
		Short:   "Delete " + n.article(),
		Long:    "Deletes " + n.article() + ", or several in turn, and stops at the first that cannot be deleted.",
		Example: "  ambit " + n.name + " delete " + n.id,
		Args:    cobra.MinimumNArgs(1),
	}
	etag := cmd.Flags().String("etag", "", "the etag that was read; must still be the current one")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		return a.with(func(c *client.Client) error {
			for _, id := range words {
				_, err := n.delete(cmd.Context(), c, func(request proto.Message) error {
					setText(request.ProtoReflect(), "id", id)
					setText(request.ProtoReflect(), "etag", *etag)
					return nil
				})
				if err != nil {
					return err
				}
				a.say("deleted %s %s\n", n.words(), id)
			}
			return nil
		})
	}
	return cmd
}

// write calls the server and prints the object that comes back.
func (a *app) write(ctx context.Context, n noun, call invoke, prepare func(proto.Message) error) error {
	return a.with(func(c *client.Client) error {
		response, err := call(ctx, c, prepare)
		if err != nil {
			return err
		}
		return a.showReceipt(n, response)
	})
}

// showReceipt prints the object in the answer to a write. That SpiceDB has not
// taken the write yet is said on standard error.
func (a *app) showReceipt(n noun, response proto.Message) error {
	message := response.ProtoReflect()
	if applied := fieldOf(message, "applied"); !message.Get(applied).Bool() {
		a.tell("ambit: stored; SpiceDB has not taken it yet, and will\n")
	}
	return a.showObject(sub(response, n.field()).Interface())
}
