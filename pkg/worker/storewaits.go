package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smalti/pkg/gather"
	"smalti/pkg/pause"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// notBegun is the error of an attempt that could not begin to deliver, or could not read uploads. If the
// store does not answer a ping either, the attempt must not count: otherwise a store that is unavailable for
// a minute would use up the attempts of every waiting job. Later errors count, because it may be the
// delivery itself that breaks the store.
func (w *Worker) notBegun(ctx context.Context, err error) error {
	if ctx.Err() == nil && w.pingStore(ctx) != nil {
		return fmt.Errorf("%w: %w", errNoStore, err)
	}
	return err
}

// awaitStore returns when the store can be used, or ctx ends. Until then every job would only be handed
// back.
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
		backoff = backOff(ctx, backoff)
	}
}

// storeCheckEvery is how often a worker checks whether its store is still the one of its queue.
const storeCheckEvery = 15 * time.Second

// awaitRightStore returns when the store belongs to the queue, or ctx ends: nobody would find a mosaic in
// another store. CheckStore reports it.
func (w *Worker) awaitRightStore(ctx context.Context) {
	if w.CheckStore == nil {
		return
	}
	var backoff time.Duration
	defer w.status.waitFor("")
	for ctx.Err() == nil && within(ctx, callTime, w.CheckStore) != nil {
		w.pulse.beat()
		w.status.waitFor("the right store")
		backoff = backOff(ctx, backoff)
	}
}

// pingStore treats a store that has no free session as available.
func (w *Worker) pingStore(ctx context.Context) error {
	err := within(ctx, callTime, w.Store.Ping)
	if errors.Is(err, store.ErrBusy) {
		return nil
	}
	return err
}

const (
	unreadDelay = 30 * time.Second // how long a job waits whose uploads the store did not return
	unreadMost  = 24 * time.Hour   // from then on attempts count
	unreadJobs  = 1_000            // that are remembered
)

// unread reports whether an attempt does not count because the store did not return uploads, or had no free
// session. Lost uploads do not come back, so that they count.
func (w *Worker) unread(l *queue.Lease, err error) bool {
	if errors.Is(err, store.ErrLost) || !errors.Is(err, gather.ErrStore) && !errors.Is(err, store.ErrBusy) {
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

// A full store is not the fault of the job that finds it full, and trying again at once would only cost its
// downloads and rendering once more. The job waits, and its attempt does not count; smaller ones may fit
// meanwhile. The worker waits longer each time, so that it renders little in vain, until it has delivered
// a mosaic again.
const (
	fullDelay    = 30 * time.Second // how long a job waits
	longestFull  = time.Minute      // how long a worker waits
	fullPatience = 24 * time.Hour   // since the request; from then on attempts count
)

// noRoom reports whether an attempt does not count because the store is full.
func noRoom(l *queue.Lease, err error) bool {
	return errors.Is(err, store.ErrFull) && time.Since(l.Package.Created) < fullPatience
}

// awaitRoom returns when it is worth trying to deliver again, or ctx ends.
func (w *Worker) awaitRoom(ctx context.Context) {
	if w.full == nil {
		w.fullWait = 0
		return
	}
	w.full = nil
	w.fullWait = min(max(2*w.fullWait, time.Second), longestFull)
	w.status.waitFor("room in the store")
	defer w.status.waitFor("")
	for until := time.Now().Add(w.fullWait); ctx.Err() == nil && time.Now().Before(until); {
		w.pulse.beat()
		pause.For(ctx, min(time.Until(until), maxBackoff))
	}
}
