// Package upkeep does what goes on behind the pages: it brings back accepted mosaics that the queue has
// lost, keeps deleted mosaics deleted, and finds damaged ones.
package upkeep

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
	"smalti/pkg/message"
	"smalti/pkg/pause"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// Reconciler keeps the promise of each 202: it puts back what the queue has lost, and closes in the journal
// what has ended.
type Reconciler struct {
	Queue interface {
		Status(ctx context.Context, id string) (job.Status, error)
		Requeue(ctx context.Context, p *job.Package) error
		RequeueRaw(ctx context.Context, p *job.Package, written []byte) error
		Restore(ctx context.Context, s job.Status) error
	}
	Store interface {
		Ping(ctx context.Context) error
		Manifest(ctx context.Context, id string) (*store.Manifest, error)
	}
	Journal *journal.Journal
	Faults  *JournalFaults
	Log     *slog.Logger
	Keep    time.Duration // how long a finished mosaic is kept

	Deletions, Losses interface{ reconcile(context.Context) error }
	Quota             *QuotaHolder // nil: nothing is counted
}

const (
	// ReconcileEvery is the time between two rounds.
	ReconcileEvery = 5 * time.Second

	cleanEvery = time.Hour
)

// Run reconciles at once, and then every few seconds until ctx ends.
func (r *Reconciler) Run(ctx context.Context) {
	var cleaned time.Time
	failing := false
	for {
		err := r.reconcile(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			r.Log.Error("reconciling", "error", err)
		}
		failing = err != nil
		if time.Since(cleaned) > cleanEvery {
			cleaned = time.Now()
			if _, err := r.Journal.Clean(r.Keep, cleaned); err != nil {
				r.Log.Error("cleaning the journal", "error", err)
			}
		}
		if !pause.For(ctx, ReconcileEvery) {
			return
		}
	}
}

// reconcile looks once at every package in the journal. It stops at the first sign that the queue or the
// store is unavailable, since the rest would run into the same timeout. A journal file that cannot be used
// stops nothing: it is reported, and tried again in the next round.
func (r *Reconciler) reconcile(ctx context.Context) error {
	// Deletions go first, so that nothing deleted is put back.
	deletionErr := r.Deletions.reconcile(ctx)
	if errors.Is(deletionErr, queue.ErrUnavailable) || ctx.Err() != nil {
		return deletionErr
	}
	ids, err := r.Journal.Open()
	if err != nil {
		r.Faults.note(map[string]error{"open": err}, 0)
		return err
	}
	if r.Quota != nil {
		r.Quota.hold(ctx, ids)
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
	// Each is put in front of the others, so that they end up in the order of their requests.
	slices.SortFunc(forgotten, func(a, b *job.Package) int { return b.Created.Compare(a.Created) })
	for _, p := range forgotten {
		switch err := r.putBack(ctx, p); {
		case errors.Is(err, fs.ErrNotExist): // it was withdrawn, or deleted, since
		case errors.Is(err, queue.ErrUnavailable):
			return fmt.Errorf("putting %s back: %w", p.ID, err)
		case err != nil:
			bad[p.ID] = err
		default:
			r.Log.Info("put back from the journal", "job", p.ID)
		}
	}
	damaged, err := r.Journal.Damaged()
	if err != nil {
		bad["damaged"] = err
	}
	r.Faults.note(bad, damaged)
	return errors.Join(deletionErr, r.Losses.reconcile(ctx))
}

// errPartAway means that all packages would meet the same error.
var errPartAway = errors.New("unavailable")

// settle does what the state of one package requires, and returns the package if the queue has lost it.
func (r *Reconciler) settle(ctx context.Context, id string) (*job.Package, error) {
	if r.Journal.IsDeleted(id) || r.Journal.IsLost(id) { // removing its file did not survive a crash
		return nil, r.Journal.Done(id)
	}
	status, err := r.Queue.Status(ctx, id)
	switch {
	case errors.Is(err, queue.ErrDeleted): // the next round learns of it, if this one has not
		return nil, r.Journal.Done(id)
	case errors.Is(err, queue.ErrUnknown):
		return r.recall(ctx, id)
	case err != nil:
		return nil, fmt.Errorf("asking for %s: %w", id, err)
	case status.State == job.Done:
		return nil, r.Journal.Done(id)
	case status.State == job.Failed:
		return nil, r.Journal.Failed(status)
	}
	return nil, nil
}

func (r *Reconciler) putBack(ctx context.Context, p *job.Package) error {
	defer r.Journal.Lock(p.ID)()
	if _, err := r.Journal.Raw(p.ID); err != nil {
		return err
	}
	if !p.Foreign() {
		return r.Queue.Requeue(ctx, p)
	}
	written, err := r.Journal.Raw(p.ID)
	if err != nil {
		return err
	}
	return r.Queue.RequeueRaw(ctx, p, written)
}

// Damaged is the failure of an accepted mosaic whose record in the journal is damaged.
func Damaged(err error) *job.Failure {
	return new(job.Fail(job.Internal, message.New("failure.damaged"), err.Error()))
}

// recall decides about a job that the queue does not know: either it was delivered, or it has to be put on
// the queue again. Then it returns the package.
func (r *Reconciler) recall(ctx context.Context, id string) (*job.Package, error) {
	m, err := r.Store.Manifest(ctx, id)
	if err == nil {
		if err := r.Queue.Restore(ctx, Finished(m)); err != nil {
			return nil, fmt.Errorf("restoring the completion key of %s: %w", id, err)
		}
		r.Log.Info("completion key restored from the store", "job", id)
		return nil, r.Journal.Done(id)
	}
	if !errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("asking the store for %s: %w", id, err)
		if away := r.Store.Ping(ctx); away != nil {
			return nil, fmt.Errorf("%w: %w", errPartAway, err)
		}
		return nil, err
	}
	p, err := r.Journal.Package(id)
	if err == nil || p.Foreign() { // a web server of another version accepted it here
		return p, nil
	}
	_, invalid := errors.AsType[job.Invalid](err)
	if invalid || errors.Is(err, journal.ErrDamaged) {
		r.Log.Error("damaged package in the journal: its mosaic fails, and the file is set aside", "job", id, "error", err)
		return nil, r.Journal.SetAside(job.Status{
			ID: id, State: job.Failed, Finished: time.Now().UTC(),
			Failure: Damaged(err),
		})
	}
	return nil, fmt.Errorf("reading %s from the journal: %w", id, err)
}
