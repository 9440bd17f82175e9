package cache_test

import (
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/cache"
)

func TestBreakerLeavesRedisAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b cache.Breaker
		if !b.Allow() || !b.Report(cache.Failed) || b.Report(cache.Failed) {
			t.Fatal("the first failure is news, the second is not")
		}
		for _, pause := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
			time.Sleep(pause*time.Second - 1)
			if b.Allow() {
				t.Fatalf("asked again before %v s", int(pause))
			}
			time.Sleep(time.Nanosecond)
			if !b.Allow() || b.Allow() {
				t.Fatal("not one alone finds out")
			}
			b.Report(cache.Failed)
		}
		time.Sleep(time.Minute)
		if !b.Allow() || b.Report(cache.Cancelled) || !b.Allow() {
			t.Fatal("after somebody gave up, the next one finds out")
		}
		if !b.Report(cache.Worked) || b.Report(cache.Worked) || !b.Allow() || !b.Allow() {
			t.Fatal("that it works again is news once, and lets all through")
		}
	})
}

func TestMemoryForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New(nil, cache.Config{})
		c.Put("hour", []byte("x"), time.Hour)
		c.Put("year", []byte("x"), 365*24*time.Hour)
		time.Sleep(time.Hour)
		if got := get(t, c, "hour"); got != "x" {
			t.Errorf("after an hour: %s", got)
		}
		time.Sleep(time.Nanosecond)
		if got := get(t, c, "hour"); got != "nothing" {
			t.Errorf("after more than an hour: %s", got)
		}
		time.Sleep(cache.MaxKeep)
		if got := get(t, c, "year"); got != "nothing" {
			t.Errorf("after more than a day: %s", got)
		}
	})
}
