package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
)

// Renew keeps a lease for another Config.Lease, and tells everybody how far the job is. It should be
// called at least three times as often as leases run out. The error is [ErrLeaseLost] when the job is no
// longer this worker's: it should stop at once.
func (q *Queue) Renew(ctx context.Context, l *Lease, p job.Progress) error {
	return q.held("renewing", l, q.onJob(ctx, renewScript, l.Package.ID, l.Token, q.cfg.Lease.Milliseconds(),
		string(p.Phase), p.Done, p.Total))
}

// Finish makes a job done, once its files are delivered. [ErrLeaseLost] means that nothing was changed.
func (q *Queue) Finish(ctx context.Context, l *Lease, r job.Result) error {
	s := l.ended(job.Done)
	s.Result = &r
	return q.conclude(ctx, "finishing", l, s)
}

// Fail makes a job failed for good: another attempt would fail the same. [ErrLeaseLost] means that
// nothing was changed.
func (q *Queue) Fail(ctx context.Context, l *Lease, f job.Failure) error {
	s := l.ended(job.Failed)
	s.Failure = &f
	return q.conclude(ctx, "failing", l, s)
}

// Retry ends an attempt that failed for a reason that may pass. The job is tried again after a delay
// that grows, and fails with f, onto the dead list, if this was its last attempt. [ErrLeaseLost] means
// that nothing was changed.
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

// GiveBack returns a job unfinished: it is the next one to be taken, and the attempt is not counted.
// [ErrLeaseLost] means that nothing was changed.
func (q *Queue) GiveBack(ctx context.Context, l *Lease) error {
	return q.held("giving back", l, q.onJob(ctx, givebackScript, l.Package.ID, l.Token))
}

// Decline leaves a job to other workers, because this one is not large enough for it: it can be taken
// again after delay, and the attempt is not counted. [ErrLeaseLost] means that nothing was changed.
func (q *Queue) Decline(ctx context.Context, l *Lease, delay time.Duration) error {
	return q.held("passing on", l, q.onJob(ctx, declineScript, l.Package.ID, l.Token, delay.Milliseconds()))
}

// ended is what the completion key will hold. Its time is this machine's, since it is for people;
// nothing is decided by it.
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

func (q *Queue) held(doing string, l *Lease, answer *redis.Cmd) error {
	ok, err := answer.Bool()
	if err != nil {
		return unavailable(doing+" "+l.Package.ID, err)
	}
	if !ok {
		return fmt.Errorf("%s %s: %w", doing, l.Package.ID, ErrLeaseLost)
	}
	return nil
}
