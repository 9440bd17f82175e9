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
	"smalti/pkg/store"
)

// Uploads removes batches of photos that no job needs.
type Uploads struct {
	Store interface {
		store.UploadOpener
		DeleteUploads(ctx context.Context, batch string) error
	}
	Journal *journal.Journal
	Held    func(ctx context.Context, batch string) (bool, error) // whether quota is reserved for the batch
	Release func(ctx context.Context, batch string)               // gives that back
	Ahead   time.Duration                                         // how long photos without a mosaic are kept
	Log     *slog.Logger
}

const (
	removeTimeout = 5 * time.Second
	lookEvery     = time.Minute
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

// Run removes the batches that were sent ahead of a mosaic that nobody asked for, and those of requests that an
// earlier process died over, until ctx ends. It is to be called before any request is accepted.
func (u *Uploads) Run(ctx context.Context) {
	for start := time.Now(); ; {
		before := time.Now().Add(-u.Ahead)
		if before.Before(start) {
			before = start
		}
		left, err := u.Journal.Batches(before)
		if err != nil {
			u.Log.Error("listing batches of uploads", "error", err)
		}
		u.removeSome(ctx, left)
		if !pause.For(ctx, lookEvery) {
			return
		}
	}
}

// removeSome removes those batches that nobody needs. While a package cannot be read, nothing is removed: it may
// need them.
func (u *Uploads) removeSome(ctx context.Context, left []string) {
	if len(left) == 0 {
		return
	}
	needed, err := u.needed()
	if err != nil {
		u.Log.Warn("listing uploads in use", "error", err)
		return
	}
	for _, batch := range left {
		if !slices.Contains(needed, batch) {
			switch use, err := u.use(ctx, batch); {
			case err != nil:
				u.Log.Warn("looking at a batch of uploads", "batch", batch, "error", err)
				continue
			case use == mayBeUsed, use == unused && !u.Remove(ctx, batch):
				continue
			case use == unused:
				u.Log.Info("removed uploads that no mosaic needs", "batch", batch)
			}
		}
		if err := u.Journal.EndBatch(batch); err != nil {
			u.Log.Warn("forgetting a batch of uploads", "batch", batch, "error", err)
		}
	}
}

// What a batch is for.
type use int

const (
	unused    use = iota
	mayBeUsed     // it is on its way, or may still be asked for
	used          // it belongs to a mosaic
)

func (u *Uploads) use(ctx context.Context, batch string) (use, error) {
	owner, err := store.JobOf(ctx, u.Store, batch)
	if err != nil || owner != "" {
		return used, err
	}
	held, err := u.Held(ctx, batch)
	if held {
		return mayBeUsed, err
	}
	return unused, err
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
