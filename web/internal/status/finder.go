package main

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/message"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/web/internal/client"
	"smalti/web/internal/problem"
	"smalti/web/internal/upkeep"
)

// status finds out about a mosaic. The queue knows best; where it has forgotten or is away, this
// server's journal and the store still know. The error is a problem.
func (s *server) status(ctx context.Context, id string) (job.Status, error) {
	if !job.ValidID(id) {
		return job.Status{}, problem.NoSuchMosaic
	}
	switch {
	case s.journal.IsDeleted(id):
		return job.Status{}, problem.Deleted
	case s.journal.IsLost(id):
		return job.Status{}, problem.Lost
	}
	status, err := s.queue.Status(ctx, id)
	switch {
	case err == nil && upkeep.IsLost(status):
		return job.Status{}, problem.Lost
	case err == nil:
		status, err = s.ahead(ctx, status)
		return s.unexpired(status, err)
	}
	if errors.Is(err, queue.ErrDeleted) {
		return job.Status{}, problem.Deleted
	}
	away := !errors.Is(err, queue.ErrUnknown)
	if away {
		s.log.Warn("asking the queue", "job", id, "error", err)
	}
	if status, err := s.remembered(ctx, id); err == nil {
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
	if away || s.outages.Recent() {
		return job.Status{}, problem.QueueAway
	}
	return job.Status{}, problem.NoSuchMosaic
}

// unexpired adds when a mosaic expires, or refuses one that has.
func (s *server) unexpired(status job.Status, err error) (job.Status, error) {
	if err != nil || !status.State.Final() {
		return status, err
	}
	if status.Expires.IsZero() && status.Finished.IsZero() {
		return status, nil
	}
	if status.Expires.IsZero() {
		status.Expires = status.Finished.Add(s.keep)
	}
	if time.Now().After(status.Expires) {
		return job.Status{}, problem.Expired(status.Expires.Sub(status.Finished))
	}
	return status, nil
}

// ahead is the status, or the end that the store knows already. Between a delivery and the news of it,
// the worker may die and Redis be away; and while it is, a mosaic is shown from the store. Whoever saw
// it then must not see it go back to being rendered, or fail for a lack of attempts: while the store
// cannot say, nobody can. A process that only may have missed an outage, before its start, answers what
// the queue says: each roll of a new version would be an outage otherwise.
func (s *server) ahead(ctx context.Context, status job.Status) (job.Status, error) {
	tried := status.Attempt > 0 && !status.State.Final()
	givenUp := status.Failure != nil && status.Failure.Code == job.TooManyTry
	if (tried || givenUp) && s.outages.PossibleSince(status.Created) {
		m, err := s.store.Manifest(ctx, status.ID)
		if err == nil {
			return upkeep.Finished(m), nil
		}
		if !errors.Is(err, store.ErrNotFound) { // which it is most of the time
			s.log.Warn("asking the store", "job", status.ID, "error", err)
			if s.outages.KnownSince(status.Created) {
				return job.Status{}, problem.StoreAway
			}
		}
	}
	if status.State == job.Queued {
		status.Attempt = 0 // the next one is nobody's yet
	}
	return status, nil
}

// restore writes a completion key again that the queue has lost.
func (s *server) restore(ctx context.Context, status job.Status) {
	if err := s.queue.Restore(ctx, status); err != nil {
		s.log.Warn("restoring a completion key", "job", status.ID, "error", err)
		return
	}
	s.log.Info("completion key restored", "job", status.ID)
}

// remembered is what is known of a mosaic without the queue; fs.ErrNotExist when nothing is. Where the
// store cannot say, the journal must not: it does not know what was delivered, and shown, since.
func (s *server) remembered(ctx context.Context, id string) (job.Status, error) {
	if m, err := s.store.Manifest(ctx, id); err == nil {
		return upkeep.Finished(m), nil
	} else if !errors.Is(err, store.ErrNotFound) {
		s.log.Warn("asking the store", "job", id, "error", err)
		return job.Status{}, problem.StoreAway
	} else if errors.Is(err, store.ErrDamaged) && errors.Is(s.losses.Recheck(ctx, id, store.Sizes), upkeep.ErrLost) {
		return job.Status{}, problem.Lost
	}
	switch status, err := s.journal.Failure(id); {
	case err == nil:
		return status, nil
	case errors.Is(err, journal.ErrDamaged):
		return job.Status{ID: id, State: job.Failed, Failure: upkeep.Damaged(err)}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return job.Status{}, problem.JournalAway
	}
	p, err := s.journal.Package(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return job.Status{}, err
	case err != nil && !p.Foreign():
		return job.Status{}, problem.JournalAway // the reconciler tells of it, and decides what becomes of it
	}
	return job.Status{ID: id, State: job.Queued, Created: p.Created, Owner: p.Owner}, nil
}

// delete takes a mosaic out of the world, for whoever made it. The error may be [upkeep.ErrNoted].
func (s *server) delete(r *http.Request, id string) error {
	ctx := r.Context()
	status, err := s.status(ctx, id)
	if err != nil {
		return err
	}
	if !client.IsOwner(r, status.Owner) {
		return problem.New(http.StatusForbidden, message.New("problem.not_yours"))
	}
	return s.deletions.Begin(ctx, id)
}

// headcount asks how many workers there are, but not for every poll.
type headcount struct {
	count func(context.Context) (int, error)

	mu    sync.Mutex
	n     int
	known bool
	asked time.Time
}

const headcountAge = 2 * time.Second

func (h *headcount) get(ctx context.Context) (n int, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.asked) > headcountAge {
		n, err := h.count(ctx)
		h.n, h.known, h.asked = n, err == nil, time.Now()
	}
	return h.n, h.known
}
