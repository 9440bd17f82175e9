package cache

import (
	"context"
	_ "embed"
	"encoding/binary"
	"hash/crc32"
	"iter"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	keyValue = "{smalti}:cache:"
	keyUsed  = "{smalti}:cache-used"
	keySizes = "{smalti}:cache-sizes"
)

var (
	//go:embed scripts/put.lua
	putLua string
	//go:embed scripts/touch.lua
	touchLua string

	putScript, touchScript = redis.NewScript(putLua), redis.NewScript(touchLua)
)

// batch is how many values travel together: enough to make the round trips cheap, and not so many
// that others have to wait for Redis.
const batch = 64

// shared is the part of the cache that is in Redis.
type shared struct {
	client redis.UniversalClient
	config Config

	// A Redis whose memory is full refuses to write, and can still be read.
	reading, writing breaker
}

func newShared(client redis.UniversalClient, config Config) *shared {
	return &shared{client: client, config: config}
}

// found is a value, and how much longer it is kept.
type found struct {
	value []byte
	keep  time.Duration
}

// get yields what there is of ids, by their places.
func (s *shared) get(ctx context.Context, ids []string) iter.Seq2[int, found] {
	return func(yield func(int, found) bool) {
		first := 0
		for some := range slices.Chunk(ids, batch) {
			if !s.reading.allow() {
				return
			}
			for i, f := range s.getBatch(ctx, some) {
				if f.value != nil && !yield(first+i, f) {
					return
				}
			}
			first += len(some)
		}
	}
}

func (s *shared) getBatch(ctx context.Context, ids []string) []found {
	limited, cancel := context.WithTimeout(ctx, s.config.Patience)
	defer cancel()
	values, ages := make([]*redis.StringCmd, len(ids)), make([]*redis.DurationCmd, len(ids))
	_, err := s.client.Pipelined(limited, func(p redis.Pipeliner) error {
		for i, id := range ids {
			// Not GET: whatever may stand there, no more of it is read than a value can have.
			values[i] = p.GetRange(limited, keyValue+id, 0, sumLength+s.config.Value)
			ages[i] = p.PTTL(limited, keyValue+id)
		}
		return nil
	})
	if !s.judge(ctx, &s.reading, err) {
		return nil
	}
	all := make([]found, len(ids))
	var used []any
	for i, id := range ids {
		raw, err := values[i].Bytes()
		keep, noAge := ages[i].Result()
		if err != nil || noAge != nil || keep <= 0 {
			continue
		}
		if v, ok := open(id, raw); ok && int64(len(v)) <= s.config.Value {
			all[i] = found{v, min(keep, MaxKeep)}
			used = append(used, id)
		}
	}
	if len(used) > 0 {
		// Whether this works or not, the values are here.
		_ = touchScript.Run(limited, s.client, []string{keyUsed}, used...).Err()
	}
	return all
}

// entry is on its way to Redis.
type entry struct {
	id    string
	value []byte
	keep  time.Duration
}

func (s *shared) put(ctx context.Context, entries []entry) bool {
	if !s.writing.allow() {
		return false
	}
	limited, cancel := context.WithTimeout(ctx, s.config.Patience)
	defer cancel()
	err := s.putBatch(limited, entries, putScript.EvalSha)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		err = s.putBatch(limited, entries, putScript.Eval)
	}
	return s.judge(ctx, &s.writing, err)
}

type evaluate func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd

func (s *shared) putBatch(ctx context.Context, entries []entry, eval evaluate) error {
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, e := range entries {
			sealed := seal(e.id, e.value)
			eval(ctx, p, []string{keyValue + e.id, keyUsed, keySizes},
				e.id, sealed, e.keep.Milliseconds(), len(sealed)+overhead, s.config.Shared, MaxKeep.Milliseconds())
		}
		return nil
	})
	return err
}

// judge reports whether Redis did what it was asked, and tells the breaker and the log. That
// somebody's own time ran out is not Redis's fault, nor is a key of another type.
func (s *shared) judge(ctx context.Context, b *breaker, err error) bool {
	switch {
	case err == nil || redis.HasErrorPrefix(err, "WRONGTYPE"):
		if b.report(worked) {
			s.config.Log.Info("the cache is back")
		}
		return true
	case ctx.Err() != nil:
		b.report(cancelled)
	case b.report(failed):
		s.config.Log.Warn("the cache cannot be used, and is done without", "error", err)
	}
	return false
}

// sumLength is how long the checksum is that goes before each value.
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
