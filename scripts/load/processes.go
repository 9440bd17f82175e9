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

	"smalti/pkg/rig"
)

const clones = 10

// checkClone starts new workers while jobs wait, and sees how long each takes to begin one.
func checkClone(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	t := newTimes()
	p, err := startPlant(c.places, 0, time.Second, t.watch)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	if _, err := p.queue(ctx, 3*clones); err != nil {
		return nil, err
	}
	var took []time.Duration
	for range clones {
		started := time.Now()
		m, err := p.AddWorker(c.programs)
		if err != nil {
			return nil, err
		}
		for t.firstStart(m.Name).IsZero() {
			if time.Since(started) > time.Minute || !rig.Wait(ctx, 10*time.Millisecond) {
				return nil, fmt.Errorf("%s takes no job", m.Name)
			}
		}
		took = append(took, t.firstStart(m.Name).Sub(started))
		m.Retire()
	}
	slices.Sort(took)
	fmt.Fprintf(out, "%d new workers began a job after %v to %v\n", clones, took[0].Round(time.Millisecond), took[clones-1].Round(time.Millisecond))
	slowest := took[clones-1]
	return []promise{{
		"from the start of a new worker to its first job", "within 1 s",
		fmt.Sprintf("%d ms (slowest of %d)", slowest.Milliseconds(), clones), slowest <= time.Second,
	}}, nil
}

// firstStart is when a worker began its first job, or zero.
func (t *times) firstStart(worker string) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.starts[worker]; len(s) > 0 {
		return s[0]
	}
	return time.Time{}
}

const (
	restTime = time.Minute

	// A thousandth of a core: top(1), which counts clock ticks of 10 ms, mostly shows 0.0 %.
	measurable = 0.001
)

// checkRest looks at a worker that has nothing to do.
func checkRest(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	p, err := startPlant(c.places, 1, 0, nil)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	if err := p.awaitReady(ctx, 1); err != nil {
		return nil, err
	}
	rig.Wait(ctx, 2*time.Second)
	used, err := watch(ctx, p.Workers[0], restTime)
	if err != nil {
		return nil, err
	}
	cpu, resident := used.CPU, used.Resident
	share := cpu.Seconds() / restTime.Seconds()
	fmt.Fprintf(out, "a worker at rest: %.1f MB at most, %v of CPU in %v\n", float64(resident)/1e6, cpu, restTime)
	return []promise{
		{"memory of a worker at rest", "under 30 MB", fmt.Sprintf("%.1f MB", float64(resident)/1e6), resident < 30e6},
		{"CPU of a worker at rest", fmt.Sprintf("under %.2f %% of a core", measurable*100), fmt.Sprintf("%.3f %% (%v in %v)", share*100, cpu, restTime), share < measurable},
	}, nil
}

// watch tells what a process uses in a while: the CPU, and the most memory that it is seen to have.
func watch(ctx context.Context, m *rig.Member, d time.Duration) (used rig.Usage, err error) {
	first, err := m.Usage()
	if err != nil {
		return used, err
	}
	for end := time.Now().Add(d); time.Now().Before(end); {
		if !rig.Wait(ctx, min(250*time.Millisecond, time.Until(end))) {
			return used, ctx.Err()
		}
		now, err := m.Usage()
		if err != nil {
			return used, err
		}
		used = rig.Usage{CPU: now.CPU - first.CPU, Resident: max(used.Resident, now.Resident)}
	}
	return used, nil
}

const (
	pagesTime = 30 * time.Second

	// settle is enough for every page to poll three times, and for the memory to be given back that
	// asking for all the mosaics took.
	settle = 20 * time.Second
)

// checkPages opens very many pages, each of a mosaic that waits, and looks at the web server.
func checkPages(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	p, err := startPlant(c.places, 0, 0, nil)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	paths, err := p.queue(ctx, c.pages)
	if err != nil {
		return nil, err
	}
	open, shut := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer func() { shut(); all.Wait() }()
	var answers, failures atomic.Int64
	for _, path := range paths {
		all.Go(func() { look(open, p.addr(), path, &answers, &failures) })
	}
	rig.Wait(ctx, settle)
	before := answers.Load()
	used, err := watch(ctx, p.Webs[0], pagesTime)
	if err != nil {
		return nil, err
	}
	resident := used.Resident
	rate := float64(answers.Load()-before) / pagesTime.Seconds()
	fmt.Fprintf(out, "%d pages, %.0f polls/s, %d failed: the web server has %.1f MB at most, and uses %.2f cores\n",
		c.pages, rate, failures.Load(), float64(resident)/1e6, used.CPU.Seconds()/pagesTime.Seconds())
	return []promise{{
		fmt.Sprintf("memory of the web server with %d open pages", c.pages), "under 60 MB",
		fmt.Sprintf("%.1f MB (%.0f polls/s)", float64(resident)/1e6, rate), resident < 60e6 && rate > 0 && failures.Load() == 0,
	}}, nil
}

// look is a page that polls until it is shut.
func look(ctx context.Context, addr, path string, answers, failures *atomic.Int64) {
	w := &wire{addr: addr}
	defer w.close()
	pause := time.Duration(rand.Int64N(int64(5 * time.Second))) // pages were opened at different times
	for rig.Wait(ctx, pause) {
		code, err := w.get(path, w.tag)
		answers.Add(1)
		var a rig.Answer
		switch {
		case err == nil && code == http.StatusOK && json.Unmarshal(w.body, &a) == nil:
			pause = time.Duration(a.PollAfter) * time.Millisecond
		case err == nil && code == http.StatusNotModified:
		default:
			failures.Add(1)
		}
		pause = time.Duration(float64(pause) * (1 + rand.Float64()/5))
	}
}
