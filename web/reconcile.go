package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// reconciler keeps the promise that was given with each 202: it brings back to the queue what the
// queue has forgotten, and closes in the journal what has ended.
type reconciler struct {
	queue   jobs
	store   files
	journal *journal.Journal
	log     *slog.Logger
	keep    time.Duration
}

const (
	reconcileEvery = 5 * time.Second
	cleanEvery     = time.Hour
)

// run reconciles at once, and then every few seconds until ctx ends.
func (r *reconciler) run(ctx context.Context) {
	var cleaned time.Time
	failing := false
	for {
		err := r.reconcile(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Error("reconciling", "error", err)
		}
		failing = err != nil
		if time.Since(cleaned) > cleanEvery {
			cleaned = time.Now()
			if _, err := r.journal.Clean(r.keep, cleaned); err != nil {
				r.log.Error("cleaning", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(reconcileEvery):
		}
	}
}

// reconcile looks once at every package in the journal. It stops at the first sign that the queue
// is away; the others would only wait for the same time-out.
func (r *reconciler) reconcile(ctx context.Context) error {
	ids, err := r.journal.Open()
	if err != nil {
		return err
	}
	var forgotten []*job.Package
	for _, id := range ids {
		status, err := r.queue.Status(ctx, id)
		switch {
		case errors.Is(err, queue.ErrDeleted):
			err = r.journal.Done(id)
		case errors.Is(err, queue.ErrUnknown):
			err = r.recall(ctx, id, &forgotten)
		case err != nil:
			return fmt.Errorf("asking for %s: %w", id, err)
		case status.State == job.Done:
			err = r.journal.Done(id)
		case status.State == job.Failed:
			err = r.journal.Failed(status)
		}
		if err != nil {
			return err
		}
	}
	// In the order in which they were asked for.
	slices.SortFunc(forgotten, func(a, b *job.Package) int { return a.Created.Compare(b.Created) })
	for _, p := range forgotten {
		if err := r.putBack(ctx, p); err != nil {
			return fmt.Errorf("putting %s back: %w", p.ID, err)
		}
		r.log.Info("put back from the journal", "job", p.ID)
	}
	return nil
}

func (r *reconciler) putBack(ctx context.Context, p *job.Package) error {
	if !p.Foreign() {
		_, err := r.queue.Put(ctx, p)
		return err
	}
	written, err := r.journal.Written(p.ID)
	if err != nil {
		return err
	}
	return r.queue.PutBack(ctx, p, written)
}

// recall finds out what a job that the queue does not know needs: nothing more, since it was
// delivered, or to be put on the queue again.
func (r *reconciler) recall(ctx context.Context, id string, forgotten *[]*job.Package) error {
	m, err := r.store.Manifest(ctx, id)
	if err == nil {
		if err := r.queue.Restore(ctx, finished(m)); err != nil {
			return fmt.Errorf("restoring the completion key of %s: %w", id, err)
		}
		r.log.Info("completion key restored from the store", "job", id)
		return r.journal.Done(id)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("asking the store for %s: %w", id, err)
	}
	p, err := r.journal.Package(id)
	if p.Foreign() { // a web server of another version accepted it here
		*forgotten = append(*forgotten, p)
		return nil
	}
	if bad, ok := errors.AsType[job.Invalid](err); ok {
		r.log.Error("a journalled package cannot be read", "job", id, "error", err)
		return r.journal.Failed(job.Status{
			ID: id, State: job.Failed, Finished: time.Now().UTC(),
			Failure: &job.Failure{Code: job.BadPackage, Sentence: bad.Sentence(), Detail: err.Error()},
		})
	}
	if err != nil {
		return fmt.Errorf("reading %s from the journal: %w", id, err)
	}
	*forgotten = append(*forgotten, p)
	return nil
}
