package upkeep

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/pause"
	"smalti/pkg/queue"
)

// Uploads removes batches of photos that no job needs.
type Uploads struct {
	Store interface {
		DeleteUploads(ctx context.Context, batch string) error
	}
	Journal *journal.Journal
	Release func(ctx context.Context, batch string) // gives back the batch's quota
	Log     *slog.Logger
}

const (
	removeTimeout  = 5 * time.Second
	retryLeftovers = time.Minute
)

// Remove removes a batch, and reports whether it could. What is left is removed when it expires.
func (u *Uploads) Remove(ctx context.Context, batch string) bool {
	ctx, cancel := context.WithTimeout(ctx, removeTimeout)
	defer cancel()
	if err := u.Store.DeleteUploads(ctx, batch); err != nil {
		u.Log.Warn("deleting uploads", "batch", batch, "error", err)
		return false
	}
	u.Release(ctx, batch)
	return true
}

// Leftovers returns the batches of requests that an earlier process died over. It is to be called before
// any request is accepted.
func (u *Uploads) Leftovers() []string {
	left, err := u.Journal.Batches()
	if err != nil {
		u.Log.Error("listing interrupted uploads", "error", err)
	}
	return left
}

// RemoveLeftovers removes those batches that belong to no accepted mosaic. It returns when that is done or
// ctx ends.
func (u *Uploads) RemoveLeftovers(ctx context.Context, left []string) {
	for len(left) > 0 {
		if left = u.removeSome(ctx, left); len(left) == 0 || !pause.For(ctx, retryLeftovers) {
			return
		}
	}
}

// removeSome returns what is left. While a package cannot be read, nothing is removed: it may need them.
func (u *Uploads) removeSome(ctx context.Context, left []string) []string {
	needed, err := u.needed()
	if err != nil {
		u.Log.Warn("listing uploads in use", "error", err)
		return left
	}
	return slices.DeleteFunc(left, func(batch string) bool {
		if !slices.Contains(needed, batch) {
			if !u.Remove(ctx, batch) {
				return false
			}
			u.Log.Info("removed the uploads of an interrupted request", "batch", batch)
		}
		return u.Journal.EndBatch(batch) == nil
	})
}

// needed returns the batches of all open packages.
func (u *Uploads) needed() (all []string, err error) {
	ids, err := u.Journal.Open()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		p, err := u.Journal.Package(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has just ended
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p.Uploads()...)
	}
	return all, nil
}

// Needed reports whether the job of a mosaic may still need photos that were uploaded at a time. An unknown
// job may be in the journal of a web server that is down: it counts as open for as long as mosaics are kept.
func Needed(ctx context.Context, jobs interface {
	Status(ctx context.Context, id string) (job.Status, error)
}, j *journal.Journal, keep time.Duration, id string, since time.Time) (bool, error) {
	if _, err := j.Package(id); !errors.Is(err, fs.ErrNotExist) {
		return true, nil // also where it cannot be read now
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

// extendEvery is how often the quota for photos of open jobs is extended.
const extendEvery = 12 * time.Hour

// QuotaHolder keeps the quota for uploads reserved as long as a job needs them. It is for one goroutine.
type QuotaHolder struct {
	Journal *journal.Journal
	Extend  func(ctx context.Context, batch string)
	next    map[string]time.Time // by job
}

// hold is told of all jobs that are open here.
func (h *QuotaHolder) hold(ctx context.Context, ids []string) {
	now, next := time.Now(), make(map[string]time.Time, len(ids))
	for _, id := range ids {
		due := h.next[id]
		if !now.Before(due) {
			p, err := h.Journal.Package(id)
			if err != nil || ctx.Err() != nil {
				continue
			}
			batches := p.Uploads()
			for _, batch := range batches {
				h.Extend(ctx, batch)
			}
			if due = now.Add(extendEvery); len(batches) == 0 {
				due = now.Add(1000 * extendEvery)
			}
		}
		next[id] = due
	}
	h.next = next
}
