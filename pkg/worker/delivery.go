package worker

import (
	"context"
	"errors"
	"io"

	"smalti/pkg/counting"
	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/render"
)

// observedDelivery counts what is written, and takes it for progress.
type observedDelivery struct {
	render.Delivery
	pulse    *pulse
	observer Observer
	renew    func(ctx context.Context) error // the lease
}

func (d observedDelivery) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	written := func(n int) {
		d.observer.Delivered(int64(n))
		if n > 0 {
			d.pulse.beat()
		}
	}
	return d.Delivery.Put(ctx, name, func(w io.Writer) error { return write(&counting.Writer{Writer: w, Written: written}) })
}

// Commit makes sure that the job is still this worker's, and was not deleted: otherwise the mosaic must not
// appear. If the queue cannot say, it appears, and the web servers remove it should it have been deleted.
func (d observedDelivery) Commit(ctx context.Context, result job.Result) error {
	d.pulse.beat()
	if err := d.renew(ctx); errors.Is(err, queue.ErrLeaseLost) {
		return err
	}
	return d.Delivery.Commit(ctx, result)
}
