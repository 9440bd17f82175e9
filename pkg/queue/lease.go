package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
)

// Renew extends a lease by Config.Lease, and publishes the job's progress. Call it at least three times
// in that time. After [ErrLeaseLost], the worker should stop at once.
func (q *Queue) Renew(ctx context.Context, l *Lease, p job.Progress) error {
	return q.held("renewing", l, q.onJob(ctx, renewScript, l.Package.ID, l.Token, q.cfg.Lease.Milliseconds(),
		string(p.Phase), p.Done, p.Total))
}

// Look publishes what of a mosaic can be seen already, until the attempt ends. The error may be [ErrLeaseLost].
func (q *Queue) Look(ctx context.Context, l *Lease, r job.Result) error {
	seen, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("showing %s: %w", l.Package.ID, err)
	}
	return q.held("showing", l, q.onJob(ctx, lookScript, l.Package.ID, l.Token, seen))
}

// Finish makes a job done; its files must have been delivered. The error may be [ErrLeaseLost].
func (q *Queue) Finish(ctx context.Context, l *Lease, r job.Result) error {
	s := l.ended(job.Done)
	s.Result = &r
	return q.conclude(ctx, "finishing", l, s)
}

// Fail makes a job failed for good: another attempt would fail the same way. The error may be
// [ErrLeaseLost].
func (q *Queue) Fail(ctx context.Context, l *Lease, f job.Failure) error {
	s := l.ended(job.Failed)
	s.Failure = &f
	return q.conclude(ctx, "failing", l, s)
}

// Retry ends an attempt that failed for a reason that may pass. The job is tried again after a growing
// delay; after its last attempt it fails with f and goes onto the dead list. The error may be
// [ErrLeaseLost].
func (q *Queue) Retry(ctx context.Context, l *Lease, f job.Failure) error {
	s := l.ended(job.Failed)
	s.Failure = &f
	outcome, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("retrying %s: %w", s.ID, err)
	}
	dead, err := json.Marshal(Dead{
		ID: s.ID, Code: f.Code, Reason: f.Text, Detail: f.Detail, At: s.Finished, Attempts: l.Attempt,
	})
	if err != nil {
		return fmt.Errorf("retrying %s: %w", s.ID, err)
	}
	return q.held("retrying", l, q.onJob(ctx, retryScript, s.ID, l.Token, q.cfg.MaxAttempts,
		q.cfg.RetryDelay.Milliseconds(), outcome, l.Package.Lifetime(q.cfg.Retention).Milliseconds(), dead))
}

// GiveBack returns a job unfinished: it is the next one to be taken, and the attempt does not count. The
// error may be [ErrLeaseLost].
func (q *Queue) GiveBack(ctx context.Context, l *Lease) error {
	return q.held("giving back", l, q.onJob(ctx, givebackScript, l.Package.ID, l.Token))
}

// Decline leaves a job to other workers, because this one cannot do it now: it can be taken again after
// delay, and the attempt does not count. The error may be [ErrLeaseLost].
func (q *Queue) Decline(ctx context.Context, l *Lease, delay time.Duration) error {
	return q.held("declining", l, q.onJob(ctx, declineScript, l.Package.ID, l.Token, delay.Milliseconds()))
}

// ended is the status for the completion key. Its times are by this machine's clock: they are for people,
// and decide nothing.
func (l *Lease) ended(state job.State) job.Status {
	s := job.Status{
		ID: l.Package.ID, State: state, Attempt: l.Attempt,
		Created: l.Package.Created, Finished: time.Now().UTC(), Owner: l.Package.Owner,
	}
	if l.Package.Keep > 0 {
		s.Expires = s.Finished.Add(l.Package.Lifetime(0))
	}
	return s
}

func (q *Queue) conclude(ctx context.Context, doing string, l *Lease, s job.Status) error {
	outcome, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("%s %s: %w", doing, s.ID, err)
	}
	return q.held(doing, l, q.onJob(ctx, finishScript, s.ID, l.Token, string(s.State), outcome,
		l.Package.Lifetime(q.cfg.Retention).Milliseconds()))
}

func (q *Queue) held(doing string, l *Lease, reply *redis.Cmd) error {
	ok, err := reply.Bool()
	if err != nil {
		return unavailable(doing+" "+l.Package.ID, err)
	}
	if !ok {
		return fmt.Errorf("%s %s: %w", doing, l.Package.ID, ErrLeaseLost)
	}
	return nil
}
