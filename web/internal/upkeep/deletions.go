package upkeep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
)

// Deletions keeps deleted mosaics deleted. Each web server has all deletions in its own journal: its own
// before it answers, those of the others moments later, through Redis. What Redis or a store brings back is
// deleted again.
type Deletions struct {
	Queue interface {
		Delete(ctx context.Context, id string, at time.Time) error
		Deletions(ctx context.Context) (map[string]time.Time, error)
	}
	Store interface {
		List(ctx context.Context) ([]string, error)
		Delete(ctx context.Context, id string) error
	}
	Journal *journal.Journal
	Uploads *Uploads
	Log     *slog.Logger
	Keep    time.Duration // how long a finished mosaic is kept

	compared, swept time.Time
	failing         bool // the last sweep failed
}

const (
	sweepEvery = time.Minute
	manyBuried = 1_000 // comparing more takes too long to do it every few seconds
)

// Begin records a deletion, and carries it out as far as possible. When it returns nil, no web server shows
// the mosaic any more; with [ErrNoted], none will once Redis is available again.
func (d *Deletions) Begin(ctx context.Context, id string) error {
	at := time.Now()
	uploads := d.uploads(id)
	if err := d.Journal.MarkDeleted(id, at); err != nil {
		return err
	}
	// The queue goes first: from then on no worker delivers it again.
	queueErr := d.Queue.Delete(ctx, id, at)
	d.remove(ctx, id, uploads)
	if queueErr != nil {
		d.Log.Warn("deletion recorded; waiting for the queue", "job", id, "error", queueErr)
		return ErrNoted
	}
	d.Log.Info("mosaic deleted", "job", id)
	return nil
}

// ErrNoted means that a deletion is recorded on this server's disk, but not everywhere.
var ErrNoted = errors.New("the deletion is noted")

// uploads returns the batches of photos of a mosaic whose package is here.
func (d *Deletions) uploads(id string) []string {
	if p, err := d.Journal.Package(id); err == nil {
		return p.Uploads()
	}
	return nil
}

// remove removes a mosaic and its photos from the store. What cannot be removed now is removed by a later
// sweep, and is not shown until then.
func (d *Deletions) remove(ctx context.Context, id string, uploads []string) {
	for _, batch := range uploads { // a worker that lost the job leaves its photos alone
		d.Uploads.Remove(ctx, batch)
	}
	if err := d.Store.Delete(ctx, id); err != nil {
		d.Log.Warn("removing a deleted mosaic from the store", "job", id, "error", err)
	}
}

// reconcile tells Redis of deletions that it has lost, and learns those of other web servers. From time to
// time it removes from the store what came back: what a worker delivered during the deletion, or what one
// of two stores kept while it was away.
func (d *Deletions) reconcile(ctx context.Context) error {
	here := d.Journal.Deletions()
	if len(here) < manyBuried || time.Since(d.compared) > sweepEvery {
		d.compared = time.Now()
		if err := d.compare(ctx, here); err != nil {
			return fmt.Errorf("comparing deletions: %w", err)
		}
	}
	if time.Since(d.swept) > sweepEvery {
		d.swept = time.Now()
		if _, err := d.Journal.ForgetMarks(d.oldest()); err != nil {
			return err
		}
		err := d.sweep(ctx)
		if err != nil && !d.failing && ctx.Err() == nil {
			d.Log.Warn("sweeping deleted mosaics from the store", "error", err)
		}
		d.failing = err != nil
	}
	return nil
}

// oldest is the time before which deletions need not be remembered: what was made before it has expired.
func (d *Deletions) oldest() time.Time { return time.Now().Add(-d.Keep - queue.DeletedFor) }

func (d *Deletions) compare(ctx context.Context, here map[string]time.Time) error {
	there, err := d.Queue.Deletions(ctx)
	if err != nil {
		return err
	}
	oldest := d.oldest()
	for id, at := range here {
		if _, known := there[id]; known || at.Before(oldest) {
			continue
		}
		if err := d.Queue.Delete(ctx, id, at); err != nil {
			return err
		}
		d.Log.Info("told the queue again of a deletion", "job", id)
	}
	for id, at := range there {
		if _, known := here[id]; known || at.Before(oldest) || !job.ValidID(id) {
			continue
		}
		uploads := d.uploads(id)
		if err := d.Journal.MarkDeleted(id, at); err != nil {
			return err
		}
		d.remove(ctx, id, uploads)
		d.Log.Info("learned of a deletion", "job", id)
	}
	return nil
}

func (d *Deletions) sweep(ctx context.Context) error {
	if len(d.Journal.Deletions()) == 0 {
		return nil
	}
	ids, err := d.Store.List(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !d.Journal.IsDeleted(id) {
			continue
		}
		if err := d.Store.Delete(ctx, id); err != nil {
			return err
		}
		d.Log.Info("deleted a mosaic again that had come back", "job", id)
	}
	return nil
}
