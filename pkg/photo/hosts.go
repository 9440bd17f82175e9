package photo

import (
	"context"
	"sync"
)

// hosts lets only so many in at once per host: a server that has all the photos should not notice
// us. It remembers only the hosts that are in use.
type hosts struct {
	limit int

	mu    sync.Mutex
	rooms map[string]*room
}

type room struct {
	seats chan struct{}
	users int // who sits or waits; guarded by hosts.mu
}

// acquire waits for a turn at the host; release gives it back.
func (h *hosts) acquire(ctx context.Context, host string) (release func(), err error) {
	r := h.enter(host)
	select {
	case r.seats <- struct{}{}:
		return func() {
			<-r.seats
			h.leave(host)
		}, nil
	case <-ctx.Done():
		h.leave(host)
		return nil, ctx.Err()
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
		r = &room{seats: make(chan struct{}, h.limit)}
		h.rooms[host] = r
	}
	r.users++
	return r
}

func (h *hosts) leave(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.rooms[host]; r.users > 1 {
		r.users--
	} else {
		delete(h.rooms, host)
	}
}
