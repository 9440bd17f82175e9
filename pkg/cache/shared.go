package cache

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/redisconn"
)

//go:embed scripts
var files embed.FS

var touchScript, evictScript = redisconn.Script(files, "touch"), redisconn.Script(files, "evict")

// ErrUnavailable means that Redis cannot be reached, or refuses.
var ErrUnavailable = errors.New("the cache is unavailable")

// Shared is a cache in Redis alone: what one process has set, all others get from then on. It is safe for
// concurrent use.
type Shared struct {
	client redis.UniversalClient
	config Config

	// A Redis whose memory is full refuses to write, and can still be read.
	reading, writing redisconn.Breaker
	hits, misses     atomic.Int64
}

// NewShared returns a cache in the Redis of client, which it closes in the end. It does not connect.
func NewShared(client redis.UniversalClient, config Config) *Shared {
	config = config.withDefaults()
	changed := func(err error) {
		if err != nil {
			config.Log.Warn("cache unavailable; going on without it", "cache", config.Name, "error", err)
		} else {
			config.Log.Info("cache available again", "cache", config.Name)
		}
	}
	return &Shared{
		client: client, config: config,
		reading: redisconn.Breaker{Patience: config.Patience, Changed: changed},
		writing: redisconn.Breaker{Patience: config.Patience, Changed: changed},
	}
}

// Get returns the value of a key; nil if there is none. The error is [ErrUnavailable].
func (s *Shared) Get(ctx context.Context, key string) ([]byte, error) {
	all, err := s.get(ctx, []string{hash(key)})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if all[0].value == nil {
		s.misses.Add(1)
	} else {
		s.hits.Add(1)
	}
	return all[0].value, nil
}

// Set stores a value for at most ttl, and at most [MaxTTL]. The error is [ErrUnavailable], or that the
// value is too large.
func (s *Shared) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if int64(len(value)) > s.config.Value {
		return fmt.Errorf("a value of %d bytes; %d is the most", len(value), s.config.Value)
	}
	if err := s.put(ctx, []entry{{hash(key), value, min(ttl, MaxTTL)}}); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// Stats returns the counts since the start.
func (s *Shared) Stats() Stats { return Stats{SharedHits: s.hits.Load(), Misses: s.misses.Load()} }

// Close closes the connections.
func (s *Shared) Close() error { return s.client.Close() }

// key returns a key of Redis.
func (s *Shared) key(of string) string { return "{smalti}:" + s.config.Name + of }

// entry is a value in Redis, or on its way to it.
type entry struct {
	id    string
	value []byte
	ttl   time.Duration
}

// get returns an entry for each id, in their order; value is nil where there is none.
func (s *Shared) get(ctx context.Context, ids []string) ([]entry, error) {
	all := make([]entry, len(ids))
	return all, s.reading.Do(ctx, func(ctx context.Context) error {
		values := make([]*redis.StringCmd, len(ids))
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, id := range ids {
				// Not GET: whatever is stored there, no more of it is read than a value can have.
				values[i] = p.GetRange(ctx, s.key(":"+id), 0, sumLength+s.config.Value)
			}
			return nil
		})
		if err != nil && !redis.HasErrorPrefix(err, "WRONGTYPE") {
			return err
		}
		var found []int
		for i, id := range ids {
			value, ok := open(id, []byte(values[i].Val()))
			if ok && int64(len(value)) <= s.config.Value {
				all[i] = entry{id: id, value: value}
				found = append(found, i)
			}
		}
		s.touch(ctx, all, found)
		return nil
	})
}

// unknownTTL is what values get of which Redis did not say how long they have to live.
const unknownTTL = time.Minute

// touch notes that the entries found were used, and completes them. It removes those that were not stored by a cache,
// which gives each a time to live.
func (s *Shared) touch(ctx context.Context, all []entry, found []int) {
	if len(found) == 0 {
		return
	}
	args := []any{s.key(":")}
	for _, i := range found {
		args = append(args, all[i].id)
	}
	ttls, err := touchScript.Run(ctx, s.client, []string{s.key("-used")}, args...).Int64Slice()
	for n, i := range found {
		switch {
		case err != nil || len(ttls) != len(found): // the values are here all the same
			all[i].ttl = unknownTTL
		case ttls[n] > 0:
			all[i].ttl = min(time.Duration(ttls[n])*time.Millisecond, MaxTTL)
		default:
			all[i] = entry{}
		}
	}
}

func (s *Shared) put(ctx context.Context, entries []entry) error {
	return s.writing.Do(ctx, func(ctx context.Context) error {
		err := s.putAll(ctx, entries, evictScript.EvalSha)
		if redis.HasErrorPrefix(err, "NOSCRIPT") {
			err = s.putAll(ctx, entries, evictScript.Eval)
		}
		return err
	})
}

type evaluate func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd

// putAll stores the entries, the last of each id.
func (s *Shared) putAll(ctx context.Context, entries []entry, eval evaluate) error {
	last := make(map[string]int, len(entries))
	for i, e := range entries {
		last[e.id] = i
	}
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		args := []any{s.key(":"), s.config.Shared, MaxTTL.Milliseconds()}
		for i, e := range entries {
			if last[e.id] != i {
				continue
			}
			sealed := seal(e.id, e.value)
			p.Set(ctx, s.key(":"+e.id), sealed, e.ttl)
			args = append(args, e.id, len(sealed)+overhead)
		}
		eval(ctx, p, []string{s.key("-used"), s.key("-sizes")}, args...)
		return nil
	})
	return err
}

// hash stands for a key.
func hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sumLength is the length of the checksum in front of each value.
const sumLength = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers the key too, so that a value is not taken for another one's.
func checksum(id string, value []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte(id), castagnoli), castagnoli, value)
}

func seal(id string, value []byte) []byte {
	b := make([]byte, sumLength, sumLength+len(value))
	binary.BigEndian.PutUint32(b, checksum(id, value))
	return append(b, value...)
}

func open(id string, sealed []byte) (value []byte, ok bool) {
	if len(sealed) < sumLength {
		return nil, false
	}
	value = sealed[sumLength:]
	return value, binary.BigEndian.Uint32(sealed) == checksum(id, value)
}
