package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// CachePeriod is the longest that a [Cache] keeps anything.
const CachePeriod = time.Hour

// Cache keeps small values in the queue's Redis that can be had again some other way. What it holds
// is bounded, because a Redis that is full takes no jobs either: in any hour of the clock at most so
// many bytes are written, so that never more than twice as many are there. It is safe for concurrent
// use.
//
//	{smalti}:<name>:<key>         string: the value
//	{smalti}:<name>-bytes:<hour>  counter: the bytes written in that hour since 1970
type Cache struct {
	cmd  redis.UniversalClient
	name string
	most int64
}

// Cache returns the cache of the given name, which may write most bytes in an hour.
func (q *Queue) Cache(name string, most int64) *Cache { return &Cache{q.cmd, name, most} }

func (c *Cache) key(key string) string { return "{smalti}:" + c.name + ":" + key }

// Get returns the value of a key, nil where there is none.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, error) {
	v, err := c.cmd.Get(ctx, c.key(key)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return v, unavailable("reading the cache", err)
}

// Set keeps a value for a while, at most [CachePeriod], or returns [ErrFull].
func (c *Cache) Set(ctx context.Context, key string, value []byte, keep time.Duration) error {
	hour := fmt.Sprintf("{smalti}:%s-bytes:%d", c.name, time.Now().Unix()/3600)
	size := int64(len(value))
	p := c.cmd.Pipeline()
	written := p.IncrBy(ctx, hour, size)
	p.Expire(ctx, hour, 2*time.Hour)
	if _, err := p.Exec(ctx); err != nil {
		return unavailable("counting the cache", err)
	}
	if written.Val() > c.most {
		c.cmd.DecrBy(ctx, hour, size) // a smaller value may still fit
		return fmt.Errorf("caching %d bytes: %w", size, ErrFull)
	}
	return unavailable("writing the cache", c.cmd.Set(ctx, c.key(key), value, min(keep, CachePeriod)).Err())
}
