package status

import (
	"context"
	"sync"
	"time"
)

// Workers counts workers, but not for every poll. It is safe for concurrent use.
type Workers struct {
	Count func(context.Context) (int, error)

	mu    sync.Mutex
	n     int
	known bool
	asked time.Time
}

const workersAge = 2 * time.Second

// Get returns how many there are, if that is known.
func (c *Workers) Get(ctx context.Context) (n int, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.asked) > workersAge {
		n, err := c.Count(ctx)
		c.n, c.known, c.asked = n, err == nil, time.Now()
	}
	return c.n, c.known
}
