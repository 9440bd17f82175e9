//go:build linux

package main

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"time"

	"smalti/pkg/rig"
)

// recovery measures, for each job that a killed worker held, how long it took from the kill until
// the job ran again or had ended. What a worker holds, its log says: the job that it started last,
// until it starts another, or the oracle has seen that job's end.
type recovery struct {
	mu      sync.Mutex
	held    map[string]string    // job by worker
	pending map[string]time.Time // when its worker was killed, by job
	ended   map[string]bool      // jobs
	took    []time.Duration
}

func newRecovery() *recovery {
	return &recovery{held: map[string]string{}, pending: map[string]time.Time{}, ended: map[string]bool{}}
}

// watch returns where a worker's log goes.
func (r *recovery) watch(worker string) io.Writer {
	return rig.Lines(func(line []byte) {
		if bytes.Contains(line, []byte(`msg="job started"`)) {
			r.started(worker, rig.Field(line, "job"))
		}
	})
}

func (r *recovery) started(worker, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[worker] = id
	r.over(id)
}

// killed notes that a worker was killed at t. Everything that it logged has been read.
func (r *recovery) killed(worker string, t time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.held[worker]
	delete(r.held, worker)
	if id == "" || r.ended[id] {
		return
	}
	if _, waits := r.pending[id]; !waits {
		r.pending[id] = t
	}
}

// final notes that the oracle has seen a job's end.
func (r *recovery) final(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended[id] = true
	r.over(id)
}

func (r *recovery) over(id string) {
	if t, waits := r.pending[id]; waits {
		r.took = append(r.took, time.Since(t))
		delete(r.pending, id)
	}
}

// waits reports whether a job's recovery is being measured: its browser then looks more often.
func (r *recovery) waits(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, waits := r.pending[id]
	return waits
}

// times returns all recoveries, the fastest first.
func (r *recovery) times() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.took))
}
