package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// reconcile compares the two sides of a server.
func (a *app) reconcile() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "Compare SpiceDB with the database",
		Long: `Has the server compare what SpiceDB holds with what follows from its database, and prints
a line for each difference: a relationship that is missing in SpiceDB, or a foreign one, which
only SpiceDB has. After 10,000 lines the others are only counted. The last line says how many
relationships were compared.

Both sides are read as of one moment. Writers wait for some milliseconds until it is fixed;
they and all questions then go on. With --fix the server also adds what is missing and deletes
what is foreign, and if there is anything to mend, writers wait until that is done. Questions
are answered all the time.

The exit code is 0 if both sides agree, or do now, and 1 if they differ.`,
		Example: "  ambit reconcile\n  ambit reconcile --fix\n  ambit reconcile -o json | jq .missing",
		Args:    cobra.NoArgs,
	}
	fix := cmd.Flags().Bool("fix", false, "mend what differs; writers wait meanwhile")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.with(func(c *client.Client) error {
			found := comparison{app: a, progress: a.progress("reconcile", 0), differences: []difference{}}
			defer found.progress.end()
			if err := found.read(cmd.Context(), c, *fix); err != nil {
				return err
			}
			return found.conclude()
		})
	}
	return cmd
}

// difference is one for programs.
type difference struct {
	Relationship string `json:"relationship" yaml:"relationship"`
	Foreign      bool   `json:"foreign" yaml:"foreign"`
}

// outcome is a comparison for programs.
type outcome struct {
	Compared    uint64       `json:"compared" yaml:"compared"`
	Missing     uint64       `json:"missing" yaml:"missing"`
	Foreign     uint64       `json:"foreign" yaml:"foreign"`
	Fixed       bool         `json:"fixed" yaml:"fixed"`
	Differences []difference `json:"differences" yaml:"differences"`
}

// comparison is one that a server is making.
type comparison struct {
	app         *app
	progress    *progress
	differences []difference
	result      *ambitv1.ReconcileResult
}

// read takes what the server sends, to the end.
func (c *comparison) read(ctx context.Context, server *client.Client, fix bool) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // the server need not go on if nothing can be printed
	stream, err := server.World.ReconcileWorld(ctx, &ambitv1.ReconcileWorldRequest{Fix: fix})
	if err != nil {
		return err
	}
	for {
		message, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF) && c.result != nil:
			return nil
		case errors.Is(err, io.EOF):
			return &iam.Error{Code: iam.Unavailable, Reason: "STREAM_ENDED", Message: "the server ended the comparison without a result"}
		case err != nil:
			return err
		}
		if err := c.take(message); err != nil {
			return err
		}
	}
}

// take prints a difference at once for people, and keeps it for programs.
func (c *comparison) take(message *ambitv1.ReconcileWorldResponse) error {
	switch content := message.GetContent().(type) {
	case *ambitv1.ReconcileWorldResponse_Progress:
		c.progress.at(int(content.Progress.GetCompared()))
	case *ambitv1.ReconcileWorldResponse_Result:
		c.result = content.Result
	case *ambitv1.ReconcileWorldResponse_Difference:
		found := difference{Relationship: content.Difference.GetRelationship(), Foreign: content.Difference.GetForeign()}
		c.differences = append(c.differences, found)
		if c.app.settings.output != outputTable {
			return nil
		}
		c.progress.end()
		_, err := fmt.Fprintf(c.app.stdout, "%s  %s\n", found.side(), printable(found.Relationship))
		return err
	}
	return nil
}

func (d difference) side() string {
	if d.Foreign {
		return "foreign"
	}
	return "missing"
}

// conclude prints the result and decides about the exit code.
func (c *comparison) conclude() error {
	c.progress.end()
	r := c.result
	value := outcome{
		Compared: r.GetCompared(), Missing: r.GetMissing(), Foreign: r.GetForeign(), Fixed: r.GetFixed(), Differences: c.differences,
	}
	if err := c.app.show(value, func(w io.Writer) { line(w, "%s", value) }); err != nil {
		return err
	}
	if value.drift() > 0 && !value.Fixed {
		return errNo
	}
	return nil
}

func (o outcome) drift() uint64 { return o.Missing + o.Foreign }

// String returns the closing sentence, after one about differences that were
// not listed.
func (o outcome) String() string {
	text := thousands(o.Compared) + " relationships compared: "
	if o.drift() == 0 {
		return text + "no drift"
	}
	text += fmt.Sprintf("%s missing, %s foreign", thousands(o.Missing), thousands(o.Foreign))
	if o.Fixed {
		text += "; mended"
	}
	if listed := uint64(len(o.Differences)); o.drift() > listed {
		text = fmt.Sprintf("(and %s more)\n%s", thousands(o.drift()-listed), text)
	}
	return text
}
