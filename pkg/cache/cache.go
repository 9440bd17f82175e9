// Package cache stores small values that can be had again some other way: in the memory of this process
// and in a Redis that several processes share ([Cache]), or in Redis alone ([Shared]).
//
// Redis may lose them at any time, be slow, or be away: [Cache] treats whatever goes wrong as a miss, and
// asks again after two seconds. A value from Redis is checked: its length, a checksum, and that it was
// stored under this very key. That guards against accidents only. A value is no more trustworthy than
// Redis, and its reader must cope with any bytes.
//
// Keys of Redis are hashes, so that it does not list the addresses that people asked for:
//
//	{smalti}:<name>:<hash>  string: checksum and value, with a time to live
//	{smalti}:<name>-used    sorted set: the hashes by their last use (ms)
//	{smalti}:<name>-sizes   hash: bytes by hash, and all together under the empty name
//
// # Why it evicts by itself
//
// By default the cache is in the Redis of the queue, and maxmemory-policy applies to a whole server. Only
// noeviction spares the jobs: allkeys-* would evict them to make room for the cache, and volatile-*
// evicts keys with a time to live, as completion keys and records of deletions are. So each put evicts
// what was not used for longest until the cache fits its own budget (scripts/evict.lua, which takes Redis
// a few microseconds for each value). Whoever fills the cache, it takes no more than that.
//
// To refuse values beyond so many bytes a day would be simpler, but then whoever comes first uses up the
// cache for everybody: where a day brings ten times the budget, one in ten repeated lookups would hit.
// Here, all hit that come within a tenth of the day.
package cache

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Config bounds a cache. A zero field means its default.
type Config struct {
	Name     string        // of the keys in Redis; default "cache"
	Memory   int64         // bytes in this process; default 64 MiB
	Shared   int64         // bytes in Redis, of all processes together; default 256 MiB
	Value    int64         // bytes of one value; default 1 MiB. Larger ones are not stored
	Patience time.Duration // for one round trip to Redis; default 250 ms
	Log      *slog.Logger  // told when Redis goes away and comes back; nil: nobody is
}

// MaxTTL is the longest that a value is stored.
const MaxTTL = 24 * time.Hour

func (c Config) withDefaults() Config {
	set := func(n *int64, v int64) {
		if *n <= 0 {
			*n = v
		}
	}
	set(&c.Memory, 64<<20)
	set(&c.Shared, 256<<20)
	set(&c.Value, 1<<20)
	set((*int64)(&c.Patience), int64(250*time.Millisecond))
	if c.Name == "" {
		c.Name = "cache"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Cache is a cache in memory with one in Redis behind it. It is safe for concurrent use.
type Cache struct {
	*core
	hits, sharedHits, misses, dropped atomic.Int64
}

// core is what several views of a cache have in common.
type core struct {
	config Config
	memory memory
	shared *Shared // nil without Redis

	puts    chan entry
	stop    chan struct{}
	writing sync.WaitGroup
	closing sync.Once
}

const (
	maxQueued   = 256 // values on their way to Redis; more are dropped
	maxBatch    = 64  // values in a round trip: cheap for us, and others need not wait long for Redis
	maxPutBytes = 8 << 20
	gatherTime  = 100 * time.Millisecond // for more values to come: a round trip costs Redis more than a value
	closeTime   = time.Second            // for what is still on its way
)

// New returns a cache before the Redis of client, which it closes in the end; with a nil client, one in
// memory alone. It does not connect.
func New(client redis.UniversalClient, config Config) *Cache {
	config = config.withDefaults()
	c := &Cache{core: &core{config: config, memory: memory{budget: config.Memory}}}
	if client != nil {
		c.shared = NewShared(client, config)
		c.puts, c.stop = make(chan entry, maxQueued), make(chan struct{})
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
		at := 0
		for some := range slices.Chunk(ids, maxBatch) {
			found, err := c.shared.get(ctx, some)
			if err != nil {
				break
			}
			for i, e := range found {
				if e.value != nil {
					values[missing[at+i]] = e.value
					c.memory.put(e)
					c.sharedHits.Add(1)
					c.misses.Add(-1)
				}
			}
			at += len(some)
		}
	}
	c.misses.Add(int64(len(missing)))
	return values
}

// Put stores a value for at most ttl, and at most [MaxTTL]. It returns at once: Redis has the value a
// moment later or, if it is slow, never. The value must not be changed afterwards.
func (c *Cache) Put(key string, value []byte, ttl time.Duration) {
	ttl = min(ttl, MaxTTL)
	if int64(len(value)) > c.config.Value || ttl < time.Millisecond {
		return
	}
	e := entry{hash(key), value, ttl}
	c.memory.put(e)
	if c.shared == nil {
		return
	}
	select {
	case c.puts <- e:
	default:
		c.dropped.Add(1)
	}
}

// write sends values to Redis until the cache is closed. Nobody waits for it: a slow Redis must not slow
// down a job.
func (c *Cache) write() {
	for {
		select {
		case e := <-c.puts:
			c.send(context.Background(), e)
			continue
		case <-c.stop:
		}
		break
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	for ctx.Err() == nil {
		select {
		case e := <-c.puts:
			c.send(ctx, e)
		default:
			return
		}
	}
}

// send puts a value together with those that wait, and those that come soon.
func (c *Cache) send(ctx context.Context, first entry) {
	batch := []entry{first}
	enough := time.After(gatherTime)
	for bytes := len(first.value); len(batch) < maxBatch && bytes < maxPutBytes; {
		e, ok := c.another(enough)
		if !ok {
			break
		}
		batch = append(batch, e)
		bytes += len(e.value)
	}
	if err := c.shared.put(ctx, batch); err != nil {
		c.dropped.Add(int64(len(batch)))
	}
}

// another returns a value that waits, or else waits for one until enough or the end of the cache.
func (c *Cache) another(enough <-chan time.Time) (e entry, ok bool) {
	select {
	case e = <-c.puts:
		return e, true
	default:
	}
	select {
	case e = <-c.puts:
		return e, true
	case <-enough:
	case <-c.stop:
	}
	return e, false
}

// Close spends up to a second on what is still on its way to Redis, and closes the connections.
func (c *Cache) Close() (err error) {
	if c.shared == nil {
		return nil
	}
	c.closing.Do(func() {
		close(c.stop)
		c.writing.Wait()
		err = c.shared.Close()
	})
	return err
}

// Stats counts lookups since the start.
type Stats struct {
	Hits       int64 // in memory
	SharedHits int64 // in Redis
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
