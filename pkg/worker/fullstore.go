package worker

import (
	"context"
	"errors"
	"time"

	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// A full store is no fault of the job that found it full, and to try it at once again would only cost
// its photos and pixels once more. The job is put aside, and its attempt does not count; smaller ones
// may fit meanwhile. This worker waits a little longer each time, so that what is rendered in vain
// stays little, until a mosaic has been delivered again.
const (
	fullDelay    = 30 * time.Second // how long a job is put aside
	longestFull  = time.Minute      // how long a worker waits
	fullPatience = 24 * time.Hour   // since the request; from then on attempts count, and the job ends
)

// noRoom reports whether an attempt failed for a full store, and may be made again at no cost.
func noRoom(l *queue.Lease, err error) bool {
	return errors.Is(err, store.ErrFull) && time.Since(l.Package.Created) < fullPatience
}

// awaitRoom returns when it is worth while to deliver something again, or ctx ends.
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
		select {
		case <-ctx.Done():
		case <-time.After(min(time.Until(until), maxBackoff)):
		}
	}
}
