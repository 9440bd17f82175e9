package fleet

import (
	"context"
	"log/slog"
	"time"

	"smalti/pkg/pause"
	"smalti/pkg/queue"
)

// Sweeper gives back the jobs that crashed workers held.
type Sweeper interface {
	SweepDue(ctx context.Context) (queue.Swept, error)
}

// sweepTime is enough for the backlog after everything has crashed.
const sweepTime = 10 * time.Second

// EverySecond waits for about a second. It returns false when ctx ends.
func EverySecond(ctx context.Context) bool { return pause.About(ctx, time.Second) }

// Sweep sweeps each time that await returns true, and returns when that returns false. Every worker and every web
// server does: the sweep is one atomic script, so that no leader is needed. It calls swept with what was done, when
// something was.
func Sweep(ctx context.Context, q Sweeper, await func(context.Context) bool, swept func(queue.Swept), log *slog.Logger) {
	failing := false
	for await(ctx) {
		sweeping, cancel := context.WithTimeout(ctx, sweepTime)
		done, err := q.SweepDue(sweeping)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			log.Error("sweeping", "error", err)
		}
		failing = err != nil
		if done.Any() {
			swept(done)
			log.Info("swept", "swept", done)
		}
	}
}
