package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
)

const (
	reportTime   = 30 * time.Second // for reporting how an attempt ended
	handbackTime = 3 * time.Second  // the same for a worker that is being stopped
)

// conclude decides what the outcome of an attempt is, and reports it to the queue.
func (w *Worker) conclude(ctx context.Context, l *queue.Lease, result job.Result, err error, log *slog.Logger) (outcome string) {
	outcome, f := w.judge(l, err)
	defer func() { w.ended(outcome, f.Code, result) }()
	var reported error
	switch outcome {
	case outcomeDone:
		w.Outages.StoreRoom(nil)
		log.Info("job done", "friends", result.Friends, "missing", result.Missing, "files", len(result.Files))
		reported = w.report(ctx, func(ctx context.Context) error { return w.Queue.Finish(ctx, l, result) })
	case outcomeLost:
		log.Warn("job lost to another worker, or deleted")
		return outcome
	case outcomeReturned:
		reported = w.handBack(ctx, l, err, log)
	case outcomeFailed:
		log.Warn("job failed", "code", f.Code, "error", err)
		reported = w.report(ctx, func(ctx context.Context) error { return w.Queue.Fail(ctx, l, f) })
	case outcomeRetried:
		log.Warn("attempt failed", "code", f.Code, "error", err)
		reported = w.report(ctx, func(ctx context.Context) error { return w.Queue.Retry(ctx, l, f) })
	}
	if reported != nil {
		log.Error("reporting the outcome of a job", "error", reported)
		return outcome
	}
	if outcome == outcomeDone {
		log.Info("job delivered") // from here on pages show it
	}
	if outcome == outcomeDone || outcome == outcomeFailed {
		w.deleteUploads(ctx, l.Package, log)
	}
	return outcome
}

// handBack returns a job whose attempt does not count.
func (w *Worker) handBack(ctx context.Context, l *queue.Lease, because error, log *slog.Logger) error {
	log.Info("job handed back", "because", because)
	limit, back := handbackTime, func(ctx context.Context) error { return w.Queue.GiveBack(ctx, l) }
	switch {
	case errors.Is(because, errNoStore):
		limit = reportTime
	case errors.Is(because, gather.ErrStore), errors.Is(because, store.ErrBusy):
		limit, back = reportTime, func(ctx context.Context) error { return w.Queue.Decline(ctx, l, unreadDelay) }
	case errors.Is(because, store.ErrFull):
		w.full = because
		w.Outages.StoreRoom(because)
		limit, back = reportTime, func(ctx context.Context) error { return w.Queue.Decline(ctx, l, fullDelay) }
	}
	return within(ctx, limit, func(ctx context.Context) error { return w.report(ctx, back) })
}

// judge returns the outcome of an attempt that ended with err, and the failure of a failed or retried one.
func (w *Worker) judge(l *queue.Lease, err error) (outcome string, f job.Failure) {
	broken, _ := errors.AsType[*render.Error](err)
	switch {
	case err == nil:
		return outcomeDone, f
	case errors.Is(err, queue.ErrLeaseLost):
		return outcomeLost, f
	case errors.Is(err, errDraining), errors.Is(err, errNoStore), noRoom(l, err), w.unread(l, err):
		return outcomeReturned, f
	case broken != nil && !broken.Passing:
		return outcomeFailed, broken.Failure
	}
	return outcomeRetried, failureOf(err)
}

// deleteUploads deletes the photos that were uploaded for a mosaic that has ended. What cannot be deleted
// now expires.
func (w *Worker) deleteUploads(ctx context.Context, p *job.Package, log *slog.Logger) {
	for _, batch := range p.Uploads() {
		if err := w.Store.DeleteUploads(ctx, batch); err != nil {
			log.Warn("deleting uploads", "batch", batch, "error", err)
			continue
		}
		if w.Released != nil {
			w.Released(ctx, batch)
		}
	}
}

// failureOf is the failure to report if no later attempt succeeds.
func failureOf(err error) job.Failure {
	if e, ok := errors.AsType[*render.Error](err); ok {
		return e.Failure
	}
	if errors.Is(err, errTooLong) {
		return job.Fail(job.TooLong, message.New("failure.too_long"), err.Error())
	}
	return job.Fail(job.Internal, message.New("failure.internal"), err.Error())
}

// report repeats a call to the queue while it is unavailable. Giving up is safe: the lease runs out, and
// the next attempt finds what this one delivered.
func (w *Worker) report(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, reportTime)
	defer cancel()
	var backoff time.Duration
	for {
		w.pulse.beat()
		err := f(ctx)
		if err == nil || errors.Is(err, queue.ErrLeaseLost) || ctx.Err() != nil {
			return err
		}
		backoff = backOff(ctx, backoff)
	}
}

// within makes a call with a time limit.
func within(ctx context.Context, limit time.Duration, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return call(ctx)
}
