package store

import (
	"context"
	"time"
)

// Waits observes calls that wait because the server has no session left. Its methods are called from any
// goroutine, and must not block.
type Waits interface {
	Begin()   // a call begins to wait
	Refused() // it was refused, for the first time or again: the server is up
	End()
}

type waitsKey struct{}

// WithWaits returns a context whose calls report to w when they wait.
func WithWaits(ctx context.Context, w Waits) context.Context {
	return context.WithValue(ctx, waitsKey{}, w)
}

// WaitsOf is the Waits of a context made by [WithWaits], and nil of others.
func WaitsOf(ctx context.Context) Waits {
	w, _ := ctx.Value(waitsKey{}).(Waits)
	return w
}

// wait is that of one call.
type wait struct {
	ctx   context.Context
	waits Waits // nil: not refused yet, or nobody observes it
}

func (w *wait) refused() {
	if w.waits == nil {
		if w.waits = WaitsOf(w.ctx); w.waits == nil {
			return
		}
		w.waits.Begin()
	}
	w.waits.Refused()
}

func (w *wait) end() {
	if w.waits != nil {
		w.waits.End()
	}
}

type patienceKey struct{}

// withPatience returns a context whose calls wait at most d for a session.
func withPatience(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, d)
}

// withoutWait returns a context whose calls fail with [ErrBusy] rather than wait for a session. It is for
// callers that hold a session of another store: two of them could wait for each other for ever.
func withoutWait(ctx context.Context) context.Context { return withPatience(ctx, 0) }

func (r *Remote) patienceOf(ctx context.Context) time.Duration {
	if d, ok := ctx.Value(patienceKey{}).(time.Duration); ok {
		return min(d, r.patience)
	}
	return r.patience
}
