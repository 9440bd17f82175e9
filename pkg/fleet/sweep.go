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
	Sweep(ctx context.Context) (queue.Swept, error)
}

// sweepTime is enough for the backlog after everything has crashed.
const sweepTime = 10 * time.Second

// Sweep sweeps about once a second until ctx ends. Every worker and every web server does: the sweep is
// one atomic script, so that no leader is needed. It calls swept with what was done, when something was.
func Sweep(ctx context.Context, q Sweeper, swept func(queue.Swept), log *slog.Logger) {
	failing := false
	for {
		if !pause.About(ctx, time.Second) {
			return
		}
		sweeping, cancel := context.WithTimeout(ctx, sweepTime)
		done, err := q.Sweep(sweeping)
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
