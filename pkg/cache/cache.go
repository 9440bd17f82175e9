// Package cache keeps small values that can be had again some other way: in the memory of this
// process and, behind it, in a Redis that several processes share.
//
// It may be lost at any time and be slow or away for as long as it likes: whatever goes wrong is a
// miss, found out within [Config.Patience] once and not asked again for a while. What comes out of
// Redis is checked (length, checksum, and that it was stored under the very key that is asked for),
// which guards against accidents; a value is no more trustworthy than the Redis it was kept in, and
// who reads one must be able to read any bytes.
//
// Keys of Redis are hashes, so that it does not list the addresses that somebody asked for. They
// carry the hash tag {smalti}:
//
//	{smalti}:cache:<hash>  string: checksum and value; expires by itself
//	{smalti}:cache-used    sorted set: the hashes by their last use (ms)
//	{smalti}:cache-sizes   hash: bytes by hash, and all together under the empty name
package cache

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Config bounds a cache. A zero field means its default.
type Config struct {
	Memory   int64         // bytes in this process; default 64 MiB
	Shared   int64         // bytes in Redis, of all processes together; default 256 MiB
	Value    int64         // bytes of one value; default 1 MiB. Larger ones are not kept
	Patience time.Duration // for one round trip to Redis; default 250 ms
	Log      *slog.Logger  // told when Redis goes away and comes back; nil: nobody is
}

// MaxKeep is the longest that a value is kept.
const MaxKeep = 24 * time.Hour

func (c Config) withDefaults() Config {
	if c.Memory <= 0 {
		c.Memory = 64 << 20
	}
	if c.Shared <= 0 {
		c.Shared = 256 << 20
	}
	if c.Value <= 0 {
		c.Value = 1 << 20
	}
	if c.Patience <= 0 {
		c.Patience = 250 * time.Millisecond
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Cache is safe for concurrent use.
type Cache struct {
	*core
	hits, sharedHits, misses, dropped atomic.Int64
}

// core is what several views of a cache have in common.
type core struct {
	config Config
	memory memory
	shared *shared // nil without Redis

	puts    chan entry
	stop    chan struct{}
	writing sync.WaitGroup
	closing sync.Once
}

// New returns a cache before the Redis of client, which it closes in the end; with a nil client, one
// in memory alone. It does not connect.
func New(client redis.UniversalClient, config Config) *Cache {
	config = config.withDefaults()
	c := &Cache{core: &core{config: config, memory: memory{budget: config.Memory}}}
	if client != nil {
		c.shared = newShared(client, config)
		c.puts, c.stop = make(chan entry, queued), make(chan struct{})
		c.writing.Go(c.write)
	}
	return c
}

// Apart returns the same cache with counts of its own, for another use of it. Closing either closes both.
func (c *Cache) Apart() *Cache { return &Cache{core: c.core} }

// Get returns the value of each key, nil where there is none. Values must not be changed.
func (c *Cache) Get(ctx context.Context, keys ...string) [][]byte {
	values := make([][]byte, len(keys))
	var missing []int
	var ids []string
	for i, key := range keys {
		id := hash(key)
		if v, ok := c.memory.get(id); ok {
			values[i] = v
			continue
		}
		missing, ids = append(missing, i), append(ids, id)
	}
	c.hits.Add(int64(len(keys) - len(missing)))
	if c.shared != nil {
		for at, found := range c.shared.get(ctx, ids) {
			values[missing[at]] = found.value
			c.memory.put(ids[at], found.value, found.keep)
			c.sharedHits.Add(1)
			c.misses.Add(-1)
		}
	}
	c.misses.Add(int64(len(missing)))
	return values
}

// Put keeps a value for at most so long, and at most [MaxKeep]. It returns at once: Redis has the
// value a moment later or, where it is slow, never. The value must not be changed afterwards.
func (c *Cache) Put(key string, value []byte, keep time.Duration) {
	keep = min(keep, MaxKeep)
	if int64(len(value)) > c.config.Value || keep < time.Millisecond {
		return
	}
	id := hash(key)
	c.memory.put(id, value, keep)
	if c.shared == nil {
		return
	}
	select {
	case c.puts <- entry{id, value, keep}:
	default:
		c.dropped.Add(1)
	}
}

// Close writes for a moment what Redis does not have yet, and closes the connections.
func (c *Cache) Close() (err error) {
	if c.shared == nil {
		return nil
	}
	c.closing.Do(func() {
		close(c.stop)
		c.writing.Wait()
		err = c.shared.client.Close()
	})
	return err
}

// Stats counts what was asked since the start.
type Stats struct {
	Hits       int64 // from memory
	SharedHits int64 // from Redis
	Misses     int64
	Dropped    int64 // values that never reached Redis, since it was slow or away
	Bytes      int64 // in memory now
}

// Stats returns the counts.
func (c *Cache) Stats() Stats {
	return Stats{
		Hits: c.hits.Load(), SharedHits: c.sharedHits.Load(), Misses: c.misses.Load(),
		Dropped: c.dropped.Load(), Bytes: c.memory.size(),
	}
}

// hash is what stands for a key.
func hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
