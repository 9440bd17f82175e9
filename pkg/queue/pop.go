package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// popConnections are the ids of the pop client's connections in Redis, the newest last.
type popConnections struct {
	mu  sync.Mutex
	ids []int64
}

// note adds the id of a new connection. Where Redis does not tell (an embedded one, or an access list),
// stopping is slower.
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
	return slices.Clone(p.ids)
}

// interruptible ends blocked pops when ctx ends, in the only way that loses nothing: CLIENT UNBLOCK makes
// Redis reply as at a timeout, unless it has popped already. It interrupts all pops of this process, and
// perhaps one of another client that got an old id after a restart; they just pop again. The caller calls
// done when its pop has returned.
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

// newPopClient returns a client that never repeats a BRPOP: when the connection breaks, the element may be
// gone from the list, and a second BRPOP would silently return the next one. Nor does a context's deadline
// cut a BRPOP short, since the server may be popping while the connection closes; only the server's own
// timeout ends it. What is lost nevertheless, Sweep recovers.
func newPopClient(o redis.UniversalOptions, popping *popConnections) redis.UniversalClient {
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = false
	o.PoolSize = popConns
	o.ReadTimeout = popTimeout + popSlack
	o.OnConnect = popping.note
	return redis.NewUniversalClient(&o)
}

// popper returns the client for BRPOP. A cluster client would repeat it whatever MaxRetries is, so this is
// the client of the node that has the lists.
func (q *Queue) popper(ctx context.Context) (redis.UniversalClient, error) {
	if c, ok := q.pop.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, keyInteractive)
	}
	return q.pop, nil
}
