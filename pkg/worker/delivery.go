package worker

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"smalti/pkg/counting"
	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// observedDelivery counts what is written, and takes it for progress. The queue has its word before anything is seen.
type observedDelivery struct {
	store.Delivery
	worker *Worker
	lease  *queue.Lease
	log    *slog.Logger
}

func (d observedDelivery) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	written := func(n int) {
		d.worker.Observer.Delivered(int64(n))
		if n > 0 {
			d.worker.pulse.beat()
		}
	}
	return d.Delivery.Put(ctx, name, func(w io.Writer) error { return write(&counting.Writer{Writer: w, Written: written}) })
}

// Look shows the first look under the token of the attempt: no other has it, so that nobody sees files of two attempts
// together. If the queue is unavailable, people wait for the whole mosaic.
func (d observedDelivery) Look(ctx context.Context, result job.Result) (string, error) {
	d.worker.pulse.beat()
	if err := d.Show(ctx); err != nil {
		return "", err
	}
	result.Look, result.Owner, result.Keep = d.lease.Token, "", 0
	err := within(ctx, callTime, func(ctx context.Context) error { return d.worker.Queue.Look(ctx, d.lease, result) })
	switch {
	case errors.Is(err, queue.ErrLeaseLost):
		return "", err
	case err != nil:
		d.log.Warn("showing a first look", "error", err)
	default:
		d.log.Info("first look")
	}
	return result.Look, nil
}

// Commit makes sure that the job is still this worker's, and was not deleted: otherwise the mosaic must not
// appear. If the queue cannot say, it appears, and the web servers remove it should it have been deleted.
func (d observedDelivery) Commit(ctx context.Context, result job.Result) error {
	d.worker.pulse.beat()
	err := within(ctx, callTime, func(ctx context.Context) error {
		return d.worker.Queue.Renew(ctx, d.lease, job.Progress{Phase: job.Delivering, Done: 1, Total: 1})
	})
	if errors.Is(err, queue.ErrLeaseLost) {
		return err
	}
	return d.Delivery.Commit(ctx, result)
}
