package adapter

import (
	"context"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// UserChange says what to change of a user. Nil fields stay.
type UserChange struct {
	Name   *string
	Email  *string
	Status *iam.Status
	// Revision, if not 0, must be the user's present one, else ABORTED.
	Revision int64
}

// userRef names a user as a subject.
func (a *Adapter) userRef(id iam.UserID) iam.Ref {
	return iam.Ref{Type: a.model.TypeOf(schema.KindUser), ID: string(id)}
}

// CreateUser adds a user. An empty id is generated, an empty status is active.
//
// Errors: INVALID_ARGUMENT for an id, name, email or status that is malformed;
// ALREADY_EXISTS for the id. Several users may have one email.
func (a *Adapter) CreateUser(ctx context.Context, user iam.User) (iam.User, Receipt, error) {
	user.ID = iam.UserID(a.newID(string(user.ID)))
	user.Status = or(user.Status, iam.Active)
	var saved iam.User
	receipt, err := a.write(ctx, func(c *change) error {
		if err := c.tx.Lock(ctx, iam.Ref{}); err != nil {
			return err
		}
		_, err := c.tx.Users().Get(ctx, user.ID)
		if err := unused("id", string(user.ID), err); err != nil {
			return err
		}
		saved, err = c.putUser(ctx, user, "user.create")
		return err
	})
	return saved, receipt, err
}

func (a *Adapter) checkUser(user iam.User) (iam.User, error) {
	if err := a.checkNewID("id", a.userRef(user.ID)); err != nil {
		return user, err
	}
	if err := checkText("name", user.Name, maxName); err != nil {
		return user, err
	}
	if user.Email != "" && (len(user.Email) > maxName || strings.Count(user.Email, "@") != 1) {
		return user, iam.Invalid("EMAIL_MALFORMED", "email", user.Email, "this is no e-mail address")
	}
	return user, checkStatus(user.Status)
}

// putUser writes a user; the tuples that name it follow its status. They lie in
// any tenant, so nobody else may write meanwhile.
func (c *change) putUser(ctx context.Context, user iam.User, action string) (iam.User, error) {
	user, err := c.checkUser(user)
	if err != nil {
		return user, err
	}
	if err := c.tx.Lock(ctx, iam.Ref{}); err != nil {
		return user, err
	}
	old, err := c.tx.Users().Get(ctx, user.ID)
	if same(old, err, user) {
		return old, nil
	}
	if err := c.setStatus(ctx, c.userRef(user.ID), user.Status); err != nil {
		return user, err
	}
	saved, err := c.tx.Users().Put(ctx, user)
	if err != nil {
		return saved, err
	}
	return saved, c.note(ctx, action, iam.Ref{}, c.userRef(user.ID), map[string]any{
		"name": user.Name, "email": user.Email, "status": user.Status,
	})
}

// setStatus touches all that names a subject whose status is about to change.
func (c *change) setStatus(ctx context.Context, subject iam.Ref, status iam.Status) error {
	before, err := c.isActive(ctx, subject)
	if err != nil && iam.CodeOf(err) != iam.NotFound {
		return err
	}
	if err == nil && before != (status == iam.Active) {
		if err := c.touchSubject(ctx, subject); err != nil {
			return err
		}
	}
	c.active[subject] = status == iam.Active
	return nil
}

// UpdateUser changes a user. Deactivation takes effect at once and is undone by
// activation: policies and memberships stay.
//
// Errors: NOT_FOUND; ABORTED for an old Revision; INVALID_ARGUMENT as in
// CreateUser.
func (a *Adapter) UpdateUser(ctx context.Context, id iam.UserID, update UserChange) (iam.User, Receipt, error) {
	var saved iam.User
	receipt, err := a.write(ctx, func(c *change) error {
		user, err := userNoun().locked(ctx, c.tx, "id", id)
		if err != nil {
			return err
		}
		if err := checkRevision(update.Revision, user.Revision); err != nil {
			return err
		}
		set(&user.Name, update.Name)
		set(&user.Email, update.Email)
		set(&user.Status, update.Status)
		saved, err = c.putUser(ctx, user, "user.update")
		return err
	})
	return saved, receipt, err
}

// DeleteUser removes a user from all groups, policies and ownerships, and then
// the user.
//
// A revision other than 0 must be the user's present one, else ABORTED. Other
// errors: NOT_FOUND; FAILED_PRECONDITION, reason OWNER_IN_USE, if the user owns
// what must keep its owners.
func (a *Adapter) DeleteUser(ctx context.Context, id iam.UserID, revision int64) (Receipt, error) {
	return a.write(ctx, func(c *change) error { return c.dropUser(ctx, id, revision) })
}

// User returns a user, or NOT_FOUND.
func (a *Adapter) User(ctx context.Context, id iam.UserID) (iam.User, error) {
	return userNoun().read(ctx, a.store, id)
}

// Users lists users in pages, ordered by id.
//
// The text is the token of the next page, empty after the last. Errors:
// INVALID_ARGUMENT for a page size or token that means nothing.
func (a *Adapter) Users(ctx context.Context, filter UserFilter, page Page) ([]iam.User, string, error) {
	return userNoun().list(ctx, a.store, filter, page)
}
