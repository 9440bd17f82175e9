//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"smalti/pkg/rig"
)

// load is what a row of the table is measured under.
type load struct {
	places
	order   order
	latency time.Duration // of the photo host
	rate    float64       // mosaics a second; 0: there is always one waiting
	rest    time.Duration // without any job, before
	time    time.Duration // that is measured
}

// row is what was measured with so many workers.
type row struct {
	workers    int
	jobs       int // delivered while it was measured
	failed     int
	throughput float64 // jobs a second
	waited     []time.Duration
	took       []time.Duration
	polls      float64 // of a job

	seconds   float64
	used      effort // while it was measured
	resting   redisWork
	restingIn time.Duration
}

// warmUp is how long every worker gets to begin its first two jobs.
const warmUp = 2 * time.Minute

// measure starts a system with so many workers, and measures it.
func (l load) measure(ctx context.Context, workers int) (r row, err error) {
	t := newTimes()
	p, err := startPlant(l.places, workers, l.latency, t.watch)
	if err != nil {
		return r, err
	}
	defer p.stop()
	if err := p.awaitReady(ctx, workers); err != nil {
		return r, err
	}
	r.workers = workers
	if l.rest > 0 {
		before, err := p.effort(ctx)
		if err != nil {
			return r, err
		}
		rig.Wait(ctx, l.rest)
		after, err := p.effort(ctx)
		if err != nil {
			return r, err
		}
		r.resting, r.restingIn = after.redisWork.minus(before.redisWork), after.at.Sub(before.at)
	}

	c := newCrowd(l.order, p.base(), p.photos.URL, t)
	busy, stop := context.WithCancel(ctx)
	defer stop()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if l.rate > 0 {
			c.arrive(busy, l.rate)
		} else {
			c.keep(busy, 2*workers+4)
		}
	}()
	defer func() { stop(); <-gone }()
	for limit := time.Now().Add(warmUp); t.workersThatBegan(2) < workers && l.rate == 0; {
		if time.Now().After(limit) || !rig.Wait(ctx, 50*time.Millisecond) {
			return r, errors.Join(errors.New("not every worker has work"), c.refused())
		}
	}
	before, err := p.effort(ctx)
	if err != nil {
		return r, err
	}
	first := t.counts()
	if !rig.Wait(ctx, l.time) {
		return r, ctx.Err()
	}
	after, err := p.effort(ctx)
	if err != nil {
		return r, err
	}
	last := t.counts()
	measured := span{before.at, after.at}
	r.seconds = after.at.Sub(before.at).Seconds()
	r.jobs, r.waited, r.took = t.done(measured)
	r.throughput = t.throughput(measured)
	if l.rate > 0 {
		r.throughput = float64(r.jobs) / r.seconds
	}
	r.failed = last.failed - first.failed
	r.used = effort{
		redisWork: after.redisWork.minus(before.redisWork), cacheWork: after.cacheWork.minus(before.cacheWork),
		web: after.web - before.web, workers: after.workers - before.workers,
		redis: after.redis - before.redis, cache: after.cache - before.cache, store: after.store - before.store,
	}
	if r.jobs > 0 {
		r.polls = float64(last.polls-first.polls) / float64(r.jobs)
	}
	if err := c.refused(); err != nil {
		return r, err
	}
	if r.jobs == 0 {
		return r, fmt.Errorf("no mosaic was made in %v", l.time)
	}
	return r, nil
}

// refused is the first answer that should not have been, or nil.
func (c *crowd) refused() error {
	if err := c.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// perJob is a CPU time as milliseconds of a job.
func (r row) perJob(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000 / float64(r.jobs)
}

const tableHead = `| workers | jobs | jobs/s | linear | waited, ms p50 / p95 / p99 | took, ms p50 / p95 / p99 | polls | redis requests | commands | KB in | KB out | redis busy, ms | cache requests | KB in | KB out | cache busy, ms | CPU web, ms | workers | redis | cache | store |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
`

// tell writes a line of the table: from polls on, all is for one job. one is the throughput of one
// worker.
func (r row) tell(w io.Writer, one float64) {
	linear := "-"
	if one > 0 {
		linear = fmt.Sprintf("%.3f", r.throughput/one/float64(r.workers))
	}
	k, c := r.used.redisWork.times(1/float64(r.jobs)), r.used.cacheWork.times(1/float64(r.jobs))
	fmt.Fprintf(w, "| %d | %d | %.2f | %s | %s | %s | %.1f | %.1f | %.0f | %.1f | %.1f | %.2f | %.1f | %.1f | %.1f | %.2f | %.1f | %.1f | %.1f | %.1f | %.1f |\n",
		r.workers, r.jobs, r.throughput, linear, threePercentiles(r.waited), threePercentiles(r.took), r.polls,
		k.requests, k.commands, k.in/1000, k.out/1000, k.busy*1000,
		c.requests, c.in/1000, c.out/1000, c.busy*1000,
		r.perJob(r.used.web), r.perJob(r.used.workers), r.perJob(r.used.redis), r.perJob(r.used.cache), r.perJob(r.used.store))
}

// tellRest writes what a worker costs Redis while there is nothing to do.
func (r row) tellRest(w io.Writer) {
	if r.restingIn == 0 {
		return
	}
	k := r.resting.times(1 / r.restingIn.Seconds())
	fmt.Fprintf(w, "At rest, with %d workers and 2 web servers (the store is one): %.1f requests, %.0f commands, %.2f KB in, %.2f KB out a second, redis busy %.3f ms/s\n",
		r.workers, k.requests, k.commands, k.in/1000, k.out/1000, k.busy*1000)
}
