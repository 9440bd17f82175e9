package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
)

// Causes for ending an attempt, besides its own errors.
var (
	errDraining = errors.New("the worker is stopping")
	errTooLong  = errors.New("the time of the attempt is over")
	errNoStore  = errors.New("the store is unavailable")
)

// callTime bounds a call that is repeated if it fails.
const callTime = 4 * time.Second

// work makes one attempt at a job, and returns its outcome.
func (w *Worker) work(ctx context.Context, l *queue.Lease) (outcome string) {
	log := w.Log.With("worker", w.Name, "job", l.Package.ID, "attempt", l.Attempt)
	log.Info("job started", "friends", len(l.Package.Friends))
	start := time.Now()
	w.began(l)
	w.pulse.working(true)
	defer w.pulse.working(false)
	defer w.share.begin()()

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
	result, abandon, err := w.render(store.WithWaits(attempt, clock), l, clock, func(p job.Progress) {
		w.pulse.beat()
		watch.in(p.Phase)
		progress.set(p)
	})
	watch.in("")
	stopRenewing()
	renewing.Wait()

	if cause := context.Cause(attempt); err != nil && cause != nil {
		err = cause // of whatever failed
	}
	ctx = context.WithoutCancel(ctx)
	outcome = w.conclude(ctx, l, result, err, log.With("took", time.Since(start).Round(time.Millisecond)))
	abandon(ctx) // last, so that the next worker need not wait for the store
	return outcome
}

// render makes the mosaic, unless an earlier attempt has delivered it. abandon, never nil, removes what a
// failed attempt put into the store.
func (w *Worker) render(ctx context.Context, l *queue.Lease, clock *clock, progress func(job.Progress)) (result job.Result, abandon func(context.Context), err error) {
	abandon = func(context.Context) {}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	release := func() {}
	if err := clock.during("memory", func() (err error) { release, err = w.share.reserve(ctx, render.Memory(l.Package)); return err }); err != nil {
		return result, abandon, err
	}
	defer release()
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
	log := w.Log.With("worker", w.Name, "job", l.Package.ID, "attempt", l.Attempt)
	result, err = w.make(ctx, l.Package, observedDelivery{d, w, l, log}, clock, progress)
	switch {
	case err == nil:
		abandon = func(context.Context) {}
	case errors.Is(err, gather.ErrStore):
		err = w.notBegun(ctx, err)
	}
	return result, abandon, err
}

// make gathers and delivers beside the other jobs of this process, and solves when none of them does.
func (w *Worker) make(ctx context.Context, p *job.Package, out render.Delivery, clock *clock, progress func(job.Progress)) (job.Result, error) {
	gathered, err := render.Gather(ctx, p, w.Photos, progress)
	if err != nil {
		return job.Result{}, err
	}
	var done func()
	if err := clock.during("the processors", func() (err error) { done, err = w.share.solve(ctx); return err }); err != nil {
		return job.Result{}, err
	}
	solved, err := func() (*render.Solved, error) {
		defer done() // even if it panics
		return gathered.Solve(ctx, progress)
	}()
	if err != nil {
		return job.Result{}, err
	}
	return solved.Deliver(ctx, out, progress)
}

// renew renews the lease, and sends the progress with it, until ctx ends. A lost lease ends the attempt.
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
		// A page may be showing the progress, which is worth a round trip a second; no progress is not.
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

// latest holds the newest progress.
type latest struct {
	mu sync.Mutex
	p  job.Progress
}

func (l *latest) set(p job.Progress) { l.mu.Lock(); l.p = p; l.mu.Unlock() }
func (l *latest) get() job.Progress  { l.mu.Lock(); defer l.mu.Unlock(); return l.p }
