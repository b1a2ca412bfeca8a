package cli

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
)

// resources lists where a subject may do something, all pages of it.
func (a *app) resources() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "resources SUBJECT PERMISSION TYPE",
		Short: "Where may this subject do this?",
		Long: `Lists the objects of a type on which a subject has a permission, one per line.

With --filter it says the same in few words, for the query of an application: "below SCOPE" is
everything of the type below that scope, "object OBJECT" is one that lies below none of them.`,
		Example: "  ambit resources user:ann workspaces:read workspace\n  ambit resources user:ann workspaces:read workspace --filter",
		Args:    cobra.ExactArgs(3),
	}
	fresh := freshnessFlags(cmd)
	filter := cmd.Flags().Bool("filter", false, "scopes below which it is everything, and the other objects")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		ask := func() *ambitv1.ResourcesRequest {
			return &ambitv1.ResourcesRequest{Subject: words[0], Permission: words[1], Type: words[2], Token: fresh.at, Full: fresh.full}
		}
		if *filter {
			request := ask()
			request.Filter = true
			return a.showFilter(cmd.Context(), request)
		}
		return a.listRefs("resources", func(c *client.Client, page pager) (proto.Message, error) {
			request := ask()
			page(request)
			return c.Access.Resources(cmd.Context(), request)
		})
	}
	return cmd
}

func (a *app) showFilter(ctx context.Context, request *ambitv1.ResourcesRequest) error {
	return a.with(func(c *client.Client) error {
		answer, err := c.Access.Resources(ctx, request)
		if err != nil {
			return err
		}
		value, err := generic(answer.GetFilter())
		if err != nil {
			return err
		}
		return a.show(value, func(w io.Writer) {
			for _, ref := range answer.GetFilter().GetBelow() {
				line(w, "below %s", ref)
			}
			for _, ref := range answer.GetFilter().GetObjects() {
				line(w, "object %s", ref)
			}
		})
	})
}

// subjects lists who may do something, all pages of it.
func (a *app) subjects() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "subjects PERMISSION OBJECT",
		Short: "Who may do this here?",
		Long: `Lists the subjects that have a permission on an object, one per line.

With --groups, groups all of whose members have it because of the group stand for their
members. With --via each line says why: the groups on the way, the role and the scope of the
shortest path.`,
		Example: "  ambit subjects workspaces:read workspace:W1\n  ambit subjects workspaces:read workspace:W1 --type user\n  ambit subjects workspaces:read workspace:W1 --groups --via",
		Args:    cobra.ExactArgs(2),
	}
	fresh := freshnessFlags(cmd)
	typeName := cmd.Flags().String("type", "", "only subjects of this type")
	groups := cmd.Flags().Bool("groups", false, "leave groups together")
	via := cmd.Flags().Bool("via", false, "say why")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		fetch := func(c *client.Client, page pager) (proto.Message, error) {
			request := &ambitv1.SubjectsRequest{
				Permission: words[0], Object: words[1], Type: *typeName, Token: fresh.at, Full: fresh.full, Groups: *groups, Via: *via,
			}
			page(request)
			return c.Access.Subjects(cmd.Context(), request)
		}
		if *via {
			return a.listHolders(fetch)
		}
		return a.listRefs("subjects", fetch)
	}
	return cmd
}

// listHolders prints subjects with their paths.
func (a *app) listHolders(fetch func(*client.Client, pager) (proto.Message, error)) error {
	rows, err := a.pages(0, "holders", fetch)
	if err != nil {
		return err
	}
	holders := make([]*ambitv1.Holder, 0, len(rows))
	for _, row := range rows {
		if holder, ok := row.Message().Interface().(*ambitv1.Holder); ok {
			holders = append(holders, holder)
		}
	}
	values, err := generics(holders)
	if err != nil {
		return err
	}
	return a.show(values, func(w io.Writer) {
		for _, holder := range holders {
			line(w, "%s", viaLine(holder))
		}
	})
}

// viaLine says a path in a line: "user:ann via team:dev: role admin on environment:E1".
func viaLine(holder *ambitv1.Holder) string {
	text := holder.GetSubject()
	if chain := holder.GetChain(); len(chain) > 1 {
		text += " via " + strings.Join(chain[1:], ", ")
	}
	if role := holder.GetRole(); role != "" {
		text += ": role " + role + " on " + holder.GetScope()
	}
	return text
}
