//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"smalti/pkg/harness"
)

const (
	pollConnections = 128
	pollRequests    = 15_000 // in a round
	pollMosaics     = 1000
)

// checkPolls measures what polls of waiting mosaics cost the web server and Redis, and the baseline in turn: of one
// that everybody looks at, and of very many.
func checkPolls(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	s, err := c.start(0, 0)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	paths, err := s.fillQueue(ctx, pollMosaics)
	if err != nil {
		return nil, err
	}
	baseline, err := startBaseline()
	if err != nil {
		return nil, err
	}
	defer baseline.Retire()
	all := costs{
		baselineCost(baseline),
		newCost("one mosaic", s.CPU, s.addr(), slices.Repeat(paths[:1], pollConnections), pollRequests, (*poller).poll),
		newCost("many mosaics", s.CPU, s.addr(), paths, pollRequests, (*poller).poll),
	}
	if err := all.measure(out); err != nil {
		return nil, err
	}
	one, many := all.relative("one mosaic"), all.relative("many mosaics")
	return []promise{
		{"polls of one waiting mosaic for each CPU second, relative to a minimal net/http handler", "at least 0.70", fmt.Sprintf("%.2f", one), one >= 0.7},
		{fmt.Sprintf("polls of %d waiting mosaics, relative to it", pollMosaics), "at least 0.40", fmt.Sprintf("%.2f", many), many >= 0.4},
	}, nil
}

// baselineCost is what the baseline's answers cost it.
func baselineCost(baseline *harness.Process) *cost {
	used := func() (harness.CPU, error) {
		cpu, err := baseline.CPU()
		return harness.CPU{Web: cpu}, err
	}
	return newCost("baseline", used, baseline.Addr, slices.Repeat([]string{"/"}, pollConnections), pollRequests, (*poller).visit)
}
