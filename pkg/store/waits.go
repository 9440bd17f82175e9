package store

import (
	"context"
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
