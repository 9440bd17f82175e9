package main

import (
	"context"

	"smalti/pkg/job"
	"smalti/pkg/outage"
	"smalti/pkg/queue"
	"smalti/web/internal/status"
)

// watchedQueue is a queue whose outages are noted.
type watchedQueue struct {
	*queue.Queue
	monitor  *outage.Monitor
	recorded *status.Outages
}

func (w *watchedQueue) Put(ctx context.Context, p *job.Package) (bool, error) {
	created, err := w.Queue.Put(ctx, p)
	w.recorded.Note(err)
	return created, err
}

func (w *watchedQueue) Status(ctx context.Context, id string) (job.Status, error) {
	s, err := w.Queue.Status(ctx, id)
	w.recorded.Note(err)
	return s, err
}

// SweepDue is called every second, so that an outage is noticed while there are no requests.
func (w *watchedQueue) SweepDue(ctx context.Context) (queue.Swept, error) {
	s, err := w.Queue.SweepDue(ctx)
	w.recorded.Note(err)
	if ctx.Err() == nil || err == nil {
		w.monitor.Redis(err)
	}
	return s, err
}
