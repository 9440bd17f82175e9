package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	faults  *journalFaults
	log     *slog.Logger
	keep    time.Duration

	deletions interface{ reconcile(context.Context) error }
	losses    interface{ reconcile(context.Context) error }
	room      *heldRoom // nil: nobody counts it
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

// reconcile looks once at every package in the journal. It stops at the first sign that the queue or
// the store is away, since the others would only wait for the same time-out. A journal file that cannot
// be used stops nothing: it is noted, and tried again in the next round.
func (r *reconciler) reconcile(ctx context.Context) error {
	// Deletions go first, so that nothing deleted is put back.
	undeleted := r.deletions.reconcile(ctx)
	if errors.Is(undeleted, queue.ErrUnavailable) || ctx.Err() != nil {
		return undeleted
	}
	ids, err := r.journal.Open()
	if err != nil {
		r.faults.note(map[string]error{"open": err}, 0)
		return err
	}
	if r.room != nil {
		r.room.keep(ctx, ids)
	}
	bad := map[string]error{}
	var forgotten []*job.Package
	for _, id := range ids {
		p, err := r.settle(ctx, id)
		switch {
		case errors.Is(err, errPartAway) || errors.Is(err, queue.ErrUnavailable) || ctx.Err() != nil:
			return err
		case err != nil:
			bad[id] = err
		case p != nil:
			forgotten = append(forgotten, p)
		}
	}
	// Each goes in front of the others: so they stand in the order in which they were asked for.
	slices.SortFunc(forgotten, func(a, b *job.Package) int { return b.Created.Compare(a.Created) })
	for _, p := range forgotten {
		switch err := r.putBack(ctx, p); {
		case errors.Is(err, fs.ErrNotExist): // it was withdrawn, or deleted, since
		case errors.Is(err, queue.ErrUnavailable):
			return fmt.Errorf("putting %s back: %w", p.ID, err)
		case err != nil:
			bad[p.ID] = err
		default:
			r.log.Info("put back from the journal", "job", p.ID)
		}
	}
	damaged, err := r.journal.Damaged()
	if err != nil {
		bad["damaged"] = err
	}
	r.faults.note(bad, damaged)
	return errors.Join(undeleted, r.losses.reconcile(ctx))
}

// errPartAway means that all packages would meet the same error.
var errPartAway = errors.New("it is away")

// settle does for one package what its state asks for, and returns the package if the queue has
// forgotten it.
func (r *reconciler) settle(ctx context.Context, id string) (*job.Package, error) {
	if r.journal.Buried(id) || r.journal.Lost(id) { // the removal of its file did not outlive a crash
		return nil, r.journal.Done(id)
	}
	status, err := r.queue.Status(ctx, id)
	switch {
	case errors.Is(err, queue.ErrDeleted): // which the next round learns of, if this one has not
		return nil, r.journal.Done(id)
	case errors.Is(err, queue.ErrUnknown):
		return r.recall(ctx, id)
	case err != nil:
		return nil, fmt.Errorf("asking for %s: %w", id, err)
	case status.State == job.Done:
		return nil, r.journal.Done(id)
	case status.State == job.Failed:
		return nil, r.journal.Failed(status)
	}
	return nil, nil
}

func (r *reconciler) putBack(ctx context.Context, p *job.Package) error {
	defer r.journal.Lock(p.ID)()
	if _, err := r.journal.Written(p.ID); err != nil {
		return err
	}
	if !p.Foreign() {
		return r.queue.Requeue(ctx, p)
	}
	written, err := r.journal.Written(p.ID)
	if err != nil {
		return err
	}
	return r.queue.RequeueRaw(ctx, p, written)
}

// damagedSentence is for the person whose accepted mosaic cannot be made any more.
const damagedSentence = "What we had noted about this mosaic was damaged on our side, so it cannot be made. Please ask for it again."

// recall finds out what a job that the queue does not know needs: nothing more, since it was
// delivered, or to be put on the queue again. Then it returns the package.
func (r *reconciler) recall(ctx context.Context, id string) (*job.Package, error) {
	m, err := r.store.Manifest(ctx, id)
	if err == nil {
		if err := r.queue.Restore(ctx, finished(m)); err != nil {
			return nil, fmt.Errorf("restoring the completion key of %s: %w", id, err)
		}
		r.log.Info("completion key restored from the store", "job", id)
		return nil, r.journal.Done(id)
	}
	if !errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("asking the store for %s: %w", id, err)
		if away := r.store.Ping(ctx); away != nil {
			return nil, fmt.Errorf("%w: %w", errPartAway, err)
		}
		return nil, err
	}
	p, err := r.journal.Package(id)
	if err == nil || p.Foreign() { // a web server of another version accepted it here
		return p, nil
	}
	_, invalid := errors.AsType[job.Invalid](err)
	if invalid || errors.Is(err, journal.ErrDamaged) {
		r.log.Error("a journalled package is damaged: its mosaic fails, and the file is set aside", "job", id, "error", err)
		return nil, r.journal.SetAside(job.Status{
			ID: id, State: job.Failed, Finished: time.Now().UTC(),
			Failure: &job.Failure{Code: job.Internal, Sentence: damagedSentence, Detail: err.Error()},
		})
	}
	return nil, fmt.Errorf("reading %s from the journal: %w", id, err)
}
