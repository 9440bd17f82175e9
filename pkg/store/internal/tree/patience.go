package tree

import (
	"context"
	"time"
)

type patienceKey struct{}

// WithPatience returns a context whose calls wait at most d for a session.
func WithPatience(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, d)
}

// WithoutWait returns a context whose calls fail with [store.ErrBusy] rather than wait for a session. It is for
// callers that hold a session of another store: two of them could wait for each other for ever.
func WithoutWait(ctx context.Context) context.Context { return WithPatience(ctx, 0) }

// Patience is how long a call with this context waits for a session, at most so long.
func Patience(ctx context.Context, most time.Duration) time.Duration {
	if d, ok := ctx.Value(patienceKey{}).(time.Duration); ok {
		return min(d, most)
	}
	return most
}
