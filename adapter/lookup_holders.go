package adapter

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/schema"
)

// HoldersRequest asks who has a permission on an object, and how.
type HoldersRequest struct {
	SubjectsRequest
	// Groups leaves groups together: those all of whose members have the
	// permission because of the group, and besides who has it in another way.
	// Type must then be empty.
	Groups bool
	// Via asks for the path of each.
	Via bool
}

// Holder is somebody who has a permission.
type Holder struct {
	Subject iam.Ref
	// Via is the shortest path why; nil if it was not asked for.
	Via *Via
}

// Via is a way on which a subject has a permission on an object.
type Via struct {
	// Kind is ROLE, or ANY_ROLE where any role suffices.
	Kind string
	// Chain leads from the subject over its groups to whom the policy names, both
	// included. For a group it begins with the group.
	Chain []iam.Ref
	// Role is what the policy gives, and Scope where. Permission is what the role
	// holds; on owned objects it may be another one than was asked about.
	Role       iam.RoleID
	Permission string
	Scope      iam.Ref
	// Inherited: the policy is at another scope than the object that was asked
	// about, above it, or the one that the object lives in. Below: it is below.
	Inherited, Below bool
}

// Holders returns who has a permission on an object: users and service accounts,
// or with Groups also groups, sorted, in pages. It agrees with Subjects: whoever
// is there is here, or in a group that is here.
//
// A page holds what comes after the last one of the page before, so that who
// has the permission throughout is listed once while others write.
//
// Errors: those of Subjects; INVALID_ARGUMENT, reason TYPE_WITH_GROUPS, if Type
// is given with Groups.
func (a *Adapter) Holders(ctx context.Context, request HoldersRequest, page Page, at Freshness) ([]Holder, Answered, error) {
	if err := a.checkHolders(request); err != nil {
		return nil, Answered{}, err
	}
	size, content, err := page.open(request)
	if err != nil {
		return nil, Answered{}, err
	}
	view, answered, err := a.view(ctx, at, request.Object)
	if err != nil {
		return nil, Answered{}, err
	}
	refs, more, err := holdersPage(view, request, content.After, size)
	if err != nil {
		return nil, Answered{}, err
	}
	holders := make([]Holder, len(refs))
	for i, ref := range refs {
		if err := ctx.Err(); err != nil {
			return nil, Answered{}, iam.Failed("finding paths", err)
		}
		if holders[i].Subject = ref; request.Via {
			holders[i].Via = via(view, request, ref)
		}
	}
	if !more {
		return holders, answered, nil
	}
	content.After = refs[size-1].String()
	answered.Next = seal(content)
	return holders, answered, nil
}

func (a *Adapter) checkHolders(request HoldersRequest) error {
	if _, err := a.permission(request.Permission); err != nil {
		return err
	}
	if err := a.wantKind("object", request.Object, schema.KindScope, schema.KindResource, schema.KindServiceAccount); err != nil {
		return err
	}
	switch {
	case request.Type == "":
		return nil
	case request.Groups:
		return iam.Invalid("TYPE_WITH_GROUPS", "type", request.Type, "cannot be given together with groups")
	}
	return a.wantType("type", request.Type, schema.KindUser, schema.KindServiceAccount)
}

// holdersPage returns the subjects of a page, and whether there are more.
func holdersPage(view *index.Snapshot, request HoldersRequest, after string, size int) ([]iam.Ref, bool, error) {
	part := index.Page{Limit: size}
	if after != "" {
		var err error
		if part.After, err = iam.ParseRef("page_token", after); err != nil {
			return nil, false, err
		}
	}
	if !request.Groups {
		refs, more := view.Subjects(request.Permission, request.Object, request.Type, part)
		return refs, more, nil
	}
	refs := view.Grantees(request.Permission, request.Object)
	start, met := slices.BinarySearchFunc(refs, part.After, compareRefs)
	if met {
		start++
	}
	refs = refs[start:]
	return refs[:min(size, len(refs))], len(refs) > size, nil
}

// via returns the shortest path of a subject, or of whoever is in a group.
func via(view *index.Snapshot, request HoldersRequest, subject iam.Ref) *Via {
	path, found := view.Via(subject, request.Permission, request.Object)
	if !found {
		return nil
	}
	return &Via{
		Kind: string(path.Kind), Chain: path.Chain, Role: path.Role, Permission: path.Permission,
		Scope: path.Scope(), Below: path.Below, Inherited: !path.Below && path.Scope() != request.Object,
	}
}
