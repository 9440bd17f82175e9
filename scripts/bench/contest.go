package main

import (
	"fmt"
	"runtime"
	"time"
)

// contender is something that is timed.
type contender struct {
	name       string
	megapixels float64
	once       func() (time.Duration, error)
	took       time.Duration // median
}

// clocked is a contender whose time is that of a function.
func clocked(name string, megapixels float64, f func() error) *contender {
	return &contender{name: name, megapixels: megapixels, once: func() (time.Duration, error) {
		begin := time.Now()
		err := f()
		return time.Since(begin), err
	}}
}

// perPixel is in seconds a megapixel.
func (c *contender) perPixel() float64 { return c.took.Seconds() / c.megapixels }

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }

// contest times contenders in turn.
type contest []*contender

// run times each of them, after one run that does not count.
func (all contest) run(runs int) error {
	times := make([][]int64, len(all))
	for n := range runs + 1 {
		for i, c := range all {
			note("%s, run %d", c.name, n)
			runtime.GC() // what the one before left must not slow down this one
			d, err := c.once()
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if n > 0 {
				times[i] = append(times[i], int64(d))
			}
		}
	}
	for i, c := range all {
		c.took = time.Duration(median(times[i]))
	}
	return nil
}

func (all contest) addTo(t *table) {
	for _, c := range all {
		t.add(c.name, fmt.Sprintf("%.0f", c.megapixels), fmt.Sprintf("%.1f", milliseconds(c.took)), fmt.Sprintf("%.0f", 1/c.perPixel()))
	}
}
