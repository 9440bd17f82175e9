package worker

import (
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// status is what a worker is doing, for its heartbeat. It is safe for concurrent use.
type status struct {
	mu       sync.Mutex
	job      string // its id; empty: none
	phase    job.Phase
	since    time.Time     // when the attempt began
	ended    int64         // attempts
	spent    time.Duration // on them
	draining bool
	waits    string // for what; empty: for nothing
}

func (s *status) addTo(b *queue.Beat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.Job, b.Phase, b.Since = s.job, s.phase, s.since.UTC()
	b.Waits, b.Draining, b.Ended, b.Spent = s.waits, s.draining, s.ended, s.spent.Seconds()
}

func (s *status) begin(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.job, s.phase, s.since = id, "", time.Now()
}

// end returns how long the attempt took.
func (s *status) end() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := time.Since(s.since)
	s.job, s.phase = "", ""
	s.ended++
	s.spent += took
	return took
}

func (s *status) drain() { s.mu.Lock(); s.draining = true; s.mu.Unlock() }

func (s *status) enter(p job.Phase) { s.mu.Lock(); s.phase = p; s.mu.Unlock() }

// waitFor notes what the worker waits for; empty: nothing any more.
func (s *status) waitFor(what string) { s.mu.Lock(); s.waits = what; s.mu.Unlock() }
