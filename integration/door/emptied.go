package door

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// emptied is a door whose system stays.
type emptied struct {
	world.Door
	back  world.Door
	model *schema.Model
}

// Emptied returns a door that, when it is closed, deletes all there is through
// the back door, which may be the same one, and leaves the system to the next.
// Closing fails if something is left.
func Emptied(model *schema.Model, front, back world.Door) world.Door {
	return emptied{Door: front, back: back, model: model}
}

// Close empties the system.
func (d emptied) Close() error {
	ctx := context.Background() // the case is over, and its context may be
	left, err := d.content(ctx)
	if err != nil {
		return err
	}
	if refs := inOrder(d.model, left); len(refs) > 0 {
		if err := d.back.Do(ctx, world.Delete{Refs: refs}); err != nil {
			return fmt.Errorf("empty the system: %w", err)
		}
	}
	if left, err = d.content(ctx); err == nil && left.Len() > 0 {
		err = fmt.Errorf("empty the system: %d objects are left", left.Len())
	}
	return err
}

// content is all there is.
func (d emptied) content(ctx context.Context) (iam.World, error) {
	text, err := d.back.State(ctx)
	if err != nil {
		return iam.World{}, err
	}
	return world.Parse("export", text, d.model)
}

// inOrder returns everything in a world so that nothing is deleted before what
// needs it: holders before what they hold, scopes from below.
func inOrder(model *schema.Model, w iam.World) []iam.Ref {
	var all []iam.Ref
	add := func(typeName, id string) { all = append(all, iam.Ref{Type: typeName, ID: id}) }
	for _, policy := range w.Policies {
		add(string(kindPolicy), string(policy.ID))
	}
	for _, resource := range w.Resources {
		all = append(all, resource.Ref)
	}
	for _, account := range w.ServiceAccounts {
		add(model.TypeOf(schema.KindServiceAccount), string(account.ID))
	}
	for _, group := range w.Groups {
		add(model.TypeOf(schema.KindGroup), string(group.ID))
	}
	for _, role := range w.Roles {
		add(string(kindRole), string(role.ID))
	}
	for _, user := range w.Users {
		add(model.TypeOf(schema.KindUser), string(user.ID))
	}
	return append(all, fromBelow(w.Scopes)...)
}

// fromBelow returns scopes, children before parents.
func fromBelow(scopes []iam.Scope) []iam.Ref {
	parents := make(map[iam.Ref]iam.Ref, len(scopes))
	for _, scope := range scopes {
		parents[scope.Ref] = scope.Parent
	}
	depth := func(ref iam.Ref) (n int) {
		for ; !ref.IsZero(); ref = parents[ref] {
			n++
		}
		return n
	}
	all := make([]iam.Ref, len(scopes))
	for i, scope := range scopes {
		all[i] = scope.Ref
	}
	slices.SortFunc(all, func(a, b iam.Ref) int {
		if d := depth(b) - depth(a); d != 0 {
			return d
		}
		return strings.Compare(a.String(), b.String())
	})
	return all
}
