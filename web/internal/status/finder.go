// Package status finds out what has become of a mosaic: from the queue, the journal and the store.
package status

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/web/internal/problem"
	"smalti/web/internal/upkeep"
)

// Finder finds the status of mosaics. Its errors are problems. It is safe for concurrent use.
type Finder struct {
	Queue interface {
		Status(ctx context.Context, id string) (job.Status, error)
		Restore(ctx context.Context, s job.Status) error
	}
	Store interface {
		Manifest(ctx context.Context, id string) (*store.Manifest, error)
	}
	Journal *journal.Journal
	Outages *Outages // of the queue
	Losses  interface {
		Recheck(ctx context.Context, id string, depth store.Depth) error
	}
	Log  *slog.Logger
	Keep time.Duration // how long a finished mosaic is kept
}

// Status finds the status of a mosaic. The queue knows best; what it has lost, or while it is unavailable,
// this server's journal and the store still know.
func (s *Finder) Status(ctx context.Context, id string) (job.Status, error) {
	if !job.ValidID(id) {
		return job.Status{}, problem.ErrNoSuchMosaic
	}
	if err := s.Gone(id); err != nil {
		return job.Status{}, err
	}
	status, err := s.Queue.Status(ctx, id)
	switch {
	case err == nil && upkeep.IsLost(status):
		return job.Status{}, problem.ErrLost
	case err == nil:
		status, err = s.ahead(ctx, status)
		return s.unexpired(status, err)
	}
	if errors.Is(err, queue.ErrDeleted) {
		return job.Status{}, problem.ErrDeleted
	}
	away := !errors.Is(err, queue.ErrUnknown)
	if away {
		s.Log.Warn("asking the queue", "job", id, "error", err)
	}
	if status, err := s.WithoutQueue(ctx, id); err == nil {
		if status, err = s.unexpired(status, nil); err != nil {
			return status, err
		}
		if status.State.Final() && !away {
			s.restore(ctx, status)
		}
		return status, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return job.Status{}, err
	}
	if away || s.Outages.recent() {
		return job.Status{}, problem.ErrQueueAway
	}
	return job.Status{}, problem.ErrNoSuchMosaic
}

// Gone returns the error about a mosaic that was deleted or is lost, as far as this server's journal knows. It asks
// nobody else.
func (s *Finder) Gone(id string) error {
	switch {
	case s.Journal.IsDeleted(id):
		return problem.ErrDeleted
	case s.Journal.IsLost(id):
		return problem.ErrLost
	}
	return nil
}

// unexpired adds when a mosaic expires, or refuses one that has.
func (s *Finder) unexpired(status job.Status, err error) (job.Status, error) {
	if err != nil || !status.State.Final() {
		return status, err
	}
	if status.Expires.IsZero() && status.Finished.IsZero() {
		return status, nil
	}
	if status.Expires.IsZero() {
		status.Expires = status.Finished.Add(s.Keep)
	}
	if time.Now().After(status.Expires) {
		return job.Status{}, problem.Expired(status.Expires.Sub(status.Finished))
	}
	return status, nil
}

// ahead returns the status, or the end that the store knows already. After a delivery, the worker may die
// before it tells Redis, and while Redis is unavailable, a mosaic is shown from the store. People who saw it
// then must not see it being rendered again, or fail for a lack of attempts: while the store does not
// answer, nobody knows. A process that may only have missed an outage before its start answers what the
// queue says: otherwise each rollout of a new version would be an outage.
func (s *Finder) ahead(ctx context.Context, status job.Status) (job.Status, error) {
	tried := status.Attempt > 0 && !status.State.Final()
	givenUp := status.Failure != nil && status.Failure.Code == job.TooManyTry
	if (tried || givenUp) && s.Outages.possibleSince(status.Created) {
		m, err := s.Store.Manifest(ctx, status.ID)
		if err == nil {
			return upkeep.Finished(m), nil
		}
		if !errors.Is(err, store.ErrNotFound) { // as it is most of the time
			s.Log.Warn("asking the store", "job", status.ID, "error", err)
			if s.Outages.knownSince(status.Created) {
				return job.Status{}, problem.ErrStoreAway
			}
		}
	}
	if status.State == job.Queued {
		status.Attempt = 0 // the next one is nobody's yet
	}
	return status, nil
}

// restore writes a completion key that the queue has lost.
func (s *Finder) restore(ctx context.Context, status job.Status) {
	if err := s.Queue.Restore(ctx, status); err != nil {
		s.Log.Warn("restoring a completion key", "job", status.ID, "error", err)
		return
	}
	s.Log.Info("completion key restored", "job", status.ID)
}

// WithoutQueue returns what is known of a mosaic without the queue, or fs.ErrNotExist. While the store does
// not answer, the journal is not asked: it does not know what was delivered, and shown, since.
func (s *Finder) WithoutQueue(ctx context.Context, id string) (job.Status, error) {
	if m, err := s.Store.Manifest(ctx, id); err == nil {
		return upkeep.Finished(m), nil
	} else if !errors.Is(err, store.ErrNotFound) {
		s.Log.Warn("asking the store", "job", id, "error", err)
		return job.Status{}, problem.ErrStoreAway
	} else if errors.Is(err, store.ErrDamaged) && errors.Is(s.Losses.Recheck(ctx, id, store.Sizes), upkeep.ErrLost) {
		return job.Status{}, problem.ErrLost
	}
	switch status, err := s.Journal.Failure(id); {
	case err == nil:
		return status, nil
	case errors.Is(err, journal.ErrDamaged):
		return job.Status{ID: id, State: job.Failed, Failure: upkeep.Damaged(err)}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return job.Status{}, problem.ErrJournalAway
	}
	p, err := s.Journal.Package(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return job.Status{}, err
	case err != nil && !p.Foreign():
		return job.Status{}, problem.ErrJournalAway // the reconciler reports it, and decides what becomes of it
	}
	return job.Status{ID: id, State: job.Queued, Created: p.Created, Owner: p.Owner}, nil
}

// Readable returns what is known of a mosaic whose files are to be read, which may be nothing. It fails where
// the mosaic was deleted, is lost, or has expired. This server's journal is asked, and then the queue, which
// knows what other servers found out or deleted; otherwise the manifest says when the mosaic expires.
func (s *Finder) Readable(ctx context.Context, id string) (job.Status, error) {
	if err := s.Gone(id); err != nil {
		return job.Status{}, err
	}
	status, err := s.Queue.Status(ctx, id)
	switch {
	case errors.Is(err, queue.ErrDeleted):
		return job.Status{}, problem.ErrDeleted
	case err == nil && upkeep.IsLost(status):
		return job.Status{}, problem.ErrLost
	case err != nil:
		m, err := s.Store.Manifest(ctx, id)
		if err != nil {
			return job.Status{}, nil //nolint:nilerr // opening the file tells why it cannot be read
		}
		status = upkeep.Finished(m)
	}
	return s.unexpired(status, nil)
}
