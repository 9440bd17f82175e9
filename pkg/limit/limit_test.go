package limit_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"smalti/pkg/faultproxy"
	"smalti/pkg/limit"
	"smalti/pkg/redisconn"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

func TestMain(m *testing.M) {
	redisconn.LogTo(quiet)
	goleak.VerifyTestMain(m)
}

var quiet = slog.New(slog.DiscardHandler)

func client(addr, password string) redis.UniversalClient {
	return redis.NewClient(&redis.Options{Addr: addr, Password: password, MaxRetries: -1, ContextTimeoutEnabled: true, DialerRetries: 1})
}

// patient is a limiter that waits for a busy machine.
func patient(c redis.UniversalClient) *limit.Limiter {
	l := limit.New(c, quiet)
	l.SetPatience(time.Minute)
	return l
}

// away is a limiter whose Redis is never there.
func away() *limit.Limiter {
	return limit.New(redis.NewClient(&redis.Options{MaxRetries: -1, DialerRetries: 1, Dialer: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no route to host")
	}}), quiet)
}

// everywhere tests limiters that count together, and one that is left alone.
func everywhere(t *testing.T, test func(t *testing.T, a, b *limit.Limiter)) {
	onRedis(t, test)
	t.Run("without Redis", func(t *testing.T) {
		a := away()
		defer a.Close()
		test(t, a, a)
	})
}

// onRedis tests two limiters that count together.
func onRedis(t *testing.T, test func(t *testing.T, a, b *limit.Limiter)) {
	t.Run("miniredis", func(t *testing.T) {
		m := miniredis.RunT(t)
		a, b := patient(client(m.Addr(), "")), patient(client(m.Addr(), ""))
		defer a.Close()
		defer b.Close()
		test(t, a, b)
	})
	t.Run("redis-server", func(t *testing.T) {
		s := redistest.Start(t)
		a, b := patient(client(s.Addr, s.Password)), patient(client(s.Addr, s.Password))
		defer a.Close()
		defer b.Close()
		test(t, a, b)
	})
}

func TestTwoProcessesCountTogether(t *testing.T) {
	rate := limit.Rate{Burst: 10, Per: time.Hour}
	everywhere(t, func(t *testing.T, a, b *limit.Limiter) {
		var let atomic.Int32
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				if _, ok := []*limit.Limiter{a, b}[i%2].Take(t.Context(), "mosaics", "me", 1, rate); ok {
					let.Add(1)
				}
			})
		}
		all.Wait()
		if let.Load() != 10 {
			t.Errorf("%d let through, want 10", let.Load())
		}
		wait, ok := b.Take(t.Context(), "mosaics", "me", 1, rate)
		if ok || wait < 5*time.Minute || wait > 6*time.Minute {
			t.Errorf("one more: %v, %v; want to wait about 6 min", wait, ok)
		}
		if wait, ok = b.Take(t.Context(), "mosaics", "me", 99, rate); ok || wait < 50*time.Minute || wait > time.Hour {
			t.Errorf("as much as there is: %v, %v; want to wait for the whole hour", wait, ok)
		}
		for _, other := range []struct{ thing, client string }{{"friends", "me"}, {"mosaics", "you"}} {
			if _, ok := a.Take(t.Context(), other.thing, other.client, 10, rate); !ok {
				t.Errorf("%v pays for somebody else", other)
			}
		}
		if _, ok := a.Take(t.Context(), "mosaics", "me", 1, limit.Rate{}); !ok {
			t.Error("no limit is a limit")
		}
	})
}

func TestBucketsRefill(t *testing.T) {
	everywhere(t, func(t *testing.T, a, _ *limit.Limiter) {
		rate := limit.Rate{Burst: 5, Per: 200 * time.Millisecond}
		take := func() (time.Duration, bool) { return a.Take(t.Context(), "x", "me", 5, rate) }
		if _, ok := take(); !ok {
			t.Fatal("the bucket is not full at first")
		}
		for deadline := time.Now().Add(20 * time.Second); ; {
			wait, ok := take()
			if ok {
				break
			}
			if wait <= 0 || wait > 200*time.Millisecond || time.Now().After(deadline) {
				t.Fatalf("to wait: %v", wait)
			}
			time.Sleep(wait)
		}
	})
}

func TestWithoutRedisInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := away()
		defer func() {
			l.Close()
			time.Sleep(2 * time.Second) // the pool finds out that it is closed
		}()
		rate := limit.Rate{Burst: 6, Per: time.Minute}
		if _, ok := l.Take(t.Context(), "x", "me", 6, rate); !ok {
			t.Fatal("the bucket is not full at first")
		}
		for second := range 200 {
			if _, ok := l.Take(t.Context(), "x", "me", 1, rate); ok != (second > 0 && second%10 == 0) {
				t.Fatalf("after %d s: %v", second, ok)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestEntriesExpire(t *testing.T) {
	m := miniredis.RunT(t)
	l := patient(client(m.Addr(), ""))
	defer l.Close()
	l.Take(t.Context(), "mosaics", "192.0.2.1", 1, limit.Rate{Burst: 10, Per: time.Minute})
	keys := slices.DeleteFunc(m.Keys(), func(key string) bool { return key == "{smalti}:limit-peers" })
	if len(keys) != 1 || keys[0] != "{smalti}:limit:mosaics:192.0.2.1" {
		t.Fatalf("keys %q", keys)
	}
	if ttl := m.TTL(keys[0]); ttl <= 0 || ttl > 7*time.Second {
		t.Errorf("expires in %v, want when it is full again", ttl)
	}
	// Whatever stands there, somebody can get in again.
	for _, wild := range []string{"x", "1e300", "-5", ""} {
		m.Set(keys[0], wild)
		wait, ok := l.Take(t.Context(), "mosaics", "192.0.2.1", 1, limit.Rate{Burst: 10, Per: time.Minute})
		if !ok && wait > time.Minute {
			t.Errorf("%q: wait %v", wild, wait)
		}
	}
}

// Without Redis each process counts for itself, and nobody waits for Redis for long.
func TestWithoutRedis(t *testing.T) {
	m := miniredis.RunT(t)
	var log strings.Builder
	l := limit.New(client(m.Addr(), ""), slog.New(slog.NewTextHandler(&log, nil)))
	defer l.Close()
	rate := limit.Rate{Burst: 3, Per: time.Hour}
	m.Close()
	let := 0
	for range 300 {
		if _, ok := l.Take(t.Context(), "x", "me", 1, rate); ok {
			let++
		}
	}
	if let != 3 {
		t.Errorf("%d let through, want 3", let)
	}
	if n := strings.Count(log.String(), "this process alone"); n < 1 || n > 20 {
		t.Errorf("told %d times", n)
	}
}

// While Redis is slow or away, no limit opens: each process goes on from what it knows, with its share.
func TestLimitsDoNotOpen(t *testing.T) {
	s := redistest.Start(t)
	a, b := patient(client(s.Addr, s.Password)), patient(client(s.Addr, s.Password))
	defer a.Close()
	defer b.Close()
	rate, q := limit.Rate{Burst: 12, Per: time.Hour}, limit.Quota{Client: 100}
	take := func(l *limit.Limiter, who string) (n int) {
		for range 20 {
			if _, ok := l.Take(t.Context(), "x", who, 1, rate); ok {
				n++
			}
		}
		return n
	}
	for _, l := range []*limit.Limiter{b, a} {
		l.Take(t.Context(), "x", "me", 6, rate)
	}
	l := limit.New(client(s.Addr, s.Password), quiet) // one that knows nobody
	defer l.Close()
	l.Take(t.Context(), "x", "somebody", 1, rate)
	if l.Hold(t.Context(), "photos", "1", "me", 10, 0, q, time.Hour) != limit.Held {
		t.Fatal("nothing can be held")
	}
	s.Freeze()
	a.SetPatience(50 * time.Millisecond)
	l.SetPatience(50 * time.Millisecond)
	if n := take(a, "me"); n != 0 {
		t.Errorf("%d more for a client that had everything", n)
	}
	for range 2 { // Redis is asked in vain, and then not asked for a while
		if v := l.Hold(t.Context(), "photos", "2", "you", 1, 0, q, time.Hour); v != limit.Unknown {
			t.Errorf("room for photos while nobody can say: %v", v)
		}
	}
	if n := take(l, "you"); n != 4 {
		t.Errorf("%d of 12 for a client that nobody knows, want a third: three processes count", n)
	}
	s.Thaw()
	l.SetPatience(time.Minute)
	testenv.WaitFor(t, "room for photos again", func() bool {
		return l.Hold(t.Context(), "photos", "2", "you", 1, 0, q, time.Hour) == limit.Held
	})
}

// A Redis that takes half a second is asked, and answers.
func TestSlowRedisIsWaitedFor(t *testing.T) {
	s := redistest.Start(t)
	l := limit.New(client(s.Addr, s.Password), quiet)
	defer l.Close()
	rate := limit.Rate{Burst: 1, Per: time.Hour}
	if _, ok := l.Take(t.Context(), "x", "me", 1, rate); !ok {
		t.Fatal("the bucket is not full at first")
	}
	slow := faultproxy.Start(t, s.Addr)
	other := limit.New(client(slow.Addr, s.Password), quiet) // knows nothing of it
	defer other.Close()
	other.Has(t.Context(), "x", "somebody", 1, rate) // connects
	slow.SetDelay(250 * time.Millisecond)
	if _, ok := other.Take(t.Context(), "x", "me", 1, rate); ok {
		t.Error("the limit opened")
	}
}

func TestHasTakesNothing(t *testing.T) {
	rate := limit.Rate{Burst: 10, Per: time.Hour}
	everywhere(t, func(t *testing.T, a, b *limit.Limiter) {
		for range 3 {
			if _, ok := a.Has(t.Context(), "x", "me", 10, rate); !ok {
				t.Error("something was taken")
			}
		}
		a.Take(t.Context(), "x", "me", 1, rate)
		if wait, ok := b.Has(t.Context(), "x", "me", 10, rate); ok || wait <= 0 {
			t.Errorf("%v, %v", wait, ok)
		}
	})
}

func TestClientOf(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tc := range []struct{ remote, forwarded, want string }{
		{"192.0.2.7:1234", "", "192.0.2.7"},
		{"192.0.2.7:1234", "198.51.100.1", "192.0.2.7"}, // from somebody who is no proxy of ours
		{"10.0.0.1:80", "", "10.0.0.1"},
		{"10.0.0.1:80", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:80", "203.0.113.5, 198.51.100.1", "198.51.100.1"}, // the client wrote the first one
		{"10.0.0.1:80", "198.51.100.1, 10.1.1.1", "198.51.100.1"},    // two proxies
		{"10.0.0.1:80", "10.2.2.2, 10.1.1.1", "10.2.2.2"},
		{"10.0.0.1:80", "203.0.113.5, me, 10.1.1.1", "10.1.1.1"},
		{"10.0.0.1:80", "unknown", "10.0.0.1"},
		{"10.0.0.1:80", "198.51.100.1:5678", "198.51.100.1"},
		{"10.0.0.1:80", "[2001:db8:1:2:3::4]:5678", "2001:db8:1:2::/64"},
		{"10.0.0.1:80", "[2001:db8:1:2:3::4]", "2001:db8:1:2::/64"},
		{"10.0.0.1:80", "::ffff:198.51.100.1", "198.51.100.1"},
		{"[::ffff:10.0.0.1]:80", "198.51.100.1", "198.51.100.1"},
		{"[fd00::1]:80", "2001:db8::9", "2001:db8::/64"},
		{"[2001:db8:1:2:aaaa::1]:80", "", "2001:db8:1:2::/64"},
		{"[2001:db8:1:2:bbbb::9]:80", "", "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:80", "", "fe80::/64"},
		{"@", "198.51.100.1", "unknown"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tc.remote
		for i, v := range strings.SplitAfter(tc.forwarded, ", ") {
			if tc.forwarded != "" && i%2 == 0 {
				r.Header.Add("X-Forwarded-For", strings.TrimSuffix(v, ", "))
			} else if tc.forwarded != "" {
				h := r.Header["X-Forwarded-For"]
				h[len(h)-1] += ", " + strings.TrimSuffix(v, ", ")
			}
		}
		if got := limit.ClientOf(r, trusted); got != tc.want {
			t.Errorf("%s, X-Forwarded-For %q: %s, want %s", tc.remote, tc.forwarded, got, tc.want)
		}
	}
}

func TestRates(t *testing.T) {
	for s, want := range map[string]limit.Rate{
		"off": {}, "30/10m": {30, 10 * time.Minute}, "2GiB/1h": {2 << 30, time.Hour}, "1/1s": {1, time.Second}, "512KiB/90s": {512 << 10, 90 * time.Second},
		"1TiB/24h": {1 << 40, 24 * time.Hour},
	} {
		var r limit.Rate
		if err := r.UnmarshalText([]byte(s)); err != nil || r != want {
			t.Errorf("%s: %+v, %v", s, r, err)
		}
		text, _ := r.MarshalText()
		var again limit.Rate
		if err := again.UnmarshalText(text); err != nil || again != want {
			t.Errorf("%s was written as %s", s, text)
		}
	}
	for _, s := range []string{"", "30", "/1h", "0/1h", "-1/1h", "30/", "30/0s", "30/1ms", "30/48h", "x/1h", "9999999TiB/1h", "30/1h/2", "1.5/1h"} {
		var r limit.Rate
		if err := r.UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q became %+v", s, r)
		}
	}
}

func FuzzRate(f *testing.F) {
	f.Add("30/10m")
	f.Add("2GiB/1h30m")
	f.Fuzz(func(t *testing.T, s string) {
		var r, again limit.Rate
		if r.UnmarshalText([]byte(s)) != nil {
			return
		}
		text, _ := r.MarshalText()
		if err := again.UnmarshalText(text); err != nil || again != r {
			t.Errorf("%q is %+v, written as %s, read as %+v, %v", s, r, text, again, err)
		}
	})
}

func FuzzClientOf(f *testing.F) {
	f.Add("10.0.0.1:80", "198.51.100.1, 10.1.1.1")
	f.Add("[fd00::1%eth0]:80", "[::1]:5, x")
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		r.Header["X-Forwarded-For"] = []string{forwarded}
		got := limit.ClientOf(r, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")})
		_, errA := netip.ParseAddr(got)
		_, errP := netip.ParsePrefix(got)
		if errA != nil && errP != nil && got != "unknown" {
			t.Errorf("%q", got)
		}
	})
}
