//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"smalti/pkg/rig"
)

// promise is a figure that was asked for, and what was seen.
type promise struct {
	what, asked, seen string
	kept              bool
}

// check measures what one or more promises are about.
type check struct {
	name string
	run  func(context.Context, *settings, io.Writer) ([]promise, error)
}

var checks = []check{
	{"linear", checkLinear},
	{"polls", checkPolls},
	{"latency", checkLatency},
	{"clone", checkClone},
	{"rest", checkRest},
	{"pages", checkPages},
}

func checkNames() (names []string) {
	for _, c := range checks {
		names = append(names, c.name)
	}
	return names
}

func chosenChecks(list string) ([]string, error) {
	if list == "all" {
		return checkNames(), nil
	}
	chosen := strings.Split(list, ",")
	for _, name := range chosen {
		if !slices.Contains(checkNames(), name) {
			return nil, fmt.Errorf("there is no check %q", name)
		}
	}
	return chosen, nil
}

// check runs those that were chosen, and writes a line for each promise.
func (c *settings) check(ctx context.Context, out io.Writer) (kept bool, err error) {
	kept = true
	var all []promise
	for _, check := range checks {
		if !slices.Contains(c.checks, check.name) {
			continue
		}
		promises, err := check.run(ctx, c, out)
		if err != nil {
			return false, fmt.Errorf("%s: %w", check.name, err)
		}
		all = append(all, promises...)
	}
	for _, p := range all {
		word := "kept"
		if !p.kept {
			word, kept = "MISSED", false
		}
		fmt.Fprintf(out, "%s: asked %s, seen %s: %s\n", p.what, p.asked, p.seen, word)
	}
	return kept, nil
}

// checkLinear compares one worker with sixteen.
func checkLinear(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	some := *c
	some.rate, some.rest, some.workers = 0, 0, []int{1, 16}
	rows, err := some.sweep(ctx, out)
	if err != nil {
		return nil, err
	}
	one, sixteen := rows[0].throughput, rows[1].throughput
	linear := sixteen / one / 16
	return []promise{{
		fmt.Sprintf("throughput of 16 workers, beside 16 times that of one, photos %v away", c.latency), "at least 0.95",
		fmt.Sprintf("%.3f (%.2f and %.2f jobs/s)", linear, one, sixteen), linear >= 0.95,
	}}, nil
}

const (
	pollConnections = 128
	pollMosaics     = 1000
	pollPairs       = 10
)

// checkPolls asks the web server and a bare handler in turn, as fast as they answer.
func checkPolls(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	p, err := startPlant(c.places, 0, 0, nil)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	paths, err := p.queue(ctx, pollMosaics)
	if err != nil {
		return nil, err
	}
	bare, err := startBare()
	if err != nil {
		return nil, err
	}
	defer bare.Retire()
	ours, theirs := askers(pollConnections, p.addr(), paths), askers(pollConnections, bare.Addr, paths)
	var ratios, fast []float64
	for i := range pollPairs + 1 {
		b, err := flood(theirs, slice)
		if err != nil {
			return nil, fmt.Errorf("the bare handler: %w", err)
		}
		before, err := p.effort(ctx)
		if err != nil {
			return nil, err
		}
		w, err := flood(ours, slice)
		if err != nil {
			return nil, err
		}
		after, err := p.effort(ctx)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			continue // connections were made, and caches filled
		}
		polls := w * after.at.Sub(before.at).Seconds()
		each := func(d time.Duration) float64 { return float64(d.Microseconds()) / polls }
		fmt.Fprintf(out, "bare %.0f/s, polls %.0f/s: %.2f; CPU of a poll: web %.0f us, redis %.0f us\n",
			b, w, w/b, each(after.web-before.web), each(after.redis-before.redis))
		ratios, fast = append(ratios, w/b), append(fast, w)
	}
	slices.Sort(ratios)
	slices.Sort(fast)
	ratio := median(ratios)
	return []promise{{
		"polls answered, beside a bare net/http handler in turn with it", "at least 0.50",
		fmt.Sprintf("%.2f (%.0f polls/s)", ratio, median(fast)), ratio >= 0.5,
	}}, nil
}

const (
	steadyRate        = 2000
	steadyConnections = 64
	steadyWorkers     = 2
	steadyTime        = 20 * time.Second
)

// checkLatency polls at a steady rate while mosaics are made.
func checkLatency(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	t := newTimes()
	p, err := startPlant(c.places, steadyWorkers, 100*time.Millisecond, t.watch)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	busy, stop := context.WithCancel(ctx)
	crowd := newCrowd(c.order, p.base(), p.photos.URL, t)
	gone := make(chan struct{})
	go func() { defer close(gone); crowd.keep(busy, 4*steadyWorkers) }()
	defer func() { stop(); <-gone }()
	for t.workersThatBegan(2) < steadyWorkers {
		if !rig.Wait(ctx, 20*time.Millisecond) {
			return nil, ctx.Err()
		}
	}
	paths, err := p.queue(ctx, pollMosaics)
	if err != nil {
		return nil, err
	}
	all := askers(steadyConnections, p.addr(), paths)
	if _, err := steadily(ctx, all, steadyRate, time.Second); err != nil {
		return nil, err
	}
	from := time.Now()
	took, err := steadily(ctx, all, steadyRate, steadyTime)
	if err != nil {
		return nil, err
	}
	made, _, _ := t.done(span{from, time.Now()})
	if err := crowd.refused(); err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "%d polls in %v, %d mosaics made meanwhile: p50 %v, p95 %v, p99 %v, slowest %v\n", len(took), steadyTime, made,
		percentile(took, 50).Round(time.Microsecond), percentile(took, 95).Round(time.Microsecond), percentile(took, 99).Round(time.Microsecond), percentile(took, 100).Round(time.Microsecond))
	p99 := percentile(took, 99)
	return []promise{{
		fmt.Sprintf("p99 of %d polls/s while mosaics are made", steadyRate), "under 10 ms",
		fmt.Sprintf("%.1f ms (%d mosaics meanwhile)", float64(p99.Microseconds())/1000, made), p99 < 10*time.Millisecond && made > 0,
	}}, nil
}
