package worker

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/semaphore"
)

// share is what the jobs of one process have together: memory, and the processors, all of which the solver uses.
type share struct {
	memory *semaphore.Weighted // bytes; nil: no limit

	mu      sync.Mutex
	solving bool
	waiting int           // jobs that have their photos
	changed chan struct{} // closed when one of these changes
	jobs    int           // that are worked on
	used    bool          // there was a job since memory was given back
}

func newShare(memory int64) *share {
	s := &share{changed: make(chan struct{})}
	if memory > 0 {
		s.memory = semaphore.NewWeighted(memory)
	}
	return s
}

// reserve waits for memory. Who asked first gets it first, so that a large job is not kept out by small ones.
func (s *share) reserve(ctx context.Context, bytes int64) (release func(), err error) {
	if s.memory == nil {
		return func() {}, nil
	}
	if err := s.memory.Acquire(ctx, bytes); err != nil {
		return nil, context.Cause(ctx)
	}
	return func() { s.memory.Release(bytes) }, nil
}

// solve waits until no other job of this process is being solved.
func (s *share) solve(ctx context.Context) (done func(), err error) {
	s.change(func() { s.waiting++ })
	err = s.until(ctx, func() bool {
		mine := !s.solving
		s.solving = true
		return mine
	})
	s.change(func() { s.waiting-- })
	if err != nil {
		return nil, err
	}
	return func() { s.change(func() { s.solving = false }) }, nil
}

// room waits until no job of this process waits for the processors: another process may have some left.
func (s *share) room(ctx context.Context) error {
	return s.until(ctx, func() bool { return s.waiting == 0 })
}

func (s *share) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *share) until(ctx context.Context, is func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := is(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

// begin notes that a job is worked on, until end is called.
func (s *share) begin() (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs++
	s.used = true
	return func() { s.mu.Lock(); s.jobs--; s.mu.Unlock() }
}

// rest gives memory back to the system when nothing is left to do. Otherwise the collector would keep it for minutes.
func (s *share) rest() {
	if s.hasDone() {
		runtime.GC() // what pools hold goes with the second one
		debug.FreeOSMemory()
	}
}

// hasDone reports, once, that there were jobs and are none any more.
func (s *share) hasDone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := s.used && s.jobs == 0
	s.used = s.used && !done
	return done
}
