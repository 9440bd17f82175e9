package cache_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"smalti/pkg/cache"
	"smalti/pkg/redisconn/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// everywhere runs a test on each Redis that there is.
func everywhere(t *testing.T, test func(t *testing.T, connect func() *redis.Client)) {
	t.Run("miniredis", func(t *testing.T) {
		m := miniredis.RunT(t)
		test(t, func() *redis.Client {
			return redis.NewClient(&redis.Options{Addr: m.Addr(), MaxRetries: -1, ContextTimeoutEnabled: true})
		})
	})
	t.Run("redis-server", func(t *testing.T) {
		s := redistest.Start(t)
		test(t, func() *redis.Client {
			return redis.NewClient(&redis.Options{Addr: s.Addr, Password: s.Password, MaxRetries: -1, ContextTimeoutEnabled: true})
		})
	})
}

// patient waits for a busy machine as long as it takes.
func patient() cache.Config { return cache.Config{Patience: 20 * time.Second} }

func get(t *testing.T, c *cache.Cache, key string) string {
	t.Helper()
	values := c.Get(t.Context(), key)
	if len(values) != 1 {
		t.Fatalf("%d values of one key", len(values))
	}
	if values[0] == nil {
		return "nothing"
	}
	return string(values[0])
}

func redisKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "{smalti}:cache:" + base64.RawURLEncoding.EncodeToString(sum[:])
}

func TestWhatOneProcessPutsAnotherGets(t *testing.T) {
	everywhere(t, func(t *testing.T, connect func() *redis.Client) {
		a := cache.New(connect(), patient())
		var keys []string
		for i := range 150 { // more than travel together
			keys = append(keys, fmt.Sprint("https://example.org/", i))
			a.Put(keys[i], fmt.Append(nil, "value ", i), time.Hour)
		}
		a.Put("empty", nil, time.Hour)
		if got := get(t, a, keys[7]); got != "value 7" {
			t.Errorf("at once: %q", got)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		b := cache.New(connect(), patient())
		defer b.Close()
		values := b.Get(t.Context(), append([]string{"never put"}, keys...)...)
		if values[0] != nil {
			t.Errorf("what was never put: %q", values[0])
		}
		for i := range keys {
			if got, want := string(values[i+1]), fmt.Sprint("value ", i); got != want {
				t.Errorf("%s: %q, want %q", keys[i], got, want)
			}
		}
		if s := b.Stats(); s.SharedHits != 150 || s.Misses != 1 || s.Hits != 0 {
			t.Errorf("first time: %+v", s)
		}
		b.Get(t.Context(), keys...)
		if s := b.Stats(); s.Hits != 150 || s.SharedHits != 150 {
			t.Errorf("second time: %+v", s)
		}
	})
}

func TestRedisShowsNoAddress(t *testing.T) {
	everywhere(t, func(t *testing.T, connect func() *redis.Client) {
		c := cache.New(connect(), patient())
		c.Put("https://example.org/zoe.jpg", []byte("x"), time.Hour)
		c.Close()
		raw := connect()
		defer raw.Close()
		keys, err := raw.Keys(t.Context(), "*").Result()
		if err != nil || len(keys) != 3 {
			t.Errorf("%q, %v; want three keys", keys, err)
		}
		for _, key := range keys {
			if strings.Contains(key, "zoe") || !strings.HasPrefix(key, "{smalti}:cache") {
				t.Errorf("key %q", key)
			}
			if ttl := raw.PTTL(t.Context(), key).Val(); ttl <= 0 || ttl > cache.MaxTTL {
				t.Errorf("%s expires in %v", key, ttl)
			}
		}
	})
}

func TestRedisKeepsToItsBudget(t *testing.T) {
	everywhere(t, func(t *testing.T, connect func() *redis.Client) {
		raw := connect()
		defer raw.Close()
		config := patient()
		config.Shared = 20_000
		value := bytes.Repeat([]byte("x"), 1000)
		count := func() int { return len(raw.Keys(t.Context(), "{smalti}:cache:*").Val()) }
		put := func(from, to int) {
			c := cache.New(connect(), config)
			defer c.Close()
			for i := from; i < to; i++ {
				c.Put(fmt.Sprint(i), value, time.Hour)
			}
		}
		put(0, 10)
		time.Sleep(2 * time.Millisecond) // the last use is kept in milliseconds
		c := cache.New(connect(), config)
		if get(t, c, "0") == "nothing" {
			t.Fatal("gone too early")
		}
		c.Close()
		time.Sleep(2 * time.Millisecond)
		put(10, 20) // for 15 there is room
		if n := count(); n < 12 || n > 15 {
			t.Errorf("%d values in a budget for 15", n)
		}
		c = cache.New(connect(), config)
		defer c.Close()
		for i := range 20 { // the oldest went, but for the one that was used
			if there := get(t, c, fmt.Sprint(i)) != "nothing"; !there && (i == 0 || i >= 10) {
				t.Errorf("%d is gone", i)
			}
		}

		// Redis may lose any part, at any time.
		for _, lost := range []string{"{smalti}:cache-used", "{smalti}:cache-sizes"} {
			raw.Del(t.Context(), lost)
			put(20, 60)
			if used := raw.ZCard(t.Context(), "{smalti}:cache-used").Val(); used > 15 {
				t.Errorf("without %s, %d values are kept", lost, used)
			}
			if got := get(t, c, "59"); got == "nothing" {
				t.Errorf("without %s, the newest is gone", lost)
			}
		}
	})
}

func TestHostileEntries(t *testing.T) {
	everywhere(t, func(t *testing.T, connect func() *redis.Client) {
		raw := connect()
		defer raw.Close()
		config := patient()
		config.Value = 1000
		c := cache.New(connect(), config)
		c.Put("good", []byte("good"), time.Hour)
		c.Close()
		good := raw.Get(t.Context(), redisKey("good")).Val()
		for name, put := range map[string]func(key string) error{
			"another's":    func(key string) error { return raw.Set(t.Context(), key, good, time.Hour).Err() },
			"no sum":       func(key string) error { return raw.Set(t.Context(), key, "abc", time.Hour).Err() },
			"wrong sum":    func(key string) error { return raw.Set(t.Context(), key, "abcdefgh", time.Hour).Err() },
			"empty":        func(key string) error { return raw.Set(t.Context(), key, "", time.Hour).Err() },
			"huge":         func(key string) error { return raw.Set(t.Context(), key, strings.Repeat("x", 8<<20), time.Hour).Err() },
			"another type": func(key string) error { return raw.LPush(t.Context(), key, "x").Err() },
			"for ever":     func(key string) error { return raw.Set(t.Context(), key, good, 0).Err() },
		} {
			if err := put(redisKey(name)); err != nil {
				t.Fatal(err)
			}
			c := cache.New(connect(), config)
			values := c.Get(t.Context(), name, "good")
			if values[0] != nil || string(values[1]) != "good" {
				t.Errorf("%s: got %q and %q", name, values[0], values[1])
			}
			c.Close()
		}
	})
}

func TestShared(t *testing.T) {
	everywhere(t, func(t *testing.T, connect func() *redis.Client) {
		config := patient()
		config.Value = 1000
		named := func(name string) *cache.Shared {
			config.Name = name
			return cache.NewShared(connect(), config)
		}
		a, b, other := named("things"), named("things"), named("others")
		defer a.Close()
		defer b.Close()
		defer other.Close()
		for _, value := range []string{"\x00one", "two"} {
			if err := a.Set(t.Context(), "key", []byte(value), 100*24*time.Hour); err != nil {
				t.Fatal(err)
			}
			if got, err := b.Get(t.Context(), "key"); string(got) != value || err != nil {
				t.Errorf("Get = %q, %v; want what another process has just set", got, err)
			}
		}
		if got, err := other.Get(t.Context(), "key"); got != nil || err != nil {
			t.Errorf("Get of a cache with another name = %q, %v", got, err)
		}
		if err := a.Set(t.Context(), "large", make([]byte, 1001), time.Hour); err == nil {
			t.Error("a value that is too large was taken")
		}
		if got := b.Stats(); got.SharedHits != 2 || got.Misses != 0 {
			t.Errorf("Stats = %+v", got)
		}
		raw := connect()
		defer raw.Close()
		for _, key := range raw.Keys(t.Context(), "*").Val() {
			if ttl := raw.PTTL(t.Context(), key).Val(); ttl <= 0 || ttl > cache.MaxTTL {
				t.Errorf("%s expires in %v", key, ttl)
			}
		}
	})
}

func TestFullRedisIsRead(t *testing.T) {
	server := redistest.Start(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Password: server.Password, ContextTimeoutEnabled: true})
	s := cache.NewShared(client, patient())
	defer s.Close()
	if err := s.Set(t.Context(), "key", []byte("value"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := client.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Set(t.Context(), "other", []byte("value"), time.Hour); !errors.Is(err, cache.ErrUnavailable) {
		t.Errorf("Set = %v, want ErrUnavailable", err)
	}
	if got, err := s.Get(t.Context(), "key"); string(got) != "value" || err != nil {
		t.Errorf("Get = %q, %v", got, err)
	}
}

func BenchmarkShared(b *testing.B) {
	server := redistest.Start(b, "appendonly no")
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Password: server.Password, ContextTimeoutEnabled: true})
	config := patient()
	config.Shared = 20 << 20
	s := cache.NewShared(client, config)
	defer s.Close()
	value := make([]byte, 20_000)
	b.Run("set and evict", func(b *testing.B) {
		for i := range b.N {
			if err := s.Set(b.Context(), fmt.Sprint("key ", i), value, time.Hour); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("plain set", func(b *testing.B) {
		for i := range b.N {
			if err := client.Set(b.Context(), fmt.Sprint(i%1000), value, time.Hour).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for i := range 500 {
		if err := s.Set(b.Context(), fmt.Sprint(i), value, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("get", func(b *testing.B) {
		for i := range b.N {
			if got, err := s.Get(b.Context(), fmt.Sprint(i%500)); len(got) != len(value) {
				b.Fatal(err)
			}
		}
	})
	b.Run("plain get", func(b *testing.B) {
		for i := range b.N {
			if err := client.Get(b.Context(), fmt.Sprint(i%1000)).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestSharedWithoutRedis(t *testing.T) {
	m := miniredis.RunT(t)
	s := cache.NewShared(redis.NewClient(&redis.Options{Addr: m.Addr(), MaxRetries: -1}), cache.Config{})
	defer s.Close()
	m.Close()
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, cache.ErrUnavailable) {
		t.Errorf("Get = %v, want ErrUnavailable", err)
	}
	if err := s.Set(t.Context(), "a", nil, time.Second); !errors.Is(err, cache.ErrUnavailable) {
		t.Errorf("Set = %v, want ErrUnavailable", err)
	}
}

// TestDeadRedis: whatever is wrong with Redis costs one Patience, and says so once.
func TestDeadRedis(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, in its backlog, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	closed := miniredis.RunT(t)
	addr := closed.Addr()
	closed.Close()
	locked := miniredis.RunT(t)
	locked.RequireAuth("secret")
	for name, addr := range map[string]string{"silent": silent.Addr().String(), "closed": addr, "locked": locked.Addr()} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, ContextTimeoutEnabled: true, DialerRetries: 1})
			c := cache.New(client, cache.Config{Patience: 30 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if got := get(t, c, "a"); got != "nothing" {
				t.Errorf("got %q", got)
			}
			start := time.Now()
			for i := range 1000 {
				get(t, c, fmt.Sprint(i))
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("a thousand more questions took %v", took)
			}
			c.Put("mine", []byte("x"), time.Hour)
			if got := get(t, c, "mine"); got != "x" {
				t.Errorf("memory: %q", got)
			}
			c.Close()
			if got := c.Stats(); got.Dropped != 1 {
				t.Errorf("%+v, want one dropped", got)
			}
			if n := strings.Count(log.String(), "cache unavailable"); n != 2 { // reading, and writing
				t.Errorf("told %d times:\n%s", n, &log)
			}
		})
	}
}

func TestNobodysTimeIsNotRedissFault(t *testing.T) {
	m := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: m.Addr(), MaxRetries: -1, ContextTimeoutEnabled: true})
	c := cache.New(client, patient())
	defer c.Close()
	m.Set(redisKey("x"), "y")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	c.Get(over, "x")
	other := cache.New(redis.NewClient(&redis.Options{Addr: m.Addr()}), patient())
	other.Put("k", []byte("v"), time.Hour)
	other.Close()
	if got := get(t, c, "k"); got != "v" {
		t.Errorf("after a cancelled question: %q", got)
	}
}

func TestMemoryAlone(t *testing.T) {
	c := cache.New(nil, cache.Config{Memory: 10_000, Value: 2_000})
	value := make([]byte, 1000)
	for i := range 20 {
		c.Put(fmt.Sprint(i), value, time.Hour)
		get(t, c, "0")
	}
	c.Put("too large", make([]byte, 2001), time.Hour)
	for key, there := range map[string]bool{"0": true, "1": false, "12": false, "19": true, "too large": false} {
		if got := get(t, c, key) != "nothing"; got != there {
			t.Errorf("%s is there: %v, want %v", key, got, there)
		}
	}
	if n := c.Stats().Bytes; n > 10_000 {
		t.Errorf("%d bytes", n)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add("id", []byte(""))
	f.Add("id", []byte("abc"))
	f.Add("id", cache.Seal("id", []byte("value")))
	f.Fuzz(func(t *testing.T, id string, sealed []byte) {
		value, ok := cache.OpenSealed(id, sealed)
		if ok && !bytes.Equal(cache.Seal(id, value), sealed) {
			t.Errorf("%q opens to %q, which is sealed otherwise", sealed, value)
		}
	})
}

// What a mosaic's photos have Redis do: they are looked up and put together.
func TestManyValuesTakeFewCommands(t *testing.T) {
	server := redistest.Start(t)
	connect := func() *redis.Client {
		return redis.NewClient(&redis.Options{Addr: server.Addr, Password: server.Password, ContextTimeoutEnabled: true})
	}
	raw := connect()
	defer raw.Close()
	calls := func() (n int) {
		for line := range strings.Lines(raw.Info(t.Context(), "commandstats").Val()) {
			if _, rest, ok := strings.Cut(line, ":calls="); ok && !strings.HasPrefix(line, "cmdstat_info") {
				var of int
				fmt.Sscanf(rest, "%d", &of)
				n += of
			}
		}
		return n
	}
	const photos = 200
	var keys []string
	for i := range photos {
		keys = append(keys, fmt.Sprint("photo ", i))
	}
	for _, step := range []struct {
		what string
		do   func(c *cache.Cache)
		most int // commands of a photo
	}{
		{"looking up what is not there", func(c *cache.Cache) { c.Get(t.Context(), keys...) }, 1},
		{"putting", func(c *cache.Cache) {
			for _, key := range keys {
				c.Put(key, []byte("value"), time.Hour)
			}
		}, 1},
		{"looking up what is there", func(c *cache.Cache) { c.Get(t.Context(), keys...) }, 2},
	} {
		raw.ConfigResetStat(t.Context())
		c := cache.New(connect(), patient())
		step.do(c)
		c.Close()
		if n := calls(); n > step.most*photos+150 {
			t.Errorf("%s: %d commands for %d photos", step.what, n, photos)
		}
		if s := c.Stats(); s.Dropped > 0 {
			t.Errorf("%s: %+v", step.what, s)
		}
	}
}

// A value that is put twice in one round trip counts once.
func TestTheSameKeyTwiceCountsOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, connect func() *redis.Client) {
		c := cache.New(connect(), patient())
		for i := range 10 {
			c.Put("key", fmt.Append(nil, "value ", i), time.Hour)
		}
		c.Close()
		raw := connect()
		defer raw.Close()
		id := strings.TrimPrefix(redisKey("key"), "{smalti}:cache:")
		sizes := raw.HGetAll(t.Context(), "{smalti}:cache-sizes").Val()
		if len(sizes) != 2 || sizes[""] != sizes[id] {
			t.Errorf("the account is %v", sizes)
		}
		again := cache.New(connect(), patient())
		defer again.Close()
		if got := get(t, again, "key"); got != "value 9" {
			t.Errorf("got %q", got)
		}
	})
}
