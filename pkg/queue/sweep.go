package queue

import (
	"context"
	"encoding/json"
	"time"

	"smalti/pkg/message"
)

const (
	// sweepLimit bounds one run of the script, during which Redis does nothing else.
	sweepLimit = 100

	// sweepRounds bounds one sweep: after a crash of everything there may be many jobs to put back.
	sweepRounds = 20

	// sweepEvery is the time between the sweeps of all processes together, unless a job's next check comes before. It is
	// a small part of the grace, during which they alone notice a job that was popped and never claimed.
	sweepEvery = 100 * time.Millisecond
)

// Swept counts what a sweep did, by cause.
type Swept struct {
	Unclaimed int // popped, but never claimed: put back
	Expired   int // the lease ran out: put back, or delayed
	Due       int // the delay is over: put back
	Dead      int // the lease of the last attempt ran out: failed, and onto the dead list
	Unread    int // no live worker read its version for too long: failed, and onto the dead list
	Rejoined  int // given back by the restarted worker that had it: not by a sweep, but by [Queue.Join]
	Rewritten int // all live workers read older versions only: rewritten for them
	Damaged   int // the record is unusable: failed, and onto the dead list
}

// Any reports whether there was anything to do.
func (s Swept) Any() bool { return s != Swept{} }

// givenUp is for the person whose job's workers all fell silent.
func (q *Queue) givenUp() string {
	return asJSON(message.New("failure.too_many_tries", "n", q.cfg.MaxAttempts))
}

// asJSON is a message as the scripts put it into a failure.
func asJSON(m message.Message) string {
	data, err := json.Marshal(m.Told())
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(data)
}

// Sweep takes the next step for jobs of workers that fell silent, and for delayed jobs that are due. It is one
// atomic script, needs no leader, and its cost does not depend on the number of waiting jobs. While Redis is away,
// leases do not run out.
func (q *Queue) Sweep(ctx context.Context) (Swept, error) { return q.sweep(ctx, 0) }

// SweepDue is Sweep, unless another process has just done it. Every process should call it about once a second, or
// each time that [Queue.AwaitSweep] says so.
func (q *Queue) SweepDue(ctx context.Context) (Swept, error) { return q.sweep(ctx, sweepEvery) }

// AwaitSweep waits until a heartbeat of this process has found that a sweep is due. Any process finds that as soon as a
// lease has run out. It returns false when ctx ends.
func (q *Queue) AwaitSweep(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-q.due:
		return true
	}
}

// sweep sweeps if the last sweep was so long ago.
func (q *Queue) sweep(ctx context.Context, every time.Duration) (Swept, error) {
	var total Swept
	for range sweepRounds {
		n, err := sweepScript.Run(ctx, q.cmd, []string{keyOpen}, sweepLimit, q.cfg.Grace.Milliseconds(),
			q.cfg.MaxAttempts, q.cfg.RetryDelay.Milliseconds(), q.cfg.Retention.Milliseconds(),
			time.Now().UTC().Format(time.RFC3339), q.givenUp(),
			asJSON(message.New("failure.waiting")),
			q.cfg.Unread.Milliseconds(), asJSON(message.New("failure.unread")), every.Milliseconds()).Int64Slice()
		if err != nil {
			return total, unavailable("sweeping", err)
		}
		total.Unclaimed += int(n[0])
		total.Expired += int(n[1])
		total.Due += int(n[2])
		total.Dead += int(n[3])
		total.Damaged += int(n[4])
		total.Unread += int(n[7])
		q.paused.Store(n[6] == 1)
		if n[8] == 1 {
			rewritten, err := q.rewrite(ctx)
			total.Rewritten += rewritten
			if err != nil {
				return total, err
			}
		}
		if n[5] == 0 {
			break
		}
		every = 0
	}
	return total, nil
}
