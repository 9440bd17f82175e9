package limit_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"smalti/pkg/limit"
)

func TestQuota(t *testing.T) {
	q := limit.Quota{Client: 100, Total: 250}
	onRedis(t, func(t *testing.T, a, b *limit.Limiter) {
		for _, step := range []struct {
			id, client string
			n          int64
			want       limit.Verdict
		}{
			{"1", "ann", 60, limit.Held},
			{"2", "ann", 41, limit.ClientFull},
			{"2", "ann", 40, limit.Held},
			{"1", "ann", 60, limit.Held}, // repeated
			{"1", "ann", 61, limit.ClientFull},
			{"1", "ann", 10, limit.Held}, // turned out to be less
			{"3", "ann", 50, limit.Held},
			{"4", "bob", 100, limit.Held},
			{"5", "eve", 51, limit.TotalFull},
			{"5", "eve", 50, limit.Held},
			{"2", "", 0, limit.Held}, // released, see below
			{"6", "ann", 40, limit.Held},
			{"7", "eve", 1, limit.TotalFull},
		} {
			l := a
			if step.id > "3" {
				l = b
			}
			if step.client == "" {
				l.Release(t.Context(), "uploads", step.id)
				l.Release(t.Context(), "uploads", step.id)
				l.Release(t.Context(), "uploads", "never held")
				continue
			}
			if got := l.Hold(t.Context(), "uploads", step.id, step.client, step.n, 0, q, time.Hour); got != step.want {
				t.Errorf("%s holds %d as %s: %v, want %v", step.client, step.n, step.id, got, step.want)
			}
		}
		if got := a.Hold(t.Context(), "other", "1", "ann", 100, 0, q, time.Hour); got != limit.Held {
			t.Error("one thing counts against another")
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		held := 0
		for i := range 30 {
			all.Go(func() {
				if []*limit.Limiter{a, b}[i%2].Hold(t.Context(), "race", fmt.Sprint(i), fmt.Sprint(i), 50, 0, q, time.Hour) == limit.Held {
					mu.Lock()
					held++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if held != 5 {
			t.Errorf("%d hold 50 each of 250", held)
		}
		if got := a.Hold(t.Context(), "huge", "1", "ann", 1<<50, 0, limit.Quota{}, time.Hour); got != limit.Held {
			t.Error("no quota is a quota")
		}
		if got := a.Hold(t.Context(), "huge", "2", "ann", 1, 0, limit.Quota{Total: 1 << 50}, time.Hour); got != limit.TotalFull {
			t.Error("large numbers are not counted exactly")
		}
	})
}

func TestHoldingsEnd(t *testing.T) {
	q := limit.Quota{Client: 100}
	m := miniredis.RunT(t)
	now := time.Now()
	m.SetTime(now)
	l := patient(client(m.Addr(), ""))
	defer l.Close()
	l.Hold(t.Context(), "x", "1", "ann", 100, 0, q, time.Hour)
	m.SetTime(now.Add(time.Hour + time.Second))
	if l.Hold(t.Context(), "x", "2", "ann", 100, 0, q, time.Hour) != limit.Held {
		t.Error("did not end in Redis")
	}
	if got, _ := m.HKeys("{smalti}:held:x:bytes"); len(got) != 1 {
		t.Errorf("kept: %q", got)
	}
	m.Close()
	if l.Hold(t.Context(), "x", "3", "bob", 1, 0, q, time.Hour) != limit.Unknown {
		t.Error("without Redis, somebody got room")
	}
	l.Release(t.Context(), "x", "3")
}

// A lease ends soon unless it is renewed; and what is to become too much is refused before it is.
func TestLeases(t *testing.T) {
	q := limit.Quota{Client: 100}
	m := miniredis.RunT(t)
	now := time.Now()
	m.SetTime(now)
	l := patient(client(m.Addr(), ""))
	defer l.Close()
	hold := func(id string, n, want int64, keep time.Duration) limit.Verdict {
		return l.Hold(t.Context(), "x", id, "ann", n, want, q, keep)
	}
	if hold("accepted", 10, 0, 72*time.Hour) != limit.Held || hold("dies", 40, 0, time.Minute) != limit.Held || hold("lives", 40, 0, time.Minute) != limit.Held {
		t.Fatal("not held")
	}
	if hold("more", 1, 11, time.Minute) != limit.ClientFull || hold("more", 1, 10, time.Minute) != limit.Held {
		t.Error("what it is to become does not count, or is held already")
	}
	l.Release(t.Context(), "x", "more")
	for range 10 { // the keys themselves must outlast the short ones
		now = now.Add(50 * time.Second)
		m.SetTime(now)
		m.FastForward(50 * time.Second)
		if held, err := l.Extend(t.Context(), "x", "lives", time.Minute); !held || err != nil {
			t.Errorf("what is held: %v, %v", held, err)
		}
		if held, err := l.Extend(t.Context(), "x", "never held", time.Minute); held || err != nil {
			t.Errorf("what was never held: %v, %v", held, err)
		}
	}
	if hold("new", 51, 0, time.Minute) != limit.ClientFull {
		t.Error("what was renewed has ended")
	}
	if hold("new", 50, 0, time.Minute) != limit.Held {
		t.Error("what was not renewed is still held")
	}
}

func TestSizes(t *testing.T) {
	for s, want := range map[string]limit.Size{"off": 0, "1": 1, "20GiB": 20 << 30, "1500MiB": 1500 << 20} {
		var z limit.Size
		if err := z.UnmarshalText([]byte(s)); err != nil || z != want {
			t.Errorf("%s: %d, %v", s, z, err)
		}
		if text, _ := z.MarshalText(); string(text) != s {
			t.Errorf("%s was written as %s", s, text)
		}
	}
	for _, s := range []string{"", "0", "-1", "20GB", "x", "9999999TiB"} {
		var z limit.Size
		if err := z.UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q became %d", s, z)
		}
	}
}

// What is held on to is held longer, and what is not held is not held by that.
func TestHoldingsAreExtended(t *testing.T) {
	q := limit.Quota{Client: 100}
	m := miniredis.RunT(t)
	now := time.Now()
	m.SetTime(now)
	pass := func(d time.Duration) { now = now.Add(d); m.SetTime(now) }
	l := patient(client(m.Addr(), ""))
	defer l.Close()
	l.Hold(t.Context(), "x", "1", "ann", 100, 0, q, time.Hour)
	pass(50 * time.Minute)
	for id, want := range map[string]bool{"1": true, "none": false} {
		if held, err := l.Extend(t.Context(), "x", id, time.Hour); held != want || err != nil {
			t.Errorf("extending %s: %v, %v", id, held, err)
		}
	}
	pass(50 * time.Minute)
	if held, err := l.Holds(t.Context(), "x", "1"); !held || err != nil {
		t.Errorf("it is not held any more: %v, %v", held, err)
	}
	if l.Hold(t.Context(), "x", "2", "ann", 1, 0, q, time.Hour) != limit.ClientFull {
		t.Error("it ended as if nobody had held on to it")
	}
	if l.Hold(t.Context(), "x", "3", "bob", 100, 0, q, time.Hour) != limit.Held {
		t.Error("something is held that was not")
	}
	pass(11 * time.Minute)
	for _, ask := range []func() (bool, error){
		func() (bool, error) { return l.Holds(t.Context(), "x", "1") },
		func() (bool, error) { return l.Extend(t.Context(), "x", "1", time.Hour) },
	} {
		if held, err := ask(); held || err != nil {
			t.Errorf("after its end: %v, %v", held, err)
		}
	}
	if l.Hold(t.Context(), "x", "2", "ann", 100, 0, q, time.Hour) != limit.Held {
		t.Error("it does not end any more")
	}
}

// Of several that claim the same at a time, one gets it; others can when it gave it back, and nobody when it is gone.
func TestOneClaimSucceeds(t *testing.T) {
	m := miniredis.RunT(t)
	now := time.Now()
	m.SetTime(now)
	l := patient(client(m.Addr(), ""))
	defer l.Close()
	claim := func(id, user string) limit.Claim {
		c, err := l.Claim(t.Context(), "x", id, user, time.Hour)
		if err != nil {
			t.Error(err)
		}
		return c
	}
	l.Hold(t.Context(), "x", "1", "ann", 100, 0, limit.Quota{}, time.Minute)
	users := []string{"a", "b", "c", "d", "e"}
	got := make([]limit.Claim, len(users))
	var all sync.WaitGroup
	for i, user := range users {
		all.Go(func() { got[i] = claim("1", user) })
	}
	all.Wait()
	first := slices.Index(got, limit.Claimed)
	if first < 0 || slices.Contains(got[first+1:], limit.Claimed) || slices.Contains(got, limit.NotHeld) {
		t.Fatalf("claims %v", got)
	}
	if claim("1", users[first]) != limit.Claimed || claim("none", "a") != limit.NotHeld {
		t.Error("a claim cannot be repeated, or there was nothing to claim")
	}
	l.Unclaim(t.Context(), "x", "1", "somebody else", time.Minute)
	if claim("1", "somebody else") != limit.Taken {
		t.Error("somebody else took the claim back")
	}
	l.Unclaim(t.Context(), "x", "1", users[first], time.Minute)
	if claim("1", "next") != limit.Claimed {
		t.Error("what was given back is not free")
	}
	l.Release(t.Context(), "x", "1")
	if claim("1", "next") != limit.NotHeld {
		t.Error("what was released can be claimed")
	}
	l.Hold(t.Context(), "x", "2", "ann", 100, 0, limit.Quota{}, time.Minute)
	m.SetTime(now.Add(2 * time.Minute))
	if claim("2", "a") != limit.NotHeld {
		t.Error("what has ended can be claimed")
	}
}
