package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"smalti/pkg/job"
)

// Ops is the queue for those who run it: how it is doing, whether Redis is set up well, what failed for
// good, and which stores belong to it. It shares the connections of its [Queue], and is safe for
// concurrent use.
type Ops struct{ q *Queue }

// Ops returns the operations of the queue.
func (q *Queue) Ops() Ops { return Ops{q} }

// Pause keeps all workers from taking jobs until [Ops.Resume]. Running jobs go on, and jobs can still be
// put. Each worker notices within about a second, by its heartbeat.
func (o Ops) Pause(ctx context.Context) error {
	return unavailable("pausing", o.q.cmd.Set(ctx, keyPaused, time.Now().UTC().Format(time.RFC3339), 0).Err())
}

// Resume ends a pause.
func (o Ops) Resume(ctx context.Context) error {
	return unavailable("resuming", o.q.cmd.Del(ctx, keyPaused).Err())
}

// Failures returns how the last jobs that failed ended, the newest first, at most 50.
func (o Ops) Failures(ctx context.Context) ([]job.Status, error) {
	outcomes, err := o.q.cmd.LRange(ctx, keyFailures, 0, -1).Result()
	if err != nil {
		return nil, unavailable("reading the failures", err)
	}
	all := make([]job.Status, len(outcomes))
	for i, o := range outcomes {
		if err := json.Unmarshal([]byte(o), &all[i]); err != nil {
			return nil, fmt.Errorf("reading the failures: %w", err)
		}
	}
	return all, nil
}

// ClaimScrub reports whether the process of this name is the one to scrub the store for the given time:
// nobody else has claimed it, or its own claim is renewed.
func (o Ops) ClaimScrub(ctx context.Context, name string, period time.Duration) (bool, error) {
	mine, err := scrubScript.Run(ctx, o.q.cmd, []string{keyScrubber}, name, period.Milliseconds()).Bool()
	return mine, unavailable("claiming the scrub", err)
}
