package worker

import (
	"context"
	"fmt"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/queue"
	"smalti/pkg/render"
)

// declineDelay is how long a job that is too large for this worker waits for a larger one.
const declineDelay = 2 * time.Second

// tooLarge handles a job that takes more memory than this worker has: it is left to a live worker that has
// more, without counting the attempt, or fails if there is none.
func (w *Worker) tooLarge(ctx context.Context, l *queue.Lease) bool {
	need := render.Memory(l.Package)
	if w.Memory == 0 || need <= w.Memory {
		return false
	}
	log := w.Log.With("worker", w.Name, "job", l.Package.ID, "needs", need, "memory", w.Memory)
	ctx = context.WithoutCancel(ctx)
	var reported error
	if w.anyoneHas(ctx, need) {
		log.Info("job left to a larger worker")
		reported = w.report(ctx, func(ctx context.Context) error { return w.Queue.Decline(ctx, l, declineDelay) })
	} else {
		w.failed(job.TooLarge)
		log.Warn("job too large for every worker")
		reported = w.report(ctx, func(ctx context.Context) error { return w.Queue.Fail(ctx, l, TooLarge(need)) })
		w.deleteUploads(ctx, l.Package, log)
	}
	if reported != nil {
		log.Error("reporting the outcome of a job", "error", reported)
	}
	return true
}

// TooLarge is the failure of a job that needs more memory than any worker has.
func TooLarge(need int64) job.Failure {
	return job.Fail(job.TooLarge, message.New("failure.too_large"), fmt.Sprintf("it takes about %d MB", need>>20))
}

func (w *Worker) anyoneHas(ctx context.Context, need int64) bool {
	var beats []queue.Beat
	err := within(ctx, callTime, func(ctx context.Context) (err error) {
		beats, err = w.Queue.Beats(ctx)
		return err
	})
	if err != nil {
		return true // maybe; otherwise the job comes back
	}
	for _, b := range beats {
		if !b.Draining && b.Worker != w.Name && (b.Memory == 0 || b.Memory >= need) {
			return true
		}
	}
	return false
}
