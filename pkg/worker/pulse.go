package worker

import (
	"fmt"
	"sync"
	"time"
)

const (
	// idleSilence is how long the loop may take for a turn without a job: a pop, and a pause while Redis is
	// unavailable, take half of it.
	idleSilence = 30 * time.Second

	// busySilence is how long a job may make no progress: longer than any single download, reply of the
	// store or step of the solver may take.
	busySilence = 90 * time.Second

	// overtime is what a job gets to end once its time is over.
	overtime = 45 * time.Second
)

// pulse is the time of the last real progress. It must never be fed by a timer of its own, which would go on
// in a worker that hangs.
type pulse struct {
	mu    sync.Mutex
	last  time.Time
	busy  bool
	since time.Time // when the job began
	waits bool      // for another job of this process, which has a pulse of its own
}

func (p *pulse) beat() {
	p.mu.Lock()
	p.last = time.Now()
	p.mu.Unlock()
}

// excuse is a beat of a job that had to wait, which does not count towards its time.
func (p *pulse) excuse(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	p.since = p.since.Add(waited)
}

// during waits for other jobs of this process, whose pulses go on meanwhile.
func (p *pulse) during(wait func() error) error {
	set := func(waits bool) { p.mu.Lock(); p.waits = waits; p.mu.Unlock() }
	set(true)
	err := wait()
	p.beat()
	set(false)
	return err
}

func (p *pulse) working(busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	p.busy, p.since = busy, p.last
}

// end stops the watch, because the loop has ended.
func (p *pulse) end() {
	p.mu.Lock()
	p.last, p.busy = time.Time{}, false
	p.mu.Unlock()
}

// Alive returns an error if this worker hangs. It is for a watchdog such as systemd's: ask several times
// within its period, notify it only on nil, and let it restart the program otherwise.
//
// Without a job, the loop has to turn every 30 s: it asks the queue for a job, or waits while the queue is
// unavailable, which a restart would not mend. With a job, there has to be progress every 90 s: photos
// that arrive, steps of the solver or the composer, bytes sent to the store. A job must have ended 45 s
// after JobTimeout. Before and after Run, Alive returns nil.
//
// Alive is safe for concurrent use, and never blocks.
func (w *Worker) Alive() error {
	w.pulse.mu.Lock()
	defer w.pulse.mu.Unlock()
	p := &w.pulse
	if p.last.IsZero() || p.waits {
		return nil
	}
	silent := time.Since(p.last).Round(time.Second)
	switch {
	case !p.busy && silent > idleSilence:
		return fmt.Errorf("worker %s has not asked for a job for %v", w.Name, silent)
	case p.busy && silent > busySilence:
		return fmt.Errorf("worker %s has made no progress with its job for %v", w.Name, silent)
	case p.busy && time.Since(p.since) > w.JobTimeout+overtime:
		return fmt.Errorf("worker %s cannot end a job whose time of %v is over", w.Name, w.JobTimeout)
	}
	return nil
}
