package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"smalti/pkg/fleet"
	"smalti/pkg/job"
	"smalti/pkg/outage"
	"smalti/pkg/queue"
	"smalti/web/internal/upkeep"
)

// watchedQueue is a queue that remembers when it was last unavailable. For a while after that, "unknown"
// does not mean that there is no such mosaic: another web server may have accepted it meanwhile, into
// its own journal, and be about to put it on the queue.
type watchedQueue struct {
	jobs
	sweeper  fleet.Sweeper
	outages  *outage.Monitor
	started  time.Time    // outages before that are not known
	lastAway atomic.Int64 // UnixNano
}

func watchQueue(q interface {
	jobs
	fleet.Sweeper
}, outages *outage.Monitor) *watchedQueue {
	return &watchedQueue{jobs: q, sweeper: q, outages: outages, started: time.Now()}
}

// afterOutage gives the reconcilers of other web servers time for several rounds.
const afterOutage = 3 * upkeep.ReconcileEvery

// recentlyAway reports whether another web server may know more than the queue.
func (w *watchedQueue) recentlyAway() bool {
	return time.Since(time.Unix(0, w.lastAway.Load())) < afterOutage
}

// maybeAwaySince reports whether the queue may have been unavailable at some time after t.
func (w *watchedQueue) maybeAwaySince(t time.Time) bool { return w.started.After(t) || w.awaySince(t) }

// awaySince reports whether this process saw that the queue was unavailable after t.
func (w *watchedQueue) awaySince(t time.Time) bool { return time.Unix(0, w.lastAway.Load()).After(t) }

func (w *watchedQueue) note(err error) {
	if errors.Is(err, queue.ErrUnavailable) {
		w.lastAway.Store(time.Now().UnixNano())
	}
}

func (w *watchedQueue) Put(ctx context.Context, p *job.Package) (bool, error) {
	created, err := w.jobs.Put(ctx, p)
	w.note(err)
	return created, err
}

func (w *watchedQueue) Status(ctx context.Context, id string) (job.Status, error) {
	s, err := w.jobs.Status(ctx, id)
	w.note(err)
	return s, err
}

// Sweep is called every second, so that an outage is noticed when nobody asks for anything else.
func (w *watchedQueue) Sweep(ctx context.Context) (queue.Swept, error) {
	s, err := w.sweeper.Sweep(ctx)
	w.note(err)
	if ctx.Err() == nil || err == nil {
		w.outages.Redis(err)
	}
	return s, err
}
