package server

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// deadline bounds a request. A shorter deadline of the caller holds.
func deadline(c Config) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		ends := &ending{Context: ctx, at: time.Now().Add(c.timeoutOf(info.FullMethod))}
		defer ends.release()
		return next(ends, req)
	}
}

// ending is a context of context.WithDeadline that is made only when somebody wants to
// hear of the end: a timer, and its place among what the connection has to end, cost
// as much as a check, which never waits.
type ending struct {
	context.Context
	at time.Time

	mu sync.Mutex
	// made is nil as long as nobody has asked.
	made     context.Context
	cancel   func()
	released bool
}

// real returns the context, made.
func (e *ending) real() context.Context {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.made == nil {
		e.made, e.cancel = context.WithDeadline(e.Context, e.at)
		if e.released {
			e.cancel()
		}
	}
	return e.made
}

// release ends the context when the request is over. Who asks later finds it ended.
func (e *ending) release() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.released = true
	if e.cancel != nil {
		e.cancel()
	}
}

// Deadline returns the earlier one of ours and the caller's.
func (e *ending) Deadline() (time.Time, bool) {
	if at, ok := e.Context.Deadline(); ok && at.Before(e.at) {
		return at, true
	}
	return e.at, true
}

// Done returns what is closed at the end.
func (e *ending) Done() <-chan struct{} { return e.real().Done() }

// Err returns why the context has ended, or nil.
func (e *ending) Err() error { return e.real().Err() }

// Value returns what the caller's context holds. Contexts that are made of this one
// look here for the one that ends them.
func (e *ending) Value(key any) any {
	e.mu.Lock()
	made := e.made
	e.mu.Unlock()
	if made != nil {
		return made.Value(key)
	}
	return e.Context.Value(key)
}
