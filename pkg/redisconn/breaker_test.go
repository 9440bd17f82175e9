package redisconn

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestBreakerLeavesRedisAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []error
		b := &Breaker{Patience: time.Second, Changed: func(err error) { changes = append(changes, err) }}
		broken, calls := errors.New("connection refused"), 0
		call := func(err error) error {
			return b.Do(t.Context(), func(context.Context) error { calls++; return err })
		}
		for range 3 { // once the first, then one to find out
			if err := call(broken); !errors.Is(err, broken) {
				t.Fatalf("Do = %v, want that it is called", err)
			}
			time.Sleep(respite - 1)
			if err := call(nil); !errors.Is(err, errAway) {
				t.Fatalf("Do = %v, want errAway", err)
			}
			time.Sleep(time.Nanosecond)
		}
		// Only one finds out, and somebody who gives up finds out nothing.
		gone, cancel := context.WithCancel(t.Context())
		_ = b.Do(gone, func(context.Context) error {
			if err := call(nil); !errors.Is(err, errAway) {
				t.Errorf("Do during a probe = %v, want errAway", err)
			}
			cancel()
			return gone.Err()
		})
		if err := call(nil); err != nil {
			t.Fatal(err)
		}
		if err := call(nil); err != nil || calls != 5 {
			t.Errorf("Do = %v after %d calls; want that all are let through", err, calls)
		}
		if len(changes) != 2 || !errors.Is(changes[0], broken) || changes[1] != nil {
			t.Errorf("told %v, want one failure and that it is over", changes)
		}
	})
}

func TestBreakerEndsSlowCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Breaker{Patience: time.Second}
		start := time.Now()
		err := b.Do(t.Context(), func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("Do = %v after %v", err, time.Since(start))
		}
		if err := b.Do(t.Context(), func(context.Context) error { return nil }); !errors.Is(err, errAway) {
			t.Errorf("Do after a slow call = %v, want errAway", err)
		}
	})
}
