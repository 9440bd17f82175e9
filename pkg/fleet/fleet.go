// Package fleet is about the queue and its workers as a whole: how much work comes in, how many workers it
// needs, whether all use the same store, and what crashed workers left behind. Every web server measures by
// itself, with the same result.
package fleet

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"smalti/pkg/queue"
)

// Queue is what a Watcher needs of the queue.
type Queue interface {
	Overview(ctx context.Context) (queue.Overview, error)
	Inspect(ctx context.Context) (wrong []string, err error)
}

const (
	every   = 5 * time.Second
	window  = 5 * time.Minute
	timeout = 2 * time.Second // for asking the queue

	inspectEvery = time.Minute
)

// View is what a Watcher last saw.
type View struct {
	At       time.Time
	Err      error // of asking the queue since then
	Overview queue.Overview
	Demand   Demand
	Ended    float64  // attempts that ended, per second
	Wrong    []string // sentences about a Redis that may lose jobs
}

// Watcher asks the queue every five seconds. Its methods are safe for concurrent use.
type Watcher struct {
	queue Queue
	log   *slog.Logger
	wait  time.Duration

	mu      sync.Mutex
	view    View
	samples []sample // of the last five minutes, oldest first

	inspected time.Time
	wrong     []string
}

// NewWatcher returns a Watcher that has seen nothing yet. Wait is how long a job should wait for a worker, at
// most.
func NewWatcher(q Queue, wait time.Duration, log *slog.Logger) *Watcher {
	return &Watcher{queue: q, log: log, wait: wait}
}

// Run asks the queue until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		w.ask(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// View returns what was last seen.
func (w *Watcher) View() View {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.view
}

func (w *Watcher) ask(ctx context.Context) {
	short, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	o, err := w.queue.Overview(short)
	if err == nil && time.Since(w.inspected) >= inspectEvery {
		var wrong []string
		if wrong, err = w.queue.Inspect(short); err == nil {
			w.inspected, w.wrong = time.Now(), wrong
		}
	}
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		if w.view.Err == nil {
			w.log.Warn("watching the queue", "error", err)
		}
		w.view.Err = err
		return
	}
	now := time.Now()
	w.samples = append(w.samples, newSample(now, &o))
	for now.Sub(w.samples[0].at) > window {
		w.samples = w.samples[1:]
	}
	w.view = View{At: now, Overview: o, Wrong: w.wrong}
	w.view.Demand, w.view.Ended = measure(w.samples)
	w.view.Demand.Waiting = o.Interactive + o.Bulk
	w.view.Demand.Patience = w.wait
}
