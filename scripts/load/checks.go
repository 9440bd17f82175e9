//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"smalti/pkg/harness"
)

// promise is a required figure and what was measured.
type promise struct {
	what, required, measured string
	kept                     bool
}

// check measures one or more promises.
type check struct {
	name string
	run  func(context.Context, *settings, io.Writer) ([]promise, error)
}

var checks = []check{
	{"linear", checkLinear},
	{"overlap", checkOverlap},
	{"polls", checkPolls},
	{"visits", checkVisits},
	{"latency", checkLatency},
	{"clone", checkClone},
	{"rest", checkRest},
	{"pages", checkPages},
	{"redis", checkRedis},
}

func checkNames() (names []string) {
	for _, c := range checks {
		names = append(names, c.name)
	}
	return names
}

func (c *settings) setChecks(list string) error {
	if list == "all" {
		c.checks = checks
		return nil
	}
	for name := range strings.SplitSeq(list, ",") {
		i := slices.Index(checkNames(), name)
		if i < 0 {
			return fmt.Errorf("there is no check %q", name)
		}
		c.checks = append(c.checks, checks[i])
	}
	return nil
}

// check runs the chosen checks and writes a line for each promise.
func (c *settings) check(ctx context.Context, out io.Writer) (err error) {
	var all []promise
	for _, check := range c.checks {
		promises, err := check.run(ctx, c, out)
		if err != nil {
			return fmt.Errorf("%s: %w", check.name, err)
		}
		all = append(all, promises...)
	}
	for _, p := range all {
		word := "kept"
		if !p.kept {
			word, err = "MISSED", errMissed
		}
		fmt.Fprintf(out, "%s: required %s, measured %s: %s\n", p.what, p.required, p.measured, word)
	}
	return err
}

// checkLinear compares one worker with sixteen.
func checkLinear(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	some := *c
	some.rate, some.rest, some.workers, some.jobs = 0, 0, []int{1, 16}, 1
	all, err := some.sweep(ctx, out)
	if err != nil {
		return nil, err
	}
	one, sixteen := all[0].throughput, all[1].throughput
	linear := sixteen / one / 16
	return []promise{{
		fmt.Sprintf("throughput of 16 workers, relative to 16 times that of one, photos %v away", c.latency), "at least 0.95",
		fmt.Sprintf("%.3f (%.2f and %.2f jobs/s)", linear, one, sixteen), linear >= 0.95,
	}}, nil
}

// checkOverlap compares a process that works on one job at a time with one that works on eight.
func checkOverlap(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	some := *c
	some.rate, some.rest, some.workers = 0, 0, []int{1}
	var rates []float64
	for _, some.jobs = range []int{1, 8} {
		all, err := some.sweep(ctx, out)
		if err != nil {
			return nil, err
		}
		rates = append(rates, all[0].throughput)
	}
	return []promise{{
		fmt.Sprintf("throughput of one process with -jobs 8, relative to -jobs 1, photos %v away", c.latency), "at least 4",
		fmt.Sprintf("%.2f (%.2f and %.2f jobs/s)", rates[1]/rates[0], rates[0], rates[1]), rates[1]/rates[0] >= 4,
	}}, nil
}

const (
	steadyRate        = 2000
	steadyConnections = 64
	steadyWorkers     = 2
	steadyTime        = 20 * time.Second
	steadyMosaics     = 1000
)

// checkLatency polls at a steady rate while mosaics are made.
func checkLatency(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	s, err := c.start(steadyWorkers, 100*time.Millisecond)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	clients, stop := s.startClients(ctx, c.mosaic, 0)
	defer stop()
	if err := clients.awaitBusy(ctx); err != nil {
		return nil, err
	}
	paths, err := s.fillQueue(ctx, steadyMosaics)
	if err != nil {
		return nil, err
	}
	pollers := newPollers(steadyConnections, s.addr(), paths)
	if _, err := pollers.steadily(ctx, steadyRate, time.Second); err != nil {
		return nil, err
	}
	from := time.Now()
	took, err := pollers.steadily(ctx, steadyRate, steadyTime)
	if err != nil {
		return nil, err
	}
	made, _, _ := s.times.delivered(span{from, time.Now()})
	if err := clients.refused(); err != nil {
		return nil, err
	}
	p := func(n int) time.Duration { return harness.Percentile(took, n).Round(time.Microsecond) }
	fmt.Fprintf(out, "%d polls in %v, %d mosaics made meanwhile: p50 %v, p95 %v, p99 %v, slowest %v\n", len(took), steadyTime, made, p(50), p(95), p(99), p(100))
	return []promise{{
		fmt.Sprintf("p99 of %d polls/s while mosaics are made", steadyRate), "under 10 ms",
		fmt.Sprintf("%.1f ms (%d mosaics meanwhile)", float64(p(99).Microseconds())/1000, made), p(99) < 10*time.Millisecond && made > 0,
	}}, nil
}
