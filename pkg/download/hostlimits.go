package download

import (
	"context"
	"errors"
	"sync"
	"time"

	"smalti/pkg/pause"
	"smalti/pkg/photo"
)

// hosts limits the requests to each host at the same time. A host that did not answer for limit photos in a
// row is paused, so that a dead server with a thousand photos costs the time of one.
type hosts struct {
	limit int

	mu     sync.Mutex
	states map[string]*hostState
}

// silencePause is how long a host that does not answer is paused.
const silencePause = 30 * time.Second

// maxHostStates is the number of hosts from which on unused ones are forgotten.
const maxHostStates = 1_000

var errSilent = errors.New("the host did not answer for other photos either")

type hostState struct {
	slots chan struct{}

	// Guarded by hosts.mu.
	waiting     int // requests that hold or wait for a slot
	unanswered  int // in a row
	pausedUntil time.Time
}

// acquire waits for a slot of the host. release returns it and tells whether the host answered. The error is
// that of ctx, or an [*photo.Error].
func (h *hosts) acquire(ctx context.Context, host string) (release func(answered bool), err error) {
	r := h.enter(host)
	if err := h.checkPaused(r); err != nil {
		h.leave(host)
		return nil, err
	}
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		h.leave(host)
		return nil, ctx.Err()
	}
	if err := h.recheck(ctx, r); err != nil {
		<-r.slots
		h.leave(host)
		return nil, err
	}
	return func(answered bool) {
		h.record(r, answered)
		<-r.slots
		h.leave(host)
	}, nil
}

// unansweredWait is the wait after a photo that got no answer: the requests of the same time are about to
// tell whether the host answers at all.
const unansweredWait = time.Second

// recheck looks again after the wait for a slot.
func (h *hosts) recheck(ctx context.Context, r *hostState) error {
	h.mu.Lock()
	doubtful := r.unanswered > 0
	h.mu.Unlock()
	if doubtful && !pause.For(ctx, unansweredWait) {
		return ctx.Err()
	}
	return h.checkPaused(r)
}

func (h *hosts) checkPaused(r *hostState) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Now().Before(r.pausedUntil) {
		return &photo.Error{Kind: photo.Timeout, Err: errSilent}
	}
	return nil
}

func (h *hosts) record(r *hostState, answered bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if answered {
		r.unanswered = 0
		return
	}
	if r.unanswered++; r.unanswered >= h.limit {
		r.unanswered, r.pausedUntil = 0, time.Now().Add(silencePause)
	}
}

func (h *hosts) enter(host string) *hostState {
	h.mu.Lock()
	defer h.mu.Unlock()
	r, ok := h.states[host]
	if !ok {
		if h.states == nil {
			h.states = make(map[string]*hostState)
		}
		if len(h.states) >= maxHostStates {
			h.forget()
		}
		r = &hostState{slots: make(chan struct{}, h.limit)}
		h.states[host] = r
	}
	r.waiting++
	return r
}

func (h *hosts) leave(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.states[host]
	if r.waiting--; r.waiting == 0 && r.unanswered == 0 && r.pausedUntil.IsZero() {
		delete(h.states, host)
	}
}

func (h *hosts) forget() {
	for host, r := range h.states {
		if r.waiting == 0 {
			delete(h.states, host)
		}
	}
}
