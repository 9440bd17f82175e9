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

// passDelay is how long a job that is too large for this worker waits for one that it fits.
const passDelay = 2 * time.Second

// tooLarge handles a job that would take more memory than this worker has. One that is larger, and
// lives, will take it: the attempt does not count. Where there is none, the job fails, and says why.
func (w *Worker) tooLarge(ctx context.Context, l *queue.Lease) bool {
	need := render.Memory(l.Package)
	if w.Memory == 0 || need <= w.Memory {
		return false
	}
	log := w.Log.With("worker", w.Name, "job", l.Package.ID, "needs", need, "memory", w.Memory)
	ctx = context.WithoutCancel(ctx)
	var told error
	if w.someoneHas(ctx, need) {
		log.Info("job left to a larger worker")
		told = w.tell(ctx, func(ctx context.Context) error { return w.Queue.Decline(ctx, l, passDelay) })
	} else {
		w.failed(job.TooLarge)
		log.Warn("job too large for every worker")
		told = w.tell(ctx, func(ctx context.Context) error { return w.Queue.Fail(ctx, l, TooLarge(need)) })
		w.deleteUploads(ctx, l.Package, log)
	}
	if told != nil {
		log.Error("telling the queue how the job ended", "error", told)
	}
	return true
}

// TooLarge is the failure of a job that needs more memory than any worker has.
func TooLarge(need int64) job.Failure {
	return job.Fail(job.TooLarge, message.New("failure.too_large"), fmt.Sprintf("it takes about %d MB", need>>20))
}

func (w *Worker) someoneHas(ctx context.Context, need int64) bool {
	var beats []queue.Beat
	err := within(ctx, callTime, func(ctx context.Context) (err error) {
		beats, err = w.Queue.Beats(ctx)
		return err
	})
	if err != nil {
		return true // perhaps: the job comes back
	}
	for _, b := range beats {
		if !b.Draining && b.Worker != w.Name && (b.Memory == 0 || b.Memory >= need) {
			return true
		}
	}
	return false
}
