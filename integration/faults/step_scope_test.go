package faults

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func (w *writer) createScope(scope iam.Scope) step {
	return creating(scope, scope.Ref, "scope.create", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Scopes.CreateScope(ctx, &ambitv1.CreateScopeRequest{Scope: &ambitv1.Scope{Id: scope.Ref.String(), Parent: scope.Parent.String()}})
	})
}

func (w *writer) createEnvironment() (step, bool) {
	account := w.account()
	scope := iam.Scope{Ref: iam.Ref{Type: typeEnvironment, ID: w.id("e")}, Parent: account, Tenant: account}
	return w.createScope(scope), len(w.scopesOf(typeEnvironment)) < 4
}

func (w *writer) createWorkspace() (step, bool) {
	parent, ok := pick(w, w.scopesOf(typeEnvironment))
	scope := iam.Scope{Ref: iam.Ref{Type: typeWorkspace, ID: w.id("w")}, Parent: parent.Ref, Tenant: parent.Tenant}
	return w.createScope(scope), ok && len(w.scopesOf(typeWorkspace)) < 6
}

// isolate lets a workspace stop inheriting from its environment, or begin again.
func (w *writer) isolate() (step, bool) {
	scope, ok := pick(w, w.scopesOf(typeWorkspace))
	scope.Isolated = !scope.Isolated
	return creating(scope, scope.Ref, "scope.update", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Scopes.UpdateScope(ctx, &ambitv1.UpdateScopeRequest{
			Scope: &ambitv1.Scope{Id: scope.Ref.String(), Isolated: scope.Isolated}, UpdateMask: mask("isolated"),
		})
	}), ok
}

// move puts a workspace into another environment of its account.
func (w *writer) move() (step, bool) {
	scope, hasScope := pick(w, w.scopesOf(typeWorkspace))
	parent, hasParent := pick(w, w.scopesOf(typeEnvironment))
	possible := hasScope && hasParent && parent.Ref != scope.Parent && parent.Tenant == scope.Tenant
	scope.Parent = parent.Ref
	return creating(scope, scope.Ref, "scope.move", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Scopes.MoveScope(ctx, &ambitv1.MoveScopeRequest{Id: scope.Ref.String(), Parent: parent.Ref.String()})
	}), possible
}

// deleteScope removes a scope with all that hangs on it.
func (w *writer) deleteScope() (step, bool) {
	scope, ok := pick(w, w.scopes())
	return step{
		name: "scope.delete " + scope.Ref.String(),
		call: func(ctx context.Context, c *client.Client) (receipt, error) {
			return c.Scopes.DeleteScope(ctx, &ambitv1.DeleteScopeRequest{Id: scope.Ref.String()})
		},
		change: func(h holdings) []note { return h.dropScope(scope.Ref) },
	}, ok && len(w.scopes()) > 5
}
