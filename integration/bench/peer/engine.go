package peer

import (
	"context"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

// Engine holds a world and answers questions about it. Check is called by many
// goroutines at once.
type Engine interface {
	Check(ctx context.Context, q world.Question) (bool, error)
	Close() error
}

// Batcher answers many questions in one call, in order.
type Batcher interface {
	CheckMany(ctx context.Context, questions []world.Question) ([]bool, error)
}

// PermissionLister returns all that a user may do at a scope, in any order.
type PermissionLister interface {
	Permissions(ctx context.Context, user, object string) ([]string, error)
}

// WorkspaceLister returns the workspaces where a user has a permission, in any order.
type WorkspaceLister interface {
	Workspaces(ctx context.Context, user, permission string) ([]string, error)
}

// SubjectLister returns the users who have a permission at a scope, in any order.
type SubjectLister interface {
	WhoCan(ctx context.Context, permission, object string) ([]string, error)
}

// Writer changes the world while others ask. A call returns when the engine has
// acknowledged the change.
type Writer interface {
	// SetRole gives a role other permissions than was; who holds it stays.
	SetRole(ctx context.Context, role world.Role, was []string) error
	Grant(ctx context.Context, policy world.Policy) error
	Revoke(ctx context.Context, policy world.Policy) error
}

// Served is an engine in another process.
type Served interface {
	PID() int
}

// Restarter is an engine in another process that keeps its world on disk. Restart
// ends the process and returns when a new one has been started.
type Restarter interface {
	Restart(ctx context.Context) error
}

// Door is a way to ask an engine.
type Door struct {
	// Networked doors lead into another process; the others are calls in this one.
	Networked bool
	// Open starts the engine, with nothing in it, and loads the world.
	Open func(ctx context.Context, w *world.World) (Engine, error)
}
