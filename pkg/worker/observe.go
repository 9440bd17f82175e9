package worker

import (
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// Observer is called for what a worker does. Its methods must not block, and be safe for concurrent use.
type Observer interface {
	// Began reports an attempt: how long ago it was requested, 0 except for the first one, and popped.
	Began(waited, popped time.Duration)
	Phase(p job.Phase, took time.Duration)
	Delivered(bytes int64)
	Ended(outcome string, code job.Code, took time.Duration, result job.Result)
	Swept(queue.Swept)
	Left() // a package of a version that this worker does not read
}

// The outcomes of an attempt.
const (
	outcomeDone     = "done"
	outcomeFailed   = "failed"
	outcomeRetried  = "retried"
	outcomeReturned = "returned" // handed back because the worker stops, or the store is unavailable or full
	outcomeLost     = "lost"     // to another worker, or deleted
)

// nobody is an Observer that does nothing.
type nobody struct{}

func (nobody) Began(_, _ time.Duration)                          {}
func (nobody) Phase(job.Phase, time.Duration)                    {}
func (nobody) Delivered(int64)                                   {}
func (nobody) Ended(string, job.Code, time.Duration, job.Result) {}
func (nobody) Swept(queue.Swept)                                 {}
func (nobody) Left()                                             {}

// began notes the start of an attempt.
func (w *Worker) began(l *queue.Lease) {
	w.status.begin(l.Package.ID)
	var waited time.Duration
	if l.Attempt == 1 {
		waited = max(1, time.Since(l.Package.Created))
	}
	var popped time.Duration
	if !l.Popped.IsZero() {
		popped = max(1, time.Since(l.Popped))
	}
	w.Observer.Began(waited, popped)
}

// failed notes a job that fails for good without an attempt.
func (w *Worker) failed(code job.Code) {
	w.Observer.Began(0, 0)
	w.Observer.Ended(outcomeFailed, code, 0, job.Result{})
}

// ended notes the end of an attempt.
func (w *Worker) ended(outcome string, code job.Code, result job.Result) {
	w.Observer.Ended(outcome, code, w.status.end(), result)
}

// stopwatch measures the phases of one attempt.
type stopwatch struct {
	worker *Worker
	mu     sync.Mutex
	phase  job.Phase
	since  time.Time
}

// in notes that an attempt is in a phase, or, with an empty one, over.
func (s *stopwatch) in(p job.Phase) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p == s.phase {
		return
	}
	now := time.Now()
	if s.phase != "" {
		s.worker.Observer.Phase(s.phase, now.Sub(s.since))
	}
	s.phase, s.since = p, now
	s.worker.status.enter(p)
}
