package cache_test

import (
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/cache"
)

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
		time.Sleep(cache.MaxTTL)
		if got := get(t, c, "year"); got != "nothing" {
			t.Errorf("after more than a day: %s", got)
		}
	})
}
