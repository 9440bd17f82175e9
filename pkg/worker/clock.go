package worker

import (
	"sync"
	"time"
)

// clock is the time that an attempt has. It stands still while the attempt waits for a session of the store, or
// for another job of this process.
type clock struct {
	worker *Worker

	mu      sync.Mutex
	timer   *time.Timer
	left    time.Duration
	since   time.Time // when the timer was started
	waiting int       // calls
	from    time.Time // when the first of these began
}

func startClock(w *Worker, over func()) *clock {
	return &clock{worker: w, timer: time.AfterFunc(w.JobTimeout, over), left: w.JobTimeout, since: time.Now()}
}

func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	c.left = 0
}

// Begin makes the clock a [store.Waits].
func (c *clock) Begin() { c.begin("a session of the store") }

// during stands still while the attempt waits for another job of this process.
func (c *clock) during(what string, wait func() error) error {
	c.begin(what)
	defer c.End()
	return c.worker.pulse.during(wait)
}

func (c *clock) begin(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting++; c.waiting > 1 {
		return
	}
	c.from = time.Now()
	if !c.timer.Stop() {
		c.left = 0 // it is over
		return
	}
	c.left -= c.from.Sub(c.since)
	c.worker.status.waitFor(what)
}

// Refused is progress: the store was asked again.
func (c *clock) Refused() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.worker.pulse.excuse(now.Sub(c.from))
	c.from = now
}

// End lets the clock go on when no call waits any more.
func (c *clock) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting--; c.waiting > 0 {
		return
	}
	c.worker.pulse.excuse(time.Since(c.from))
	if c.left <= 0 {
		return
	}
	c.since = time.Now()
	c.timer.Reset(c.left)
	c.worker.status.waitFor("")
}
