package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
)

// oneJob is a queue that knows one status.
type oneJob struct {
	jobs
	status job.Status
}

func (o oneJob) Status(context.Context, string) (job.Status, error) { return o.status, nil }

// delivered is a store that may have the mosaic.
type delivered struct {
	files
	yes bool
}

func (d delivered) Manifest(_ context.Context, id string) (*store.Manifest, error) {
	if !d.yes {
		return nil, store.ErrNotFound
	}
	return &store.Manifest{ID: id, Created: time.Now()}, nil
}

// Between a delivery and the news of it, the worker may die, and Redis be away. A web server then
// tells of the mosaic from the store; when Redis is back, it must not take that back.
func TestWhatIsDeliveredIsDone(t *testing.T) {
	for name, tc := range map[string]struct {
		status    job.Status
		delivered bool
		want      job.State
	}{
		"rendering":                        {job.Status{State: job.Rendering, Attempt: 1}, false, job.Rendering},
		"rendering, delivered":             {job.Status{State: job.Rendering, Attempt: 1}, true, job.Done},
		"waiting again":                    {job.Status{State: job.Queued, Attempt: 1}, false, job.Queued},
		"waiting again, delivered":         {job.Status{State: job.Queued, Attempt: 1}, true, job.Done},
		"given up":                         {job.Status{State: job.Failed, Failure: &job.Failure{Code: job.TooManyTry}}, false, job.Failed},
		"given up, delivered":              {job.Status{State: job.Failed, Failure: &job.Failure{Code: job.TooManyTry}}, true, job.Done},
		"never tried: the store is spared": {job.Status{State: job.Queued}, true, job.Queued},
	} {
		t.Run(name, func(t *testing.T) {
			o := oneJob{status: tc.status}
			o.status.ID = job.NewID()
			s := &server{queue: o, store: delivered{yes: tc.delivered}, log: slog.New(slog.DiscardHandler)}
			got, err := s.status(t.Context(), o.status.ID)
			if err != nil || got.State != tc.want {
				t.Errorf("%s, %v; want %s", got.State, err, tc.want)
			}
			if got.State == job.Queued && got.Attempt != 0 {
				t.Errorf("attempt %d, and nobody has it", got.Attempt)
			}
		})
	}
}
