// Package pause waits for a while, or until a context ends.
package pause

import (
	"context"
	"math/rand/v2"
	"time"
)

// For waits for d. It reports whether ctx still holds.
func For(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// About is For with a random time around d: processes that begin to wait together do not come back together.
func About(ctx context.Context, d time.Duration) bool { return For(ctx, Jitter(d)) }

// Jitter is d, give or take a half.
func Jitter(d time.Duration) time.Duration { return d/2 + rand.N(d+1) }
