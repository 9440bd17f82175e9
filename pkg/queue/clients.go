package queue

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// newCommandClient repeats a command whose answer was lost: every script here may be repeated. It
// gives up a connection that is dead without a word soon enough to renew a lease on another one.
func newCommandClient(o redis.UniversalOptions) redis.UniversalClient {
	o.ContextTimeoutEnabled = true
	o.ReadTimeout, o.WriteTimeout = 3*time.Second, 3*time.Second
	return redis.NewUniversalClient(&o)
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

// node is the connection pool of the server that has the keys, for what must stay on one connection.
func (q *Queue) node(ctx context.Context) (redis.UniversalClient, error) {
	if c, ok := q.cmd.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, keyOpen)
	}
	return q.cmd, nil
}
