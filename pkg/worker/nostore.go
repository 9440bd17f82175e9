package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smalti/pkg/photo"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// notBegun is the error of an attempt that could not begin to deliver. When the store cannot even be
// pinged, the job has no part in it, and the attempt must not count: a store that is away for a
// minute would use up the attempts of every waiting job. So it is with uploads that cannot be read. What
// breaks later counts, since it may be the delivery itself that breaks the store.
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
	defer w.status.waitFor("")
	for ctx.Err() == nil {
		w.pulse.beat()
		err := w.pingStore(ctx)
		if ctx.Err() != nil {
			return
		}
		w.Outages.Store(err)
		if err == nil {
			return
		}
		w.status.waitFor("the store")
		backoff = pause(ctx, backoff)
	}
}

// storeCheckEvery is how often a worker asks whether its store is still the one of its queue.
const storeCheckEvery = 15 * time.Second

// awaitRightStore returns when the store belongs to the queue, or ctx ends. What a worker delivered to
// another store nobody would find. Whoever asks tells of it.
func (w *Worker) awaitRightStore(ctx context.Context) {
	if w.CheckStore == nil {
		return
	}
	var backoff time.Duration
	defer w.status.waitFor("")
	for ctx.Err() == nil && within(ctx, callTime, w.CheckStore) != nil {
		w.pulse.beat()
		w.status.waitFor("the right store")
		backoff = pause(ctx, backoff)
	}
}

// pingStore takes a store that has no session left for one that is there.
func (w *Worker) pingStore(ctx context.Context) error {
	err := within(ctx, callTime, w.Store.Ping)
	if errors.Is(err, store.ErrBusy) {
		return nil
	}
	return err
}

const (
	unreadDelay = 30 * time.Second // how long a job is put aside whose uploads the store did not give out
	unreadMost  = 24 * time.Hour   // from then on attempts count, and the job ends
	unreadJobs  = 1_000            // that are remembered
)

// unread reports whether an attempt failed because the store did not give out uploads, or had no session
// left, and may be made again at no cost. Uploads that are lost do not come back: that counts.
func (w *Worker) unread(l *queue.Lease, err error) bool {
	if errors.Is(err, store.ErrLost) || !errors.Is(err, photo.ErrStore) && !errors.Is(err, store.ErrBusy) {
		return false
	}
	first, known := w.unreadSince[l.Package.ID]
	if !known {
		if len(w.unreadSince) >= unreadJobs || w.unreadSince == nil {
			w.unreadSince = make(map[string]time.Time)
		}
		first = time.Now()
		w.unreadSince[l.Package.ID] = first
	}
	return time.Since(first) < unreadMost
}
