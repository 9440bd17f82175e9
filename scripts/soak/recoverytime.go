//go:build linux

package main

import (
	"slices"
	"sync"
	"time"
)

// recoveryTimer measures for each job of a killed worker how long it takes until the job runs again or has
// ended. A worker holds the job that its log says it started last, until it starts another one or the
// oracle has seen that job's end.
type recoveryTimer struct {
	mu      sync.Mutex
	held    map[string]string    // job by worker
	pending map[string]time.Time // when its worker was killed, by job
	ended   map[string]bool      // jobs
	took    []time.Duration
}

func newRecoveryTimer() *recoveryTimer {
	return &recoveryTimer{held: map[string]string{}, pending: map[string]time.Time{}, ended: map[string]bool{}}
}

func (r *recoveryTimer) started(worker, id string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[worker] = id
	r.recovered(id, at)
}

// killed notes that a worker was killed. Everything that it logged must have been read.
func (r *recoveryTimer) killed(worker string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.held[worker]
	delete(r.held, worker)
	if _, pending := r.pending[id]; id != "" && !r.ended[id] && !pending {
		r.pending[id] = at
	}
}

// final notes that the oracle has seen a job's end.
func (r *recoveryTimer) final(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended[id] = true
	r.recovered(id, time.Now())
}

func (r *recoveryTimer) recovered(id string, at time.Time) {
	if killed, pending := r.pending[id]; pending {
		r.took = append(r.took, at.Sub(killed))
		delete(r.pending, id)
	}
}

// pends reports whether a job's recovery is being measured. Its browser polls more often then.
func (r *recoveryTimer) pends(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, pending := r.pending[id]
	return pending
}

// times returns all recovery times, sorted.
func (r *recoveryTimer) times() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.took))
}
