package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/metrics"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// losses judges finished mosaics whose files are missing or damaged: it has them mended where there is
// another copy, and otherwise tells all web servers that they are lost.
type losses struct {
	queue interface {
		Status(ctx context.Context, id string) (job.Status, error)
		SetLost(ctx context.Context, s job.Status) (changed bool, err error)
	}
	store interface {
		Ping(ctx context.Context) error
		Manifest(ctx context.Context, id string) (*store.Manifest, error)
		Mend(ctx context.Context, id string, depth store.Depth, pace store.Pace) (mended bool, err error)
	}
	ours    func(ctx context.Context) error // whether it is the store that mosaics are delivered to; nil: it is
	journal *journal.Journal
	log     *slog.Logger
	metrics metrics.Scrub
	keep    time.Duration

	checks   singleflight.Group
	reviewed time.Time
}

// lostSentence is for whoever looks at a mosaic that is lost.
const lostSentence = "This mosaic was damaged in our storage, and there is no other copy of it. We are sorry. Please make it again."

func lostFailure(detail string) *job.Failure {
	return &job.Failure{Code: job.Lost, Sentence: lostSentence, Detail: detail}
}

// isLost reports whether a status is that of a mosaic that was made and lost.
func isLost(s job.Status) bool {
	return s.State == job.Failed && s.Failure != nil && s.Failure.Code == job.Lost
}

// check looks at a mosaic that should be whole. It returns nil when it is, or is again, and errLost when
// nobody can get it back. With any other error, nobody knows.
func (l *losses) check(ctx context.Context, id string, depth store.Depth, pace store.Pace) error {
	if l.journal.Buried(id) {
		return errDeleted
	}
	status, err := l.queue.Status(ctx, id)
	known := err == nil
	switch {
	case errors.Is(err, queue.ErrDeleted):
		return errDeleted
	case errors.Is(err, queue.ErrUnknown): // the single process does not remember it
	case err != nil:
		return err
	case status.State != job.Done && !isLost(status):
		return nil // it is being made, or failed for a reason of its own
	}
	if l.ours != nil {
		if err := l.ours(ctx); err != nil {
			return err // in another store, nothing is missing
		}
	}
	mended, err := l.store.Mend(ctx, id, depth, pace)
	switch {
	case err == nil:
		if mended {
			l.metrics.Mended()
			l.log.Warn("a damaged mosaic was mended from another copy", "job", id)
		}
		if l.journal.Lost(id) || isLost(status) {
			return l.regain(ctx, id)
		}
		return nil
	case !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrDamaged):
		return err
	}
	if away := l.store.Ping(ctx); away != nil {
		return away
	}
	if l.journal.Lost(id) || isLost(status) {
		return errLost
	}
	expires := status.Expires
	if expires.IsZero() {
		expires = status.Finished.Add(l.keep)
	}
	if known && time.Now().After(expires) {
		return errNoSuchMosaic
	}
	if !known && !errors.Is(err, store.ErrDamaged) {
		return errNoSuchMosaic // without a manifest, nobody knows that it ever was whole
	}
	return l.lose(ctx, id, status, err)
}

// lose tells everybody that a mosaic is lost.
func (l *losses) lose(ctx context.Context, id string, status job.Status, why error) error {
	if err := l.journal.Lose(id, time.Now()); err != nil {
		return err
	}
	status.ID, status.State, status.Result, status.Failure = id, job.Failed, nil, lostFailure(why.Error())
	if status.Finished.IsZero() {
		status.Finished = time.Now().UTC()
	}
	if _, err := l.queue.SetLost(ctx, status); err != nil {
		l.log.Warn("telling the queue of a lost mosaic", "job", id, "error", err) // a later round does
	}
	l.metrics.Lost()
	l.log.Error("a finished mosaic is lost: it is damaged, and there is no other copy", "job", id, "error", why,
		"do", "look at the disk; if the backup has the mosaic, put its directory back, and it is shown again")
	return errLost
}

// regain takes a loss back.
func (l *losses) regain(ctx context.Context, id string) error {
	m, err := l.store.Manifest(ctx, id)
	if err != nil {
		return err
	}
	if _, err := l.queue.SetLost(ctx, finished(m)); err != nil {
		return err
	}
	if err := l.journal.Regain(id); err != nil {
		return err
	}
	l.log.Info("a lost mosaic is whole again", "job", id)
	return nil
}

// recheck is check for somebody who has just met a file that is missing or damaged. It does not end with
// the request, since others wait for the same.
func (l *losses) recheck(ctx context.Context, id string, depth store.Depth) error {
	ctx = context.WithoutCancel(ctx)
	_, err, _ := l.checks.Do(fmt.Sprint(id, depth), func() (any, error) {
		ctx, cancel := context.WithTimeout(ctx, recheckTime)
		defer cancel()
		return nil, l.check(ctx, id, depth, nil)
	})
	return err
}

const recheckTime = 2 * time.Minute

// reconcile looks at the losses of this journal again: once an hour at all, since an operator may have put
// the files back, and at once where Redis calls such a mosaic done. Either Redis came back with older data,
// or another web server found the mosaic whole again.
func (l *losses) reconcile(ctx context.Context) error {
	all := time.Since(l.reviewed) > reviewEvery
	if all {
		l.reviewed = time.Now()
	}
	for id := range l.journal.Losses() {
		status, err := l.queue.Status(ctx, id)
		if errors.Is(err, queue.ErrUnavailable) || ctx.Err() != nil {
			return err
		}
		again := err == nil && status.State == job.Done
		if !all && !again {
			continue
		}
		if err := l.check(ctx, id, store.Hashes, nil); err == errLost && again {
			status.State, status.Result, status.Failure = job.Failed, nil, lostFailure("")
			if _, err := l.queue.SetLost(ctx, status); err != nil {
				return err
			}
		}
	}
	return nil
}

const reviewEvery = time.Hour
