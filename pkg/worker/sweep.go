package worker

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"smalti/pkg/queue"
)

// Sweeper gives back what crashed workers held.
type Sweeper interface {
	Sweep(ctx context.Context) (queue.Swept, error)
}

// sweepTime is enough for the backlog after a crash of everything, of which nobody sweeps all at once.
const sweepTime = 10 * time.Second

// Sweep sweeps about once a second until ctx ends. Every worker and every web server does: the
// sweep is one atomic script, so no leader is needed, and whoever is left alive does it. Seen is told
// what was done, when something was.
func Sweep(ctx context.Context, q Sweeper, seen func(queue.Swept), log *slog.Logger) {
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(750*time.Millisecond + rand.N(500*time.Millisecond)):
		}
		var swept queue.Swept
		err := within(ctx, sweepTime, func(ctx context.Context) (err error) {
			swept, err = q.Sweep(ctx)
			return err
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			log.Error("sweeping", "error", err)
		}
		failing = err != nil
		if swept.Any() {
			seen(swept)
			log.Info("swept", "swept", swept)
		}
	}
}
