//go:build linux

package main

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// jobTimes are when each mosaic was requested, when a worker began it and when it was delivered. The last
// two are when the worker logs them. It is safe for concurrent use.
type jobTimes struct {
	polls, failed atomic.Int64

	mu     sync.Mutex
	jobs   map[string]*jobTime
	starts map[string][]time.Time // by worker
}

type jobTime struct{ asked, began, done time.Time }

func newJobTimes() *jobTimes {
	return &jobTimes{jobs: map[string]*jobTime{}, starts: map[string][]time.Time{}}
}

func (t *jobTimes) update(id string, change func(*jobTime)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.jobs[id] == nil {
		t.jobs[id] = &jobTime{}
	}
	change(t.jobs[id])
}

func (t *jobTimes) asked(id string, at time.Time)   { t.update(id, func(j *jobTime) { j.asked = at }) }
func (t *jobTimes) done(_, id string, at time.Time) { t.update(id, func(j *jobTime) { j.done = at }) }

func (t *jobTimes) started(worker, id string, at time.Time) {
	t.update(id, func(j *jobTime) {
		j.began = at
		t.starts[worker] = append(t.starts[worker], at)
	})
}

// firstStart is when a worker began its first job, or zero.
func (t *jobTimes) firstStart(worker string) (at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.starts[worker]; len(s) > 0 {
		at = s[0]
	}
	return at
}

// workersThatBegan counts the workers that have begun at least so many jobs.
func (t *jobTimes) workersThatBegan(jobs int) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.starts {
		if len(s) >= jobs {
			n++
		}
	}
	return n
}

type span struct{ from, to time.Time }

func (s span) has(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

// delivered counts the mosaics that were delivered in a span. It returns how long they waited for a worker
// and how long the worker took, both sorted.
func (t *jobTimes) delivered(s span) (n int, waited, took []time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, j := range t.jobs {
		if !s.has(j.done) || j.began.IsZero() {
			continue
		}
		n++
		took = append(took, j.done.Sub(j.began))
		if !j.asked.IsZero() { // else the answer to the request is still on its way
			waited = append(waited, max(0, j.began.Sub(j.asked)))
		}
	}
	slices.Sort(waited)
	slices.Sort(took)
	return n, waited, took
}

// throughput is in jobs a second. For each worker it counts from the first start in a span to the last, so
// that jobs cut off at either end of the span count for nothing. It is only meaningful if no worker ever
// waited for a job.
func (t *jobTimes) throughput(s span) (sum float64) {
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
