package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// planLimit is how many changes are printed by default.
const planLimit = 100

// planning says what of a plan is printed, and what it may take away.
type planning struct {
	// limit bounds the changes that are printed; 0: all.
	limit int
	// most is how many permissions may be lost; negative: any number.
	most int64
}

// plan says what apply would do to people.
func (a *app) plan() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan -f FILE",
		Short: "Who would gain and who would lose what?",
		Long: `Says what "ambit apply" of the same files would change for subjects, and changes nothing:
"-" is a permission that a subject would lose on an object, "+" one that it would gain. Losses
come first. Several files count as one world. "-" as a file reads standard input.

The numbers at the end are exact, also where not every change is printed. The exit code is 1 if
more permissions would be lost than --max-lost allows, and 2 if a file cannot be read.`,
		Example: "  ambit plan -f change.yaml\n  ambit plan -f change.yaml --max-lost 0 && ambit apply -f change.yaml\n  ambit plan -f change.yaml -o json | jq .losses",
	}
	files := cmd.Flags().StringSliceP("file", "f", nil, "world file, - for standard input; may be repeated")
	limit := cmd.Flags().Int("limit", planLimit, "the largest number of changes to print; 0: all")
	most := maxLostFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		names := slices.Concat(*files, words)
		switch {
		case len(names) == 0:
			return misuse("which file?", "ambit plan -f change.yaml")
		case *limit < 0:
			return misuse("--limit must not be negative", "")
		}
		worlds, err := a.readWorlds(names)
		if err != nil {
			return err
		}
		return a.with(func(c *client.Client) error {
			return a.planWorld(cmd.Context(), c, joined(worlds), planning{limit: *limit, most: *most})
		})
	}
	return cmd
}

// maxLostFlag adds the bound that scripts set.
func maxLostFlag(cmd *cobra.Command) *int64 {
	return cmd.Flags().Int64("max-lost", -1, "fail if more permissions would be lost; negative: never")
}

// joined makes one world of several.
func joined(worlds []iam.World) iam.World {
	var all iam.World
	for _, w := range worlds {
		all.Scopes = append(all.Scopes, w.Scopes...)
		all.Users = append(all.Users, w.Users...)
		all.ServiceAccounts = append(all.ServiceAccounts, w.ServiceAccounts...)
		all.Groups = append(all.Groups, w.Groups...)
		all.Roles = append(all.Roles, w.Roles...)
		all.Policies = append(all.Policies, w.Policies...)
		all.Resources = append(all.Resources, w.Resources...)
	}
	return all
}

// planned is a plan for programs.
type planned struct {
	Gains    uint64          `json:"gains" yaml:"gains"`
	Losses   uint64          `json:"losses" yaml:"losses"`
	Subjects uint64          `json:"subjects" yaml:"subjects"`
	Objects  uint64          `json:"objects" yaml:"objects"`
	Token    string          `json:"token" yaml:"token"`
	Changes  []plannedChange `json:"changes" yaml:"changes"`
}

type plannedChange struct {
	Gained     bool   `json:"gained" yaml:"gained"`
	Subject    string `json:"subject" yaml:"subject"`
	Permission string `json:"permission" yaml:"permission"`
	Object     string `json:"object" yaml:"object"`
}

// planWorld prints a plan, and fails if it takes too much away.
func (a *app) planWorld(ctx context.Context, c *client.Client, w iam.World, how planning) error {
	plan, err := fetchPlan(ctx, c, w, how.limit)
	if err != nil {
		return err
	}
	if err := a.show(plan, plan.print); err != nil {
		return err
	}
	if how.most >= 0 && plan.Losses > uint64(how.most) {
		return fmt.Errorf("%s would be lost, and --max-lost allows %d", quantity(plan.Losses, "permission", "permissions"), how.most)
	}
	return nil
}

// fetchPlan fetches pages until there are enough changes. The numbers are those
// of the first.
func fetchPlan(ctx context.Context, c *client.Client, w iam.World, limit int) (planned, error) {
	content, err := worldContent(w)
	if err != nil {
		return planned{}, err
	}
	plan := planned{Changes: []plannedChange{}}
	for request := (&ambitv1.PlanWorldRequest{World: content}); ; {
		request.PageSize = pageSize
		if limit > 0 {
			request.PageSize = int32(min(pageSize, limit-len(plan.Changes)))
		}
		answer, err := c.World.PlanWorld(ctx, request)
		if err != nil {
			return planned{}, err
		}
		if request.PageToken == "" {
			plan.Gains, plan.Losses, plan.Subjects, plan.Objects = answer.GetGains(), answer.GetLosses(), answer.GetSubjects(), answer.GetObjects()
			plan.Token = answer.GetToken()
		}
		for _, change := range answer.GetChanges() {
			plan.Changes = append(plan.Changes, plannedChange{
				Gained: change.GetGained(), Subject: change.GetSubject(), Permission: change.GetPermission(), Object: change.GetObject(),
			})
		}
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" || len(plan.Changes) == limit {
			return plan, nil
		}
	}
}

// print is the plan for people.
func (p planned) print(w io.Writer) {
	for _, change := range p.Changes {
		sign := "-"
		if change.Gained {
			sign = "+"
		}
		line(w, "%s %s %s %s", sign, change.Subject, change.Permission, change.Object)
	}
	total := p.Gains + p.Losses
	if listed := uint64(len(p.Changes)); total > listed {
		line(w, "(and %s more)", thousands(total-listed))
	}
	if total == 0 {
		line(w, "nobody gains or loses anything")
		return
	}
	line(w, "%s, %s: %s, %s", quantity(p.Losses, "loss", "losses"), quantity(p.Gains, "gain", "gains"),
		quantity(p.Subjects, "subject", "subjects"), quantity(p.Objects, "object", "objects"))
}

// quantity is a number with its noun.
func quantity(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}
