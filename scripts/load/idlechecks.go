//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

const newWorkers = 10

// checkClone starts new workers while jobs wait, and measures how long each takes to begin one.
func checkClone(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	s, err := c.start(0, time.Second)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if _, err := s.fillQueue(ctx, 3*newWorkers); err != nil {
		return nil, err
	}
	var took []time.Duration
	for range newWorkers {
		began := time.Now()
		w, err := s.AddWorker()
		if err != nil {
			return nil, err
		}
		for s.times.firstStart(w.Name).IsZero() {
			if time.Since(began) > time.Minute || !pause.For(ctx, 10*time.Millisecond) {
				return nil, fmt.Errorf("%s takes no job", w.Name)
			}
		}
		took = append(took, s.times.firstStart(w.Name).Sub(began))
		w.Retire()
	}
	fastest, slowest := slices.Min(took), slices.Max(took)
	fmt.Fprintf(out, "%d new workers began a job after %v to %v\n", newWorkers, fastest.Round(time.Millisecond), slowest.Round(time.Millisecond))
	return []promise{{
		"from the start of a new worker to its first job", "within 1 s",
		fmt.Sprintf("%d ms (slowest of %d)", slowest.Milliseconds(), newWorkers), slowest <= time.Second,
	}}, nil
}

const (
	restTime = time.Minute

	// A thousandth of a core is less than top(1) shows.
	restShare = 0.001
)

// checkRest measures a worker that has nothing to do.
func checkRest(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	s, err := c.start(1, 0)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if err := s.awaitWorkers(ctx); err != nil {
		return nil, err
	}
	pause.For(ctx, 2*time.Second)
	u, err := usage(ctx, s.Workers[0], restTime)
	if err != nil {
		return nil, err
	}
	mb, share := float64(u.Peak)/1e6, u.CPU.Seconds()/restTime.Seconds()
	fmt.Fprintf(out, "a worker at rest: %.1f MB at most, %v of CPU in %v\n", mb, u.CPU, restTime)
	return []promise{
		{"memory of a worker at rest", "under 30 MB", fmt.Sprintf("%.1f MB", mb), mb < 30},
		{"CPU of a worker at rest", fmt.Sprintf("under %.2f %% of a core", restShare*100), fmt.Sprintf("%.3f %% (%v in %v)", share*100, u.CPU, restTime), share < restShare},
	}, nil
}

// usage measures a process for a while: the CPU time, and the most memory that it has resident meanwhile.
func usage(ctx context.Context, p *harness.Process, d time.Duration) (u harness.Usage, err error) {
	if err := p.ResetPeak(); err != nil {
		return u, err
	}
	before, err := p.Usage()
	if err != nil {
		return u, err
	}
	if !pause.For(ctx, d) {
		return u, ctx.Err()
	}
	u, err = p.Usage()
	u.CPU -= before.CPU
	return u, err
}

const (
	pagesTime = 30 * time.Second

	// settle is enough for every page to poll three times, and for the web server to return the memory that
	// accepting all the mosaics took.
	settle = 20 * time.Second
)

// checkPages opens very many pages, each of a waiting mosaic, and measures the web server.
func checkPages(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	s, err := c.start(0, 0)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	paths, err := s.fillQueue(ctx, c.pages)
	if err != nil {
		return nil, err
	}
	open, shut := context.WithCancel(ctx)
	var pages sync.WaitGroup
	defer func() { shut(); pages.Wait() }()
	var answers, failures atomic.Int64
	for _, path := range paths {
		pages.Go(func() { openPage(open, s.addr(), path, &answers, &failures) })
	}
	pause.For(ctx, settle)
	before := answers.Load()
	u, err := usage(ctx, s.Webs[0], pagesTime)
	if err != nil {
		return nil, err
	}
	mb, rate := float64(u.Peak)/1e6, float64(answers.Load()-before)/pagesTime.Seconds()
	fmt.Fprintf(out, "%d pages, %.0f polls/s, %d failed: the web server has %.1f MB at most, and uses %.2f cores\n",
		c.pages, rate, failures.Load(), mb, u.CPU.Seconds()/pagesTime.Seconds())
	return []promise{{
		fmt.Sprintf("memory of the web server with %d open pages", c.pages), "under 60 MB",
		fmt.Sprintf("%.1f MB (%.0f polls/s)", mb, rate), mb < 60 && rate > 0 && failures.Load() == 0,
	}}, nil
}

// openPage polls as a page does until ctx ends.
func openPage(ctx context.Context, addr, path string, answers, failures *atomic.Int64) {
	c := &pollConn{addr: addr}
	defer c.close()
	wait := time.Duration(rand.Int64N(int64(5 * time.Second))) // pages were opened at different times
	for pause.For(ctx, wait) {
		code, err := c.get(path, c.etag)
		answers.Add(1)
		var m harness.Mosaic
		switch {
		case err == nil && code == http.StatusOK && json.Unmarshal(c.body, &m) == nil:
			wait = time.Duration(m.PollAfter) * time.Millisecond
		case err == nil && code == http.StatusNotModified:
		default:
			failures.Add(1)
		}
		wait = time.Duration(float64(wait) * (1 + rand.Float64()/5))
	}
}
