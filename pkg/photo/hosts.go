package photo

import (
	"context"
	"errors"
	"sync"
	"time"
)

// hosts lets only so many in at once per host: a server that has all the photos should not notice
// us. A host that did not answer for so many photos in a row as may be asked for at once is left
// alone for a while, so that a dead server with a thousand photos costs the mosaic the time of one.
type hosts struct {
	limit int

	mu    sync.Mutex
	rooms map[string]*room
}

// silence is how long a host that does not answer is left alone.
const silence = 30 * time.Second

// maxRooms is how many hosts are remembered before those that nobody uses are forgotten.
const maxRooms = 1_000

var errSilent = errors.New("the host did not answer for other photos either")

type room struct {
	seats chan struct{}

	// Guarded by hosts.mu.
	users  int       // who sits or waits
	silent int       // how many in a row got no answer
	closed time.Time // until when nobody is let in
}

// acquire waits for a turn at the host. release gives it back, and tells whether the host answered.
// The error is that of ctx, or an [*Error].
func (h *hosts) acquire(ctx context.Context, host string) (release func(answered bool), err error) {
	r := h.enter(host)
	if err := h.open(r); err != nil {
		h.leave(host)
		return nil, err
	}
	select {
	case r.seats <- struct{}{}:
	case <-ctx.Done():
		h.leave(host)
		return nil, ctx.Err()
	}
	if err := h.admit(ctx, r); err != nil {
		<-r.seats
		h.leave(host)
		return nil, err
	}
	return func(answered bool) {
		h.judge(r, answered)
		<-r.seats
		h.leave(host)
	}, nil
}

// doubt is how long one waits after a photo that got no answer: those that were asked for at the same
// time are about to tell whether the host is silent.
const doubt = time.Second

// admit looks again after the wait for a seat.
func (h *hosts) admit(ctx context.Context, r *room) error {
	h.mu.Lock()
	doubtful := r.silent > 0
	h.mu.Unlock()
	if doubtful {
		select {
		case <-time.After(doubt):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return h.open(r)
}

func (h *hosts) open(r *room) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Now().Before(r.closed) {
		return &Error{Kind: Timeout, Err: errSilent}
	}
	return nil
}

func (h *hosts) judge(r *room, answered bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if answered {
		r.silent = 0
		return
	}
	if r.silent++; r.silent >= h.limit {
		r.silent, r.closed = 0, time.Now().Add(silence)
	}
}

func (h *hosts) enter(host string) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	r, ok := h.rooms[host]
	if !ok {
		if h.rooms == nil {
			h.rooms = make(map[string]*room)
		}
		if len(h.rooms) >= maxRooms {
			h.forget()
		}
		r = &room{seats: make(chan struct{}, h.limit)}
		h.rooms[host] = r
	}
	r.users++
	return r
}

func (h *hosts) leave(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[host]
	if r.users--; r.users == 0 && r.silent == 0 && r.closed.IsZero() {
		delete(h.rooms, host)
	}
}

func (h *hosts) forget() {
	for host, r := range h.rooms {
		if r.users == 0 {
			delete(h.rooms, host)
		}
	}
}
