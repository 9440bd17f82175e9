package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// Group is several workers in one process. While one of them solves, others gather photos and deliver. They share the
// memory of their configuration: a job waits until there is enough for it. Each has a name, a lease and a heartbeat of
// its own, so that to the queue they are as many workers. Its methods are safe for concurrent use; Run is called once.
type Group struct{ workers []*Worker }

// NewGroup returns a group that works on so many jobs at once. The first worker has the name of c.
func NewGroup(c Config, jobs int) *Group {
	if c.Name == "" {
		c.Name = uniqueName()
	}
	shared := newShare(c.Memory)
	var waiting atomic.Int32
	waiting.Store(int32(jobs))
	allReady := c.Ready
	c.Ready = func() {
		if waiting.Add(-1) == 0 && allReady != nil {
			allReady()
		}
	}
	g := &Group{}
	for i := range jobs {
		each := c
		if i > 0 {
			each.Name = fmt.Sprintf("%s~%d", c.Name, i+1)
		}
		w := New(each)
		w.share, w.sweeps = shared, i == 0
		g.workers = append(g.workers, w)
	}
	return g
}

// Name is that of the first worker.
func (g *Group) Name() string { return g.workers[0].Name }

// Run runs all workers until ctx ends and all have drained. If one of them cannot go on, none does.
func (g *Group) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	errs := make([]error, len(g.workers))
	var wg sync.WaitGroup
	for i, w := range g.workers {
		wg.Go(func() {
			if errs[i] = w.Run(ctx); errs[i] != nil {
				stop()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Alive returns an error if a worker hangs; see [Worker.Alive].
func (g *Group) Alive() error {
	errs := make([]error, len(g.workers))
	for i, w := range g.workers {
		errs[i] = w.Alive()
	}
	return errors.Join(errs...)
}
