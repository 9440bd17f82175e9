package queue

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// popConnections are the ids that Redis gave to the connections of the pop client, the newest last.
type popConnections struct {
	mu  sync.Mutex
	ids []int64
}

// note learns the id of a new connection. A Redis that does not say (an embedded one, or one with an
// access list) only makes stopping slower.
func (p *popConnections) note(ctx context.Context, c *redis.Conn) error {
	id, err := c.ClientID(ctx).Result()
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids = append(p.ids, id)
	if len(p.ids) > popConns { // the older ones are closed
		p.ids = p.ids[1:]
	}
	return nil
}

func (p *popConnections) all() []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]int64(nil), p.ids...)
}

// interruptible ends blocked pops when ctx ends, in the one way that loses nothing: CLIENT UNBLOCK has
// Redis itself answer as if the time were over, unless it has popped already. It reaches every pop
// of this queue, and perhaps one of a stranger that was given an old id after a restart: either just
// asks again. The caller calls done when its pop has returned.
func (q *Queue) interruptible(ctx context.Context) (done func()) {
	returned := make(chan struct{})
	var unblocking sync.WaitGroup
	unblocking.Add(1)
	stop := context.AfterFunc(ctx, func() {
		defer unblocking.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), popTimeout+popSlack)
		defer cancel()
		// The pop may be on its way to Redis only now.
		for tick := 10 * time.Millisecond; ; tick = min(2*tick, 200*time.Millisecond) {
			c, err := q.node(ctx)
			for _, id := range q.popping.all() {
				if err == nil {
					err = c.ClientUnblock(ctx, id).Err()
				}
			}
			select {
			case <-returned:
				return
			case <-ctx.Done():
				return
			case <-time.After(tick):
			}
		}
	})
	return func() {
		close(returned)
		if !stop() {
			unblocking.Wait()
		}
	}
}

// newPopClient must never repeat a BRPOP: when the connection breaks, the element that was popped is
// gone from the list, and a second BRPOP would silently return the next one. Nor may a context's
// deadline cut a BRPOP short, since it closes the connection under the server, which may just then
// be popping; only the server's own timeout ends it. What is lost nevertheless, Sweep recovers.
func newPopClient(o redis.UniversalOptions, popping *popConnections) redis.UniversalClient {
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = false
	o.PoolSize = popConns
	o.ReadTimeout = popTimeout + popSlack
	o.OnConnect = popping.note
	return redis.NewUniversalClient(&o)
}

// popper is who sends a BRPOP. A cluster's client would repeat it whatever MaxRetries says, so the
// node that has the lists is asked directly.
func (q *Queue) popper(ctx context.Context) (redis.UniversalClient, error) {
	if c, ok := q.pop.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, keyInteractive)
	}
	return q.pop, nil
}
