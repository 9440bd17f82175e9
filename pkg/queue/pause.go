package queue

import (
	"context"
	"time"
)

// Pause keeps all workers from taking jobs until [Queue.Resume]. What they render already goes on,
// and jobs can still be put. It holds for those that call Sweep, from their next sweep on.
func (q *Queue) Pause(ctx context.Context) error {
	return unavailable("pausing", q.cmd.Set(ctx, keyPaused, time.Now().UTC().Format(time.RFC3339), 0).Err())
}

// Resume ends a pause.
func (q *Queue) Resume(ctx context.Context) error {
	return unavailable("resuming", q.cmd.Del(ctx, keyPaused).Err())
}

// rest waits as long as a pop without a job would.
func rest(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(popTimeout):
	}
}
