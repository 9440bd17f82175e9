//go:build linux

package main

import (
	"fmt"
	"io"
	"slices"

	"smalti/pkg/harness"
)

// costRounds is how often costs are measured, in turn, so that what else goes on affects all of them alike.
const costRounds = 10

// cost is what requests of one kind cost the servers. Their number is fixed, and CPU time is counted, so a busy
// machine changes little.
type cost struct {
	what     string
	used     func() (harness.CPU, error) // so far
	requests int                         // in a round
	one      func(*poller) error
	all      pollers
	web      []float64 // microseconds of CPU for a request, by round
	redis    []float64
}

// newCost shares paths at an address among as many connections as there are, but at most pollConnections.
func newCost(what string, used func() (harness.CPU, error), addr string, paths []string, requests int, one func(*poller) error) *cost {
	return &cost{what: what, used: used, requests: requests, one: one, all: newPollers(min(len(paths), pollConnections), addr, paths)}
}

func (c *cost) measure() error {
	before, err := c.used()
	if err != nil {
		return err
	}
	if err := c.all.request(c.requests, c.one); err != nil {
		return fmt.Errorf("%s: %w", c.what, err)
	}
	after, err := c.used()
	c.web = append(c.web, float64((after.Web-before.Web).Microseconds())/float64(c.requests))
	c.redis = append(c.redis, float64((after.Redis-before.Redis).Microseconds())/float64(c.requests))
	return err
}

// costs are compared with each other. The first is the baseline.
type costs []*cost

// measure measures them in turn. In the first round, connections are opened and caches filled; it does not count.
func (all costs) measure(out io.Writer) error {
	for range costRounds + 1 {
		for _, c := range all {
			if err := c.measure(); err != nil {
				return err
			}
		}
	}
	for _, c := range all {
		c.web, c.redis = c.web[1:], c.redis[1:]
		fmt.Fprintf(out, "%s: %.1f us of CPU, and %.1f us of Redis; medians of %d times %d requests\n", c.what, median(c.web), median(c.redis), costRounds, c.requests)
	}
	return nil
}

func (all costs) of(what string) *cost {
	return all[slices.IndexFunc(all, func(c *cost) bool { return c.what == what })]
}

// web is the median of a server's CPU time for one request, in microseconds.
func (all costs) web(what string) float64 { return median(all.of(what).web) }

// relative is how many requests are answered in the CPU time of one by the baseline: the median of all rounds.
func (all costs) relative(what string) float64 {
	ratios := make([]float64, costRounds)
	for i, web := range all.of(what).web {
		ratios[i] = all[0].web[i] / web
	}
	return median(ratios)
}

// median returns the median of values.
func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
