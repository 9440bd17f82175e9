package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// tellEvery is how often a worker sends its whole heartbeat if nothing changes: well within beatLife, which is as long
// as the versions that it reads count.
const tellEvery = 10 * time.Second

// heartbeats are those that Redis has whole. The zero value has none. It is safe for concurrent use.
type heartbeats struct {
	mu  sync.Mutex
	was map[string]heartbeat // by worker
}

type heartbeat struct {
	detail string
	at     time.Time
}

// has reports whether this heartbeat of a worker was sent a moment ago.
func (h *heartbeats) has(worker, detail string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, ok := h.was[worker]
	return ok && was.detail == detail && time.Since(was.at) < tellEvery
}

func (h *heartbeats) note(worker, detail string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.was == nil {
		h.was = make(map[string]heartbeat)
	}
	h.was[worker] = heartbeat{detail, time.Now()}
}

// tick tells that a worker is live of which there is nothing new. If Redis does not know it, or has no memory for the
// tick, known is false: the whole heartbeat is to be sent.
func (q *Queue) tick(ctx context.Context, b Beat) (known bool, err error) {
	reply, err := tickScript.Run(ctx, q.cmd, []string{keyWorkers}, b.Worker, b.Instance, sweepEvery.Milliseconds()).Slice()
	if _, refused := errors.AsType[redis.Error](err); refused {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	switch {
	case len(reply) == 1 && reply[0] == "taken":
		return false, ErrNameTaken
	case len(reply) == 1 && reply[0] == "unknown":
		return false, nil
	case len(reply) != 3:
		return false, fmt.Errorf("a reply of %d fields", len(reply))
	}
	q.learn(reply[1], reply[2])
	return true, nil
}
