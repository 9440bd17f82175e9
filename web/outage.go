package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/trouble"
	"smalti/pkg/worker"
)

// outages is a queue that remembers when it was last away. For a while after that, "unknown" does
// not mean that there is no such mosaic: another web server may have accepted it meanwhile, into its
// own journal, and be about to put it on the queue.
type outages struct {
	jobs
	sweeper  worker.Sweeper
	troubles *trouble.Watch
	started  time.Time    // what an earlier process saw, nobody knows
	last     atomic.Int64 // UnixNano
}

func watchOutages(q interface {
	jobs
	worker.Sweeper
}, troubles *trouble.Watch) *outages {
	return &outages{jobs: q, sweeper: q, troubles: troubles, started: time.Now()}
}

// afterOutage is what the reconcilers of other web servers get: several of their rounds.
const afterOutage = 3 * reconcileEvery

// recent reports whether another web server may know more than the queue.
func (o *outages) recent() bool { return time.Since(time.Unix(0, o.last.Load())) < afterOutage }

// since reports whether the queue may have been away at some time after t.
func (o *outages) since(t time.Time) bool { return o.started.After(t) || o.saw(t) }

// saw reports whether this process knows that the queue was away after t.
func (o *outages) saw(t time.Time) bool { return time.Unix(0, o.last.Load()).After(t) }

func (o *outages) note(err error) {
	if errors.Is(err, queue.ErrUnavailable) {
		o.last.Store(time.Now().UnixNano())
	}
}

func (o *outages) Put(ctx context.Context, p *job.Package) (bool, error) {
	created, err := o.jobs.Put(ctx, p)
	o.note(err)
	return created, err
}

func (o *outages) Status(ctx context.Context, id string) (job.Status, error) {
	s, err := o.jobs.Status(ctx, id)
	o.note(err)
	return s, err
}

// Sweep is asked every second, so that an outage is noticed when nobody asks for anything else.
func (o *outages) Sweep(ctx context.Context) (queue.Swept, error) {
	s, err := o.sweeper.Sweep(ctx)
	o.note(err)
	if ctx.Err() == nil || err == nil {
		o.troubles.Redis(err)
	}
	return s, err
}
