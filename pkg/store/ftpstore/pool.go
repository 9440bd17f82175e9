package ftpstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jlaffaye/ftp"

	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// keepTime is how long an idle session is kept: long enough for the next step of the same job, and short
// because another process may need it.
const keepTime = time.Second

var errRemoteClosed = errors.New("the store was closed")

// do calls f with a session. Errors come back with what was attempted.
func (r *Store) do(ctx context.Context, doing string, f func(*session) error) error {
	s, err := r.lend(ctx)
	if err != nil {
		return r.explain(ctx, doing, err)
	}
	release := s.use(ctx)
	returned := false
	defer func() { // f panicked
		if !returned {
			s.cut()
			release()
			r.giveBack(s, nil)
		}
	}()
	err = f(s)
	returned = true
	release()
	r.giveBack(s, err)
	return r.explain(ctx, doing, err)
}

// lend finds a session that works, or opens one, or waits for one as long as the patience lasts. A caller
// that holds a session must not wait for another one.
func (r *Store) lend(ctx context.Context) (*session, error) {
	w := wait{ctx: ctx}
	defer w.end()
	patience := tree.Patience(ctx, r.patience)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		turn, err := r.turn()
		switch {
		case err != nil:
			return nil, err
		case turn.session != nil && r.works(ctx, turn.session):
			return turn.session, nil
		case turn.session != nil:
			continue
		case turn.open:
			s, err := r.openSession(ctx)
			if err == nil {
				r.opened()
				return s, nil
			}
			how := howBusy(err)
			if how == busy {
				err = fmt.Errorf("%w: %w", store.ErrBusy, err)
			}
			giveUp := r.refused(err, how, patience)
			if giveUp || ctx.Err() != nil || patience == 0 {
				return nil, err
			}
			w.refused()
			continue
		}
		if patience == 0 {
			return nil, turn.why
		}
		var again <-chan time.Time
		if turn.after > 0 {
			again = time.After(turn.after)
		}
		select {
		case <-turn.changed:
		case <-again:
		case <-ctx.Done():
		}
	}
}

// works reports whether an idle session still answers. What ended it, a restart or a dead link, has most
// likely ended the others, too.
func (r *Store) works(ctx context.Context, s *session) bool {
	release := s.use(ctx)
	err := s.ftp.NoOp()
	release()
	if err == nil && s.alive() {
		return true
	}
	s.cut()
	r.giveBack(s, nil)
	r.dropKept()
	return false
}

// turn is what a caller who wants a session gets: an idle one, the permission to open one, or for what to
// wait.
type turn struct {
	session *session
	open    bool
	changed <-chan struct{}
	after   time.Duration // 0: only for a change
	why     error         // why it has to wait
}

func (r *Store) turn() (t turn, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return t, errRemoteClosed
	}
	if last := len(r.kept) - 1; last >= 0 {
		t.session, r.kept = r.kept[last], r.kept[:last]
		return t, nil
	}
	if t.open, t.after = r.budget.mayOpen(time.Now()); t.open {
		r.budget.begin()
		return t, nil
	}
	if t.changed, t.why = r.changed, store.ErrBusy; r.why != nil {
		t.why = r.why
	}
	return t, nil
}

// opened and refused note the result of opening a session. refused reports whether to give up.
func (r *Store) opened() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.budget.succeeded(time.Now())
	r.why = nil
	r.wake()
}

func (r *Store) refused(err error, how busyness, patience time.Duration) (giveUp bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.wake()
	r.why = err
	return r.budget.failed(time.Now(), how, patience)
}

// wake has every waiting call look again.
func (r *Store) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// giveBack keeps a session after a use that ended with err. After a reply, even a bad one, it is fit for
// the next command; after any other error it may not be.
func (r *Store) giveBack(s *session, err error) {
	code := protocolCode(err)
	fit := s.alive() && code != ftp.StatusNotAvailable && (err == nil || code != 0 || errors.Is(err, store.ErrNotFound))
	r.mu.Lock()
	keep := fit && !r.closed && !r.budget.tooMany()
	if keep {
		r.kept = append(r.kept, s)
		if r.timer == nil {
			r.timer = time.AfterFunc(r.keepTime, r.dropOld)
		}
	} else {
		r.budget.ended()
	}
	r.wake()
	r.mu.Unlock()
	switch {
	case !fit:
		s.cut()
	case !keep:
		_ = s.ftp.Quit()
	}
}

func (r *Store) dropOld() {
	var old []*session
	r.mu.Lock()
	r.kept = slices.DeleteFunc(r.kept, func(s *session) bool {
		if time.Since(s.used) < r.keepTime {
			return false
		}
		old = append(old, s)
		r.budget.ended()
		return true
	})
	if r.timer = nil; len(r.kept) > 0 {
		r.timer = time.AfterFunc(r.keepTime, r.dropOld)
	}
	r.wake()
	r.mu.Unlock()
	for _, s := range old {
		_ = s.ftp.Quit()
	}
}

func (r *Store) dropKept() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.kept {
		s.cut()
		r.budget.ended()
	}
	r.kept = nil
	r.wake()
}

// Close closes the idle connections. Calls that are going on continue; later ones fail.
func (r *Store) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.dropKept()
	return nil
}
