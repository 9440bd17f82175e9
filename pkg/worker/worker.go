// Package worker is the rendering daemon: it takes jobs from the queue one at a time, has them
// rendered and delivered, and says so. Everything that it knows about a job it can lose at any
// moment: the queue gives the job to another worker when this one falls silent.
package worker

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
)

// Queue is what a worker needs of the queue.
type Queue interface {
	Take(ctx context.Context, worker string) (*queue.Lease, error)
	Renew(ctx context.Context, l *queue.Lease, p job.Progress) error
	Finish(ctx context.Context, l *queue.Lease, r job.Result) error
	Fail(ctx context.Context, l *queue.Lease, f job.Failure) error
	Retry(ctx context.Context, l *queue.Lease, f job.Failure) error
	GiveBack(ctx context.Context, l *queue.Lease) error
	Beat(ctx context.Context, b queue.Beat) error
	Leave(ctx context.Context, worker string) error
	Sweeper
}

// Store is what a worker needs of the store.
type Store interface {
	Manifest(ctx context.Context, id string) (*store.Manifest, error)
	Deliver(ctx context.Context, id, token string) (*store.Delivery, error)
	DeleteUploads(ctx context.Context, id string) error
}

// Worker renders jobs. Fill the fields, then call Run once.
type Worker struct {
	Name   string // unique among the workers of a queue
	Queue  Queue
	Store  Store
	Photos render.Photos
	Log    *slog.Logger

	JobTimeout   time.Duration // an attempt may take this long
	DrainTimeout time.Duration // what a running job gets after Run was told to stop

	mu   sync.Mutex
	busy string // the id of the job being rendered
	stop bool   // draining

	pulse pulse
}

const (
	renewEvery = 4 * time.Second // a third of the lease that the queue gives
	beatEvery  = 5 * time.Second
	maxBackoff = 5 * time.Second
)

// Run works until ctx ends, then drains: it takes no new job, and finishes the one it has or hands
// it back. It returns when all of its goroutines have ended.
func (w *Worker) Run(ctx context.Context) {
	w.Log.Info("worker ready", "worker", w.Name)
	// The heartbeat goes on while draining: a draining worker is not dead.
	life, over := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { w.beat(life) })
	wg.Go(func() { Sweep(life, w.Queue, w.Log) })
	w.takeAll(ctx)
	over()
	wg.Wait()
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := w.Queue.Leave(leaving, w.Name); err != nil {
		w.Log.Debug("signing off", "worker", w.Name, "error", err)
	}
	w.Log.Info("worker stopped", "worker", w.Name)
}

// takeAll pops until ctx ends. A queue that cannot be reached is asked again, more and more slowly,
// and complained about once.
func (w *Worker) takeAll(ctx context.Context) {
	var backoff time.Duration
	defer w.pulse.end()
	for ctx.Err() == nil {
		w.pulse.beat()
		lease, err := w.Queue.Take(ctx, w.Name)
		if rejected, ok := errors.AsType[*queue.Rejected](err); ok {
			w.Log.Warn("package rejected", "worker", w.Name, "job", rejected.ID, "error", rejected)
			continue
		}
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			if backoff == 0 {
				w.Log.Error("taking a job", "worker", w.Name, "error", err)
			}
			backoff = pause(ctx, backoff)
			continue
		}
		if backoff != 0 {
			w.Log.Info("the queue is back", "worker", w.Name)
			backoff = 0
		}
		if lease != nil {
			w.work(ctx, lease)
		}
	}
}

// pause sleeps for about twice as long as the last time, and returns how long that was to be. The
// jitter keeps a fleet of workers from asking a restarted Redis all at once.
func pause(ctx context.Context, last time.Duration) time.Duration {
	next := min(max(2*last, 100*time.Millisecond), maxBackoff)
	select {
	case <-ctx.Done():
	case <-time.After(next/2 + rand.N(next)):
	}
	return next
}

func (w *Worker) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		w.mu.Lock()
		b := queue.Beat{Worker: w.Name, Job: w.busy, Draining: w.stop}
		w.mu.Unlock()
		if err := w.Queue.Beat(ctx, b); err != nil && ctx.Err() == nil {
			w.Log.Debug("heartbeat", "worker", w.Name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *Worker) setBusy(id string) {
	w.mu.Lock()
	w.busy = id
	w.mu.Unlock()
}

// UniqueName is told from every other clone's, and from what this machine ran before.
func UniqueName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), strings.ToLower(crand.Text()[:6]))
}
