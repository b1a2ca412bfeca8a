package adapter

import "context"

type actorKey struct{}

// WithActor names who is acting, for the audit log. It is the one value that
// travels in a context, because it belongs to the request and not to the call.
func WithActor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// actorOf returns the name given with WithActor, or "unknown".
func actorOf(ctx context.Context) string {
	if actor, ok := ctx.Value(actorKey{}).(string); ok && actor != "" {
		return actor
	}
	return "unknown"
}
