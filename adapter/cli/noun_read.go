package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ambit-iam/ambit/adapter/client"
)

// pageSize is how many rows are fetched at once.
const pageSize = 1000

// getNoun returns the command that shows one object.
func (a *app) getNoun(n noun) *cobra.Command {
	return &cobra.Command{
		Use:     "get ID",
		Short:   "Show " + n.article(),
		Long:    "Shows all that is known about " + n.article() + ", with the etag to send back in an update.",
		Example: "  ambit " + n.name + " get " + n.id + " -o yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, words []string) error {
			return a.with(func(c *client.Client) error {
				object, err := n.get(cmd.Context(), c, func(request proto.Message) error {
					setText(request.ProtoReflect(), "id", words[0])
					return nil
				})
				if err != nil {
					return err
				}
				return a.showObject(object)
			})
		},
	}
}

// listNoun returns the command that lists objects, all pages of them.
func (a *app) listNoun(n noun) *cobra.Command {
	plural := strings.ReplaceAll(n.plural, "_", " ")
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List " + plural,
		Long:    "Lists " + plural + ", all or those that the flags select, ordered by id.",
		Example: "  ambit " + n.name + " list\n  ambit " + n.name + " list -o json --limit 10",
		Args:    cobra.NoArgs,
	}
	for _, filter := range n.filters {
		cmd.Flags().String(dashed(filter), "", "only those with this "+strings.ReplaceAll(filter, "_", " "))
	}
	limit := cmd.Flags().Int("limit", 0, "the largest number of lines; 0: all")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *limit < 0 {
			return misuse("--limit must not be negative", "")
		}
		rows, err := a.pages(*limit, n.plural, func(c *client.Client, page pager) (proto.Message, error) {
			return n.list(cmd.Context(), c, func(request proto.Message) error {
				page(request)
				for _, filter := range n.filters {
					setText(request.ProtoReflect(), filter, flagText(cmd, dashed(filter)))
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		return a.showRows(n.columns, rows)
	}
	return cmd
}

// pager puts the bounds of a page into a request.
type pager func(request proto.Message)

// pages fetches page after page of a listing, up to limit rows (0: all).
func (a *app) pages(limit int, field string, fetch func(*client.Client, pager) (proto.Message, error)) ([]protoreflect.Value, error) {
	var rows []protoreflect.Value
	err := a.with(func(c *client.Client) error {
		token, size := "", int32(pageSize)
		if limit > 0 {
			size = int32(min(limit, pageSize))
		}
		for {
			answer, err := fetch(c, func(request proto.Message) {
				message := request.ProtoReflect()
				message.Set(fieldOf(message, "page_size"), protoreflect.ValueOfInt32(size))
				setText(message, "page_token", token)
			})
			if err != nil {
				return err
			}
			message := answer.ProtoReflect()
			list := message.Get(fieldOf(message, field)).List()
			for i := range list.Len() {
				if limit > 0 && len(rows) == limit {
					return nil
				}
				rows = append(rows, list.Get(i))
			}
			if token = message.Get(fieldOf(message, "next_page_token")).String(); token == "" {
				return nil
			}
		}
	})
	return rows, err
}

// showRows prints messages as a table of some of their fields.
func (a *app) showRows(columns []string, rows []protoreflect.Value) error {
	messages := make([]proto.Message, len(rows))
	cells := make([][]string, len(rows))
	for i, row := range rows {
		messages[i] = row.Message().Interface()
		for _, column := range columns {
			cells[i] = append(cells[i], textOf(row.Message(), column))
		}
	}
	values, err := generics(messages)
	if err != nil {
		return err
	}
	return a.show(values, func(w io.Writer) { table(w, headings(columns), cells) })
}

// headings returns the columns as headings.
func headings(columns []string) []string {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = strings.ToUpper(strings.ReplaceAll(column, "_", " "))
	}
	return names
}

// showObject prints one message, a field per line; empty fields are left out.
func (a *app) showObject(object proto.Message) error {
	value, err := generic(object)
	if err != nil {
		return err
	}
	return a.show(value, func(w io.Writer) {
		message := object.ProtoReflect()
		tabs := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		fields := message.Descriptor().Fields()
		for i := range fields.Len() {
			name := string(fields.Get(i).Name())
			if text := textOf(message, name); text != "" {
				_, _ = fmt.Fprintf(tabs, "%s:\t%s\n", strings.ReplaceAll(name, "_", " "), printable(text))
			}
		}
		_ = tabs.Flush()
	})
}
