package main

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
)

// uploadsNeeded reports whether a mosaic's job may still need the photos that were given for it at a
// time. A job that nobody knows here may be in the journal of a web server that is away: it is believed
// to be open for as long as mosaics are kept.
func uploadsNeeded(ctx context.Context, jobs interface {
	Status(ctx context.Context, id string) (job.Status, error)
}, j *journal.Journal, keep time.Duration, id string, since time.Time) (bool, error) {
	if _, err := j.Package(id); !errors.Is(err, fs.ErrNotExist) {
		return true, nil // also one that cannot be read just now
	}
	status, err := jobs.Status(ctx, id)
	switch {
	case errors.Is(err, queue.ErrDeleted):
		return false, nil
	case errors.Is(err, queue.ErrUnknown):
		return time.Since(since) < keep, nil
	case err != nil:
		return true, err
	}
	return !status.State.Final(), nil
}

// extendEvery is how often the room is held anew that photos of open jobs take.
const extendEvery = 12 * time.Hour

// heldRoom holds the room of uploads as long as the job is open that needs them. It is for one goroutine.
type heldRoom struct {
	journal *journal.Journal
	extend  func(ctx context.Context, batch string)
	next    map[string]time.Time // by job
}

// keep is told of all jobs that are open here.
func (h *heldRoom) keep(ctx context.Context, ids []string) {
	now, next := time.Now(), make(map[string]time.Time, len(ids))
	for _, id := range ids {
		due := h.next[id]
		if !now.Before(due) {
			p, err := h.journal.Package(id)
			if err != nil || ctx.Err() != nil {
				continue
			}
			batches := p.Uploads()
			for _, batch := range batches {
				h.extend(ctx, batch)
			}
			if due = now.Add(extendEvery); len(batches) == 0 {
				due = now.Add(1000 * extendEvery)
			}
		}
		next[id] = due
	}
	h.next = next
}
