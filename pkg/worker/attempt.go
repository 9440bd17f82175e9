package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/photo"
	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
)

// Why an attempt is cut short, besides its own errors.
var (
	errDraining = errors.New("the worker is stopping")
	errTooLong  = errors.New("the job's time is over")
	errNoStore  = errors.New("the store is away")
)

const (
	tellTime     = 30 * time.Second // for the news of how an attempt ended
	handbackTime = 3 * time.Second  // the same of a worker that is being stopped

	callTime = 4 * time.Second // a single call of what is repeated anyway
)

// work takes one job to its end, or to the next attempt; it returns how that went.
func (w *Worker) work(ctx context.Context, l *queue.Lease) (outcome string) {
	log := w.Log.With("worker", w.Name, "job", l.Package.ID, "attempt", l.Attempt)
	log.Info("job started", "friends", len(l.Package.Friends))
	start := time.Now()
	w.began(l)
	w.pulse.working(true)
	defer w.pulse.working(false)

	// The attempt does not end with ctx, but DrainTimeout after it.
	attempt, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	stopDrain := context.AfterFunc(ctx, func() {
		w.status.drain()
		time.AfterFunc(w.DrainTimeout, func() { cancel(errDraining) })
	})
	defer stopDrain()
	clock := startClock(w, func() { cancel(errTooLong) })
	defer clock.stop()

	var progress latest
	var renewing sync.WaitGroup
	renewCtx, stopRenewing := context.WithCancel(attempt)
	renewing.Go(func() { w.renew(renewCtx, l, &progress, cancel) })
	watch := &stopwatch{worker: w}
	result, abandon, err := w.render(store.WithWaits(attempt, clock), l, func(p job.Progress) {
		w.pulse.beat()
		watch.in(p.Phase)
		progress.set(p)
	})
	watch.in("")
	stopRenewing()
	renewing.Wait()

	if cause := context.Cause(attempt); err != nil && cause != nil {
		err = cause // whatever broke, broke because of it
	}
	ctx = context.WithoutCancel(ctx)
	outcome = w.conclude(ctx, l, result, err, log.With("took", time.Since(start).Round(time.Millisecond)))
	abandon(ctx) // last: the queue, and whoever takes over, need not wait for the store
	return outcome
}

// render finds the mosaic delivered by an earlier attempt, or makes it. abandon, never nil, removes
// what a failed attempt put into the store.
func (w *Worker) render(ctx context.Context, l *queue.Lease, progress func(job.Progress)) (result job.Result, abandon func(context.Context), err error) {
	abandon = func(context.Context) {}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	d, err := w.Store.Deliver(ctx, l.Package.ID, l.Token)
	if errors.Is(err, store.ErrDelivered) {
		m, err := w.Store.Manifest(ctx, l.Package.ID)
		if err != nil {
			return result, abandon, w.notBegun(ctx, fmt.Errorf("reading the manifest of an earlier attempt: %w", err))
		}
		return m.Result, abandon, nil
	}
	if err != nil {
		return result, abandon, w.notBegun(ctx, fmt.Errorf("beginning the delivery: %w", err))
	}
	abandon = d.Abort
	mine := func(ctx context.Context) error {
		return within(ctx, callTime, func(ctx context.Context) error {
			return w.Queue.Renew(ctx, l, job.Progress{Phase: job.Delivering, Done: 1, Total: 1})
		})
	}
	result, err = render.Render(ctx, l.Package, w.Photos, watched{d, &w.pulse, w.Observer, mine}, progress)
	switch {
	case err == nil:
		abandon = func(context.Context) {}
	case errors.Is(err, photo.ErrStore):
		err = w.notBegun(ctx, err)
	}
	return result, abandon, err
}

// renew keeps the lease, with the job's progress, until ctx ends. Losing it ends the attempt.
func (w *Worker) renew(ctx context.Context, l *queue.Lease, progress *latest, lost context.CancelCauseFunc) {
	tick := time.NewTicker(min(time.Second, w.Lease/6))
	defer tick.Stop()
	var told job.Progress
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// A page is looking: progress is worth a round trip a second, standing still is not.
		now := progress.get()
		if now == told && time.Since(last) < w.Lease/3 {
			continue
		}
		err := within(ctx, callTime, func(ctx context.Context) error { return w.Queue.Renew(ctx, l, now) })
		if errors.Is(err, queue.ErrLeaseLost) {
			lost(err)
			return
		}
		if err == nil {
			told, last = now, time.Now()
		}
	}
}

// conclude judges how the attempt ended, and tells the queue.
func (w *Worker) conclude(ctx context.Context, l *queue.Lease, result job.Result, err error, log *slog.Logger) (outcome string) {
	outcome, f := w.judge(l, err)
	defer func() { w.ended(outcome, f.Code, result) }()
	var told error
	switch outcome {
	case outcomeDone:
		w.Outages.StoreRoom(nil)
		log.Info("job done", "friends", result.Friends, "missing", result.Missing, "files", len(result.Files))
		told = w.tell(ctx, func(ctx context.Context) error { return w.Queue.Finish(ctx, l, result) })
	case outcomeLost:
		log.Warn("job lost to another worker, or deleted")
		return outcome
	case outcomeReturned:
		told = w.handBack(ctx, l, err, log)
	case outcomeFailed:
		log.Warn("job failed", "code", f.Code, "error", err)
		told = w.tell(ctx, func(ctx context.Context) error { return w.Queue.Fail(ctx, l, f) })
	case outcomeRetried:
		log.Warn("attempt failed", "code", f.Code, "error", err)
		told = w.tell(ctx, func(ctx context.Context) error { return w.Queue.Retry(ctx, l, f) })
	}
	if told != nil {
		log.Error("telling the queue how the job ended", "error", told)
		return outcome
	}
	if outcome == outcomeDone {
		log.Info("job delivered") // and every page may know
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
		limit = tellTime
	case errors.Is(because, photo.ErrStore), errors.Is(because, store.ErrBusy):
		limit, back = tellTime, func(ctx context.Context) error { return w.Queue.Decline(ctx, l, unreadDelay) }
	case errors.Is(because, store.ErrFull):
		w.full = because
		w.Outages.StoreRoom(because)
		limit, back = tellTime, func(ctx context.Context) error { return w.Queue.Decline(ctx, l, fullDelay) }
	}
	return within(ctx, limit, func(ctx context.Context) error { return w.tell(ctx, back) })
}

// judge says what an attempt that ended with err comes to; the failure is that of a failed or
// retried one.
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

// deleteUploads removes the photos that people gave for a mosaic that needs them no more. What
// cannot be removed now is swept up by age.
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

// failureOf is what to tell if no attempt goes better than this one.
func failureOf(err error) job.Failure {
	if e, ok := errors.AsType[*render.Error](err); ok {
		return e.Failure
	}
	if errors.Is(err, errTooLong) {
		return job.Fail(job.TooLong, message.New("failure.too_long"), err.Error())
	}
	return job.Fail(job.Internal, message.New("failure.internal"), err.Error())
}

// tell repeats what the queue must know while it cannot be reached. Giving up is safe: the lease
// runs out, and the next attempt finds what this one delivered.
func (w *Worker) tell(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	var backoff time.Duration
	for {
		w.pulse.beat()
		err := f(ctx)
		if err == nil || errors.Is(err, queue.ErrLeaseLost) || ctx.Err() != nil {
			return err
		}
		backoff = pause(ctx, backoff)
	}
}

// within makes one call that may take only so long.
func within(ctx context.Context, limit time.Duration, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return call(ctx)
}

// latest holds the newest progress; older news is of no use to anybody.
type latest struct {
	mu sync.Mutex
	p  job.Progress
}

func (l *latest) set(p job.Progress) { l.mu.Lock(); l.p = p; l.mu.Unlock() }
func (l *latest) get() job.Progress  { l.mu.Lock(); defer l.mu.Unlock(); return l.p }
