package upkeep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/message"
	"smalti/pkg/metrics"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// Losses deals with finished mosaics whose files are missing or damaged: it has them mended where there is
// another copy, and otherwise tells all web servers that they are lost.
type Losses struct {
	Queue interface {
		Status(ctx context.Context, id string) (job.Status, error)
		SetLost(ctx context.Context, s job.Status) (changed bool, err error)
	}
	Store interface {
		Ping(ctx context.Context) error
		Manifest(ctx context.Context, id string) (*store.Manifest, error)
		Mend(ctx context.Context, id string, depth store.Depth, pace store.Pace) (mended bool, err error)
	}
	CheckStore func(ctx context.Context) error // fails where the store is not the one that mosaics are delivered to; may be nil
	Journal    *journal.Journal
	Log        *slog.Logger
	Metrics    metrics.Scrub
	Keep       time.Duration // how long a finished mosaic is kept

	checks   singleflight.Group
	reviewed time.Time
}

// Lost is for people who look at a lost mosaic.
var Lost = message.New("failure.lost")

func lostFailure(detail string) *job.Failure {
	return new(job.Fail(job.Lost, Lost, detail))
}

// What [Losses.Check] can find out.
var (
	ErrLost    = errors.New("the mosaic is damaged, and there is no other copy")
	ErrDeleted = errors.New("the mosaic was deleted")
	ErrUnknown = errors.New("there is no such mosaic") // it has expired, or there never was one
)

// isVerdict reports whether an error says what became of a mosaic, and not that nobody knows.
func isVerdict(err error) bool {
	return errors.Is(err, ErrLost) || errors.Is(err, ErrDeleted) || errors.Is(err, ErrUnknown)
}

// IsLost reports whether a status is that of a mosaic that was made and lost.
func IsLost(s job.Status) bool {
	return s.State == job.Failed && s.Failure != nil && s.Failure.Code == job.Lost
}

// Check looks at a mosaic that should be complete. It returns nil when it is, or is again, and one of the
// errors above when it is gone. With any other error, that cannot be known now.
func (l *Losses) Check(ctx context.Context, id string, depth store.Depth, pace store.Pace) error {
	if l.Journal.IsDeleted(id) {
		return ErrDeleted
	}
	status, err := l.Queue.Status(ctx, id)
	known := err == nil
	switch {
	case errors.Is(err, queue.ErrDeleted):
		return ErrDeleted
	case errors.Is(err, queue.ErrUnknown): // the single process does not remember it
	case err != nil:
		return err
	case status.State != job.Done && !IsLost(status):
		return nil // it is being made, or failed for a reason of its own
	}
	if l.CheckStore != nil {
		if err := l.CheckStore(ctx); err != nil {
			return err // nothing is missing in another store
		}
	}
	mended, err := l.Store.Mend(ctx, id, depth, pace)
	switch {
	case err == nil:
		if mended {
			l.Metrics.Mended()
			l.Log.Warn("mended a damaged mosaic from another copy", "job", id)
		}
		if l.Journal.IsLost(id) || IsLost(status) {
			return l.regain(ctx, id)
		}
		return nil
	case !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrDamaged):
		return err
	}
	if away := l.Store.Ping(ctx); away != nil {
		return away
	}
	if l.Journal.IsLost(id) || IsLost(status) {
		return ErrLost
	}
	expires := status.Expires
	if expires.IsZero() {
		expires = status.Finished.Add(l.Keep)
	}
	if known && time.Now().After(expires) {
		return ErrUnknown
	}
	if !known && !errors.Is(err, store.ErrDamaged) {
		return ErrUnknown // without a manifest, it may never have been complete
	}
	return l.lose(ctx, id, status, err)
}

// lose records that a mosaic is lost.
func (l *Losses) lose(ctx context.Context, id string, status job.Status, why error) error {
	if err := l.Journal.MarkLost(id, time.Now()); err != nil {
		return err
	}
	status.ID, status.State, status.Result, status.Failure = id, job.Failed, nil, lostFailure(why.Error())
	if status.Finished.IsZero() {
		status.Finished = time.Now().UTC()
	}
	if _, err := l.Queue.SetLost(ctx, status); err != nil {
		l.Log.Warn("telling the queue of a lost mosaic", "job", id, "error", err) // a later round does it
	}
	l.Metrics.Lost()
	l.Log.Error("finished mosaic lost: it is damaged, and there is no other copy", "job", id, "error", why,
		"do", "check the disk; if the backup has the mosaic, restore its directory, and it is shown again")
	return ErrLost
}

// regain takes a loss back.
func (l *Losses) regain(ctx context.Context, id string) error {
	m, err := l.Store.Manifest(ctx, id)
	if err != nil {
		return err
	}
	if _, err := l.Queue.SetLost(ctx, Finished(m)); err != nil {
		return err
	}
	if err := l.Journal.MarkFound(id); err != nil {
		return err
	}
	l.Log.Info("lost mosaic is complete again", "job", id)
	return nil
}

// Recheck is Check for a request that has just found a file missing or damaged. It does not end with that
// request, since others wait for the same.
func (l *Losses) Recheck(ctx context.Context, id string, depth store.Depth) error {
	ctx = context.WithoutCancel(ctx)
	_, err, _ := l.checks.Do(fmt.Sprint(id, depth), func() (any, error) {
		ctx, cancel := context.WithTimeout(ctx, recheckTimeout)
		defer cancel()
		return nil, l.Check(ctx, id, depth, nil)
	})
	return err
}

const recheckTimeout = 2 * time.Minute

// reconcile checks the losses of this journal again: once an hour all, since an operator may have restored
// the files, and at once those that Redis calls done. Either Redis came back with older data, or another
// web server found the mosaic complete again.
func (l *Losses) reconcile(ctx context.Context) error {
	all := time.Since(l.reviewed) > reviewEvery
	if all {
		l.reviewed = time.Now()
	}
	for id := range l.Journal.Losses() {
		status, err := l.Queue.Status(ctx, id)
		if errors.Is(err, queue.ErrUnavailable) || ctx.Err() != nil {
			return err
		}
		again := err == nil && status.State == job.Done
		if !all && !again {
			continue
		}
		if err := l.Check(ctx, id, store.Hashes, nil); errors.Is(err, ErrLost) && again {
			status.State, status.Result, status.Failure = job.Failed, nil, lostFailure("")
			if _, err := l.Queue.SetLost(ctx, status); err != nil {
				return err
			}
		}
	}
	return nil
}

const reviewEvery = time.Hour

// Finished is the status that a manifest stands for.
func Finished(m *store.Manifest) job.Status {
	return job.Status{
		ID: m.ID, State: job.Done, Result: new(m.Result), Created: m.Created, Finished: m.Created, Expires: m.Ends(), Owner: m.Result.Owner,
	}
}
