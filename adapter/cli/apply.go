package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

// apply reads all files first: a typo in the last one must not leave the first
// ones applied.
func (a *app) apply() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Make a world so",
		Long: `Applies world files, YAML or JSON: what is missing is made, what differs is changed,
what the files do not name stays. Applying twice changes nothing. "-" reads standard input.

A file of up to --batch objects is applied at once or not at all; a larger one in batches,
parents before children.

With --plan it first prints what "ambit plan" prints of all the files together, and applies
them unless more would be lost than --max-lost allows; then it exits with 1 and has applied
nothing. Nobody is asked, and what others write in between is not looked at again.`,
		Example: "  ambit apply -f world.yaml\n  ambit apply -f world.yaml --plan --max-lost 0\n  ambit apply acme.yaml umbrella.yaml\n  ambit export --endpoint https://old:8420 | ambit apply -f -",
	}
	files := cmd.Flags().StringSliceP("file", "f", nil, "world file, - for standard input; may be repeated")
	batch := cmd.Flags().Int("batch", 1000, "the largest number of objects to apply at once")
	planned := cmd.Flags().Bool("plan", false, "print first who gains and who loses what")
	most := maxLostFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		names := slices.Concat(*files, words)
		switch {
		case len(names) == 0:
			return misuse("which file?", "ambit apply -f world.yaml")
		case *batch < 1:
			return misuse("--batch must be at least 1", "")
		case cmd.Flags().Changed("max-lost") && !*planned:
			return misuse("--max-lost needs --plan", "ambit apply -f world.yaml --plan --max-lost 0")
		}
		worlds, err := a.readWorlds(names)
		if err != nil {
			return err
		}
		return a.with(func(c *client.Client) error {
			if *planned {
				if err := a.planWorld(cmd.Context(), c, joined(worlds), planning{limit: planLimit, most: *most}); err != nil {
					return err
				}
			}
			for i, w := range worlds {
				if err := a.applyWorld(cmd.Context(), c, names[i], world.Batches(w, *batch), w); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return cmd
}

// readWorlds reads all files before anything is applied.
func (a *app) readWorlds(names []string) ([]iam.World, error) {
	worlds := make([]iam.World, len(names))
	var errs []error
	for i, name := range names {
		data, err := a.read(name)
		if err == nil {
			worlds[i], err = world.Parse(name, data, nil)
		}
		if err != nil {
			errs = append(errs, errors.New(sentence(err)))
		}
	}
	if len(errs) > 0 {
		return nil, unreadable(errors.Join(errs...))
	}
	return worlds, nil
}

// read reads a file, or standard input.
func (a *app) read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(a.stdin)
	}
	return os.ReadFile(name)
}

// applyWorld applies the batches of one file.
func (a *app) applyWorld(ctx context.Context, c *client.Client, name string, batches func(func(iam.World) bool), all iam.World) error {
	progress := a.progress(name, all.Len())
	defer progress.end()
	last, done := &ambitv1.Receipt{Applied: true}, 0
	for batch := range batches {
		receipt, err := applyBatch(ctx, c, batch)
		if err != nil {
			if done > 0 {
				progress.end()
				a.tell("ambit: %s: %d objects were applied before the error; apply it again when it is mended\n", name, done)
			}
			return err
		}
		last = receipt
		done += batch.Len()
		progress.at(done)
	}
	progress.end()
	if !last.GetApplied() {
		a.tell("ambit: stored; SpiceDB has not taken all of it yet, and will\n")
	}
	value := map[string]any{"file": name, "objects": all.Len(), "token": last.GetToken(), "applied": last.GetApplied()}
	return a.show(value, func(w io.Writer) { line(w, "applied %s: %s", name, counts(all)) })
}

// applyBatch sends a world.
func applyBatch(ctx context.Context, c *client.Client, w iam.World) (*ambitv1.Receipt, error) {
	content, err := worldContent(w)
	if err != nil {
		return nil, err
	}
	return c.World.ApplyWorld(ctx, &ambitv1.ApplyWorldRequest{World: content})
}

// worldContent goes through the text of a world file, which knows which lists
// are left out and which are empty.
func worldContent(w iam.World) (*structpb.Struct, error) {
	text, err := world.FormatJSON(w, nil)
	if err != nil {
		return nil, err
	}
	content := &structpb.Struct{}
	return content, content.UnmarshalJSON(text)
}

// counts says how many objects of each noun a world has.
func counts(w iam.World) string {
	var parts []string
	for _, noun := range []struct {
		name  string
		count int
	}{
		{"scopes", len(w.Scopes)}, {"users", len(w.Users)}, {"service accounts", len(w.ServiceAccounts)},
		{"groups", len(w.Groups)}, {"roles", len(w.Roles)}, {"policies", len(w.Policies)}, {"resources", len(w.Resources)},
	} {
		if noun.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", noun.count, noun.name))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
