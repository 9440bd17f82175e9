package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jlaffaye/ftp"
)

const (
	keepSessions = 4                // most connections kept for later
	keepTime     = 15 * time.Second // well below any server's own idle limit
)

var errRemoteClosed = errors.New("the store was closed")

// do lends a session to f. The errors of f come back with what was being attempted.
func (r *Remote) do(ctx context.Context, doing string, f func(*session) error) error {
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
		}
	}()
	err = f(s)
	returned = true
	release()
	r.giveBack(s, err)
	return r.explain(ctx, doing, err)
}

// lend finds a session that still works, or opens one.
func (r *Remote) lend(ctx context.Context) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := r.takeKept()
	if err != nil {
		return nil, err
	}
	if s == nil {
		return r.openSession(ctx)
	}
	release := s.use(ctx)
	err = s.ftp.NoOp()
	release()
	if err == nil && s.alive() {
		return s, nil
	}
	// What ended this one, a restart or a dead link, has most likely ended the others.
	s.cut()
	r.dropKept()
	return r.openSession(ctx)
}

// giveBack keeps a session after a use that ended with err. A reply, even a bad one, leaves it fit
// for the next command; anything else may not.
func (r *Remote) giveBack(s *session, err error) {
	code := protocolCode(err)
	if !s.alive() || code == ftp.StatusNotAvailable || (err != nil && code == 0 && !errors.Is(err, ErrNotFound)) {
		s.cut()
		return
	}
	r.mu.Lock()
	keep := !r.closed && len(r.kept) < keepSessions
	if keep {
		r.kept = append(r.kept, s)
		if r.timer == nil {
			r.timer = time.AfterFunc(r.keepTime, r.dropOld)
		}
	}
	r.mu.Unlock()
	if !keep {
		_ = s.ftp.Quit()
	}
}

func (r *Remote) takeKept() (*session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errRemoteClosed
	}
	if len(r.kept) == 0 {
		return nil, nil
	}
	last := len(r.kept) - 1
	s := r.kept[last]
	r.kept = r.kept[:last]
	return s, nil
}

func (r *Remote) dropOld() {
	var old []*session
	r.mu.Lock()
	r.kept = slices.DeleteFunc(r.kept, func(s *session) bool {
		if time.Since(s.used) < r.keepTime {
			return false
		}
		old = append(old, s)
		return true
	})
	if r.timer = nil; len(r.kept) > 0 {
		r.timer = time.AfterFunc(r.keepTime, r.dropOld)
	}
	r.mu.Unlock()
	for _, s := range old {
		_ = s.ftp.Quit()
	}
}

func (r *Remote) dropKept() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.kept {
		s.cut()
	}
	r.kept = nil
}

// Close lets go of the connections that are kept. What is going on ends as it would; what is begun
// later fails.
func (r *Remote) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.dropKept()
	return nil
}
