package worker

import (
	"context"
	"fmt"
	"time"
)

// notBegun is the error of an attempt that could not begin to deliver. When the store cannot even be
// pinged, the job has no part in it, and the attempt must not count: a store that is away for a
// minute would use up the attempts of every waiting job. What breaks later counts, since it may be
// the delivery itself that breaks the store.
func (w *Worker) notBegun(ctx context.Context, err error) error {
	if ctx.Err() == nil && w.pingStore(ctx) != nil {
		return fmt.Errorf("%w: %w", errNoStore, err)
	}
	return err
}

// awaitStore returns when the store can be used, or ctx ends. Until then, each job that is taken would
// only be handed back.
func (w *Worker) awaitStore(ctx context.Context) {
	var backoff time.Duration
	defer w.waitFor("")
	for ctx.Err() == nil {
		w.pulse.beat()
		err := w.pingStore(ctx)
		if ctx.Err() != nil {
			return
		}
		w.Troubles.Store(err)
		if err == nil {
			return
		}
		w.waitFor("the store")
		backoff = pause(ctx, backoff)
	}
}

func (w *Worker) pingStore(ctx context.Context) error { return within(ctx, callTime, w.Store.Ping) }
