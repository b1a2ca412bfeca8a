package adapter

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// names returns the names of all that an explanation mentions.
func (e *evidence) names(ctx context.Context, x *Explanation) (map[iam.Ref]string, error) {
	names := map[iam.Ref]string{}
	for _, ref := range x.mentioned() {
		name, err := e.name(ctx, ref)
		if _, err = absent(err); err != nil {
			return nil, err
		}
		if name != "" {
			names[ref] = name
		}
	}
	return names, nil
}

// mentioned returns every reference of an explanation once.
func (x *Explanation) mentioned() []iam.Ref {
	refs := []iam.Ref{x.Request.Subject, x.Request.Object}
	var walk func(paths []AccessPath)
	walk = func(paths []AccessPath) {
		for _, path := range paths {
			refs = append(append(refs, path.Chain...), path.Through...)
			for _, condition := range path.Conditions {
				walk(condition.Paths)
			}
		}
	}
	walk(x.Paths)
	for _, denial := range x.Denials {
		refs = append(append(refs, denial.Object), denial.Owners...)
		if denial.Grant != nil {
			refs = append(refs, denial.Grant.Subject, denial.Grant.Scope)
		}
	}
	for _, suggestion := range x.Suggestions {
		for _, step := range suggestion.Steps {
			refs = append(refs, step.Subject, step.Object)
		}
	}
	return sortedRefs(refs)
}

func (e *evidence) name(ctx context.Context, ref iam.Ref) (string, error) {
	kind := e.model.Type(ref.Type)
	if kind == nil {
		return "", nil
	}
	switch kind.Kind {
	case schema.KindUser:
		user, err := e.rows.Users().Get(ctx, iam.UserID(ref.ID))
		return user.Name, err
	case schema.KindServiceAccount:
		account, err := e.rows.ServiceAccounts().Get(ctx, iam.ServiceAccountID(ref.ID))
		return account.Name, err
	case schema.KindGroup:
		group, _, err := e.groupRow(ctx, ref)
		return group.Name, err
	case schema.KindResource:
		resource, err := e.rows.Resources().Get(ctx, ref)
		return resource.Name, err
	}
	scope, err := e.rows.Scopes().Get(ctx, ref)
	return scope.Name, err
}
