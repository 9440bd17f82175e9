//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"smalti/pkg/rig"
)

// times are when each mosaic was asked for, when a worker began it, and when it was delivered. The
// last two are when the worker logs them: on one machine, well within a millisecond.
type times struct {
	mu      sync.Mutex
	mosaics map[string]*passage
	starts  map[string][]time.Time // by worker
	polls   int
	failed  int
}

// passage is one mosaic's way.
type passage struct{ asked, began, done time.Time }

func newTimes() *times {
	return &times{mosaics: map[string]*passage{}, starts: map[string][]time.Time{}}
}

// watch returns where a worker's log goes.
func (t *times) watch(worker string) io.Writer {
	return rig.Lines(func(line []byte) {
		now := time.Now()
		t.mu.Lock()
		defer t.mu.Unlock()
		switch {
		case bytes.Contains(line, []byte(`msg="job started"`)):
			t.of(rig.Field(line, "job")).began = now
			t.starts[worker] = append(t.starts[worker], now)
		case bytes.Contains(line, []byte(`msg="job done"`)):
			t.of(rig.Field(line, "job")).done = now
		}
	})
}

// of is called with mu held.
func (t *times) of(id string) *passage {
	if t.mosaics[id] == nil {
		t.mosaics[id] = &passage{}
	}
	return t.mosaics[id]
}

func (t *times) asked(id string, at time.Time) {
	t.mu.Lock()
	t.of(id).asked = at
	t.mu.Unlock()
}

func (t *times) polled()   { t.mu.Lock(); t.polls++; t.mu.Unlock() }
func (t *times) wentAway() { t.mu.Lock(); t.failed++; t.mu.Unlock() }

// counts are for the difference of two moments.
type counts struct{ polls, failed int }

func (t *times) counts() counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	return counts{t.polls, t.failed}
}

// workersThatBegan counts the workers that have begun at least so many jobs.
func (t *times) workersThatBegan(jobs int) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.starts {
		if len(s) >= jobs {
			n++
		}
	}
	return n
}

// span is a stretch of time.
type span struct{ from, to time.Time }

func (s span) has(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

// done counts the mosaics that were delivered in a span, and sorts how long they waited for a worker,
// and took one.
func (t *times) done(s span) (n int, waited, took []time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.mosaics {
		if !s.has(p.done) || p.began.IsZero() {
			continue
		}
		n++
		took = append(took, p.done.Sub(p.began))
		if !p.asked.IsZero() { // else the answer to the request is on its way still
			waited = append(waited, max(0, p.began.Sub(p.asked)))
		}
	}
	slices.Sort(waited)
	slices.Sort(took)
	return n, waited, took
}

// throughput is in jobs a second, from each worker's first start in a span to its last: what is cut
// off at either end of the span then counts for no job and for no time. It means something where no
// worker ever had to wait for a job.
func (t *times) throughput(s span) (sum float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, starts := range t.starts {
		in := slices.DeleteFunc(slices.Clone(starts), func(at time.Time) bool { return !s.has(at) })
		if n := len(in); n > 1 {
			sum += float64(n-1) / in[n-1].Sub(in[0]).Seconds()
		}
	}
	return sum
}

// percentile is of sorted durations; 0 of none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*p/100]
}

// threePercentiles are those that a table shows, in milliseconds.
func threePercentiles(sorted []time.Duration) string {
	ms := func(p int) int64 { return percentile(sorted, p).Milliseconds() }
	return fmt.Sprintf("%d / %d / %d", ms(50), ms(95), ms(99))
}
