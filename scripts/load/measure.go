//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"smalti/pkg/harness"
)

// measurement is what was measured with so many workers.
type measurement struct {
	workers    int
	jobs       int // delivered
	failed     int
	throughput float64         // jobs a second
	waited     []time.Duration // for a worker, sorted
	took       []time.Duration // the worker, sorted
	polls      float64         // of a job
	stored     float64         // bytes of a job
	used       used
	idle       redisWork // a second
}

// measure starts a system with so many workers and measures it.
func (c *settings) measure(ctx context.Context, workers int) (m measurement, err error) {
	m.workers = workers
	s, err := c.start(workers, c.latency)
	if err != nil {
		return m, err
	}
	defer s.stop()
	if err := s.awaitWorkers(ctx); err != nil {
		return m, err
	}
	if c.rest > 0 {
		before, after, err := s.during(ctx, c.rest)
		if err != nil {
			return m, err
		}
		m.idle = after.since(before).redis.times(1 / after.at.Sub(before.at).Seconds())
	}
	clients, stop := s.startClients(ctx, c.mosaic, c.rate)
	defer stop()
	if c.rate == 0 {
		if err := clients.awaitBusy(ctx); err != nil {
			return m, err
		}
	}
	polls, failed, stored := s.times.polls.Load(), s.times.failed.Load(), size(s.StoreDir())
	before, after, err := s.during(ctx, c.time)
	if err != nil {
		return m, err
	}
	m.failed = int(s.times.failed.Load() - failed)
	measured := span{before.at, after.at}
	m.used = after.since(before)
	m.jobs, m.waited, m.took = s.times.delivered(measured)
	m.polls = float64(s.times.polls.Load()-polls) / float64(m.jobs)
	m.stored = float64(size(s.StoreDir())-stored) / float64(m.jobs)
	if c.rate > 0 {
		m.throughput = float64(m.jobs) / after.at.Sub(before.at).Seconds()
	} else {
		m.throughput = s.times.throughput(measured)
	}
	if err := clients.refused(); err != nil {
		return m, err
	}
	if m.jobs == 0 {
		return m, fmt.Errorf("no mosaic was made in %v", c.time)
	}
	return m, nil
}

// size is how many bytes the files in a directory have together, as far as they stay there meanwhile.
func size(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // it has been moved or removed
		}
		if info, err := d.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

const tableHead = `| workers | jobs | jobs/s | linear | waited, ms p50 / p95 / p99 | took, ms p50 / p95 / p99 | polls | redis requests | commands | KB in | KB out | redis busy, ms | cache requests | KB in | KB out | cache busy, ms | MB stored | CPU web, ms | workers | redis | cache | store |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
`

// writeRow writes a row of the table. From polls on, everything is for one job. ofOne is the throughput of
// one worker; 0 if it is not known.
func (m measurement) writeRow(w io.Writer, ofOne float64) {
	linear := "-"
	if ofOne > 0 {
		linear = fmt.Sprintf("%.3f", m.throughput/ofOne/float64(m.workers))
	}
	fmt.Fprintf(w, "| %d | %d | %.2f | %s | %s | %s | %.1f |", m.workers, m.jobs, m.throughput, linear, percentiles(m.waited), percentiles(m.took), m.polls)
	k, c := m.used.redis.times(1/float64(m.jobs)), m.used.cache.times(1/float64(m.jobs))
	fmt.Fprintf(w, " %.1f | %.0f | %.1f | %.1f | %.2f | %.1f | %.1f | %.1f | %.2f | %.2f |",
		k.requests, k.commands, k.in/1000, k.out/1000, k.busy*1000, c.requests, c.in/1000, c.out/1000, c.busy*1000, m.stored/1e6)
	cpu := m.used.cpu
	for _, d := range []time.Duration{cpu.Web, cpu.Workers, cpu.Redis, cpu.Cache, cpu.Store} {
		fmt.Fprintf(w, " %.1f |", float64(d.Microseconds())/1000/float64(m.jobs))
	}
	fmt.Fprintln(w)
}

// writeIdle writes what workers cost Redis while there is nothing to do.
func (m measurement) writeIdle(w io.Writer) {
	if k := m.idle; k.requests > 0 {
		fmt.Fprintf(w, "At rest, with %d workers and 2 web servers (the store is one): %.1f requests, %.0f commands, %.2f KB in, %.2f KB out a second, redis busy %.3f ms/s\n",
			m.workers, k.requests, k.commands, k.in/1000, k.out/1000, k.busy*1000)
	}
}

// percentiles are those that the table shows, in milliseconds.
func percentiles(sorted []time.Duration) string {
	ms := func(p int) int64 { return harness.Percentile(sorted, p).Milliseconds() }
	return fmt.Sprintf("%d / %d / %d", ms(50), ms(95), ms(99))
}
