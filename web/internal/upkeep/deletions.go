package main

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

// deletions keeps the promise that was given when a mosaic was deleted. Each web server has all
// deletions in its own journal: its own before it answers, those of the others within moments, by way of
// Redis. Whatever Redis or a store brings back is deleted again.
type deletions struct {
	queue interface {
		Delete(ctx context.Context, id string, at time.Time) error
		Deletions(ctx context.Context) (map[string]time.Time, error)
	}
	store interface {
		List(ctx context.Context) ([]string, error)
		Delete(ctx context.Context, id string) error
	}
	journal       *journal.Journal
	deleteUploads func(ctx context.Context, batch string)
	log           *slog.Logger
	keep          time.Duration // how long a finished mosaic is kept

	compared, swept time.Time
	failing         bool // the last sweep did
}

const (
	sweepEvery = time.Minute
	manyBuried = 1_000 // so many take too long to be compared every few seconds
)

// begin makes a deletion last, and carries it out as far as it can. When it returns nil, the mosaic is
// gone to all web servers; with [errNoted] it will be, once Redis can be reached.
func (d *deletions) begin(ctx context.Context, id string) error {
	at := time.Now()
	uploads := d.uploads(id)
	if err := d.journal.Bury(id, at); err != nil {
		return err
	}
	// The queue goes first: from then on no worker delivers it again.
	queueErr := d.queue.Delete(ctx, id, at)
	d.remove(ctx, id, uploads)
	if queueErr != nil {
		d.log.Warn("a deletion is noted, and waits for the queue", "job", id, "error", queueErr)
		return errNoted
	}
	d.log.Info("mosaic deleted", "job", id)
	return nil
}

// errNoted means that a deletion is on this server's disk, but not everywhere.
var errNoted = errors.New("the deletion is noted")

// uploads are the batches of photos that a mosaic waits with, if its package is here.
func (d *deletions) uploads(id string) []string {
	if p, err := d.journal.Package(id); err == nil {
		return p.Uploads()
	}
	return nil
}

// remove takes a mosaic and its photos out of the store. What cannot be removed now is removed by a
// later sweep, and nobody is shown it until then.
func (d *deletions) remove(ctx context.Context, id string, uploads []string) {
	for _, batch := range uploads { // a worker that lost the job leaves its photos alone
		d.deleteUploads(ctx, batch)
	}
	if err := d.store.Delete(ctx, id); err != nil {
		d.log.Warn("a deleted mosaic is still in the store", "job", id, "error", err)
	}
}

// reconcile tells Redis of the deletions that it has forgotten, and learns those of other web servers.
// Now and then it removes from the store what came back there: what a worker delivered in the moment of
// the deletion, or what one of two stores had while it was away.
func (d *deletions) reconcile(ctx context.Context) error {
	here := d.journal.Deletions()
	if len(here) < manyBuried || time.Since(d.compared) > sweepEvery {
		d.compared = time.Now()
		if err := d.compare(ctx, here); err != nil {
			return fmt.Errorf("comparing deletions: %w", err)
		}
	}
	if time.Since(d.swept) > sweepEvery {
		d.swept = time.Now()
		if _, err := d.journal.ForgetMarks(d.oldest()); err != nil {
			return err
		}
		err := d.sweep(ctx)
		if err != nil && !d.failing && ctx.Err() == nil {
			d.log.Warn("looking for deleted mosaics in the store", "error", err)
		}
		d.failing = err != nil
	}
	return nil
}

// oldest is the time before which a deletion need not be remembered: whatever was made before it has
// expired.
func (d *deletions) oldest() time.Time { return time.Now().Add(-d.keep - queue.DeletedFor) }

func (d *deletions) compare(ctx context.Context, here map[string]time.Time) error {
	there, err := d.queue.Deletions(ctx)
	if err != nil {
		return err
	}
	oldest := d.oldest()
	for id, at := range here {
		if _, known := there[id]; known || at.Before(oldest) {
			continue
		}
		if err := d.queue.Delete(ctx, id, at); err != nil {
			return err
		}
		d.log.Info("the queue was told again of a deletion", "job", id)
	}
	for id, at := range there {
		if _, known := here[id]; known || at.Before(oldest) || !job.ValidID(id) {
			continue
		}
		uploads := d.uploads(id)
		if err := d.journal.Bury(id, at); err != nil {
			return err
		}
		d.remove(ctx, id, uploads)
		d.log.Info("learned of a deletion", "job", id)
	}
	return nil
}

func (d *deletions) sweep(ctx context.Context) error {
	if len(d.journal.Deletions()) == 0 {
		return nil
	}
	ids, err := d.store.List(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !d.journal.Buried(id) {
			continue
		}
		if err := d.store.Delete(ctx, id); err != nil {
			return err
		}
		d.log.Info("a deleted mosaic had come back, and was deleted again", "job", id)
	}
	return nil
}
