package queue_test

import (
	"errors"
	"testing"
	"time"

	"smalti/pkg/queue"
)

func testCache(t *testing.T, s server) {
	q, other := s.open(t, queue.Config{}), s.open(t, queue.Config{})
	c := q.Cache("things", 100)
	if v, err := c.Get(t.Context(), "a"); v != nil || err != nil {
		t.Fatalf("Get = %q, %v; want nothing", v, err)
	}
	if err := c.Set(t.Context(), "a", []byte("\x00one"), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	if v, err := other.Cache("things", 100).Get(t.Context(), "a"); string(v) != "\x00one" || err != nil {
		t.Errorf("Get = %q, %v; want what another client has set", v, err)
	}
	if v, err := q.Cache("others", 100).Get(t.Context(), "a"); v != nil || err != nil {
		t.Errorf("Get of another cache = %q, %v", v, err)
	}
	if ttl := s.raw.PTTL(t.Context(), "{smalti}:things:a").Val(); ttl <= 0 || ttl > queue.CachePeriod {
		t.Errorf("kept for %v", ttl)
	}
	if err := c.Set(t.Context(), "b", make([]byte, 97), time.Minute); !errors.Is(err, queue.ErrFull) {
		t.Errorf("101 bytes of 100: %v, want ErrFull", err)
	}
	if err := c.Set(t.Context(), "b", make([]byte, 96), time.Minute); err != nil {
		t.Errorf("100 bytes of 100: %v", err)
	}
	if err := c.Set(t.Context(), "c", []byte("x"), 50*time.Millisecond); !errors.Is(err, queue.ErrFull) {
		t.Errorf("101 bytes of 100: %v, want ErrFull", err)
	}
	for _, key := range s.raw.Keys(t.Context(), "*").Val() {
		if ttl := s.raw.PTTL(t.Context(), key).Val(); ttl <= 0 {
			t.Errorf("%s is kept for ever", key)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), "a"); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("without Redis: %v, want ErrUnavailable", err)
	}
	if err := c.Set(t.Context(), "a", nil, time.Second); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("without Redis: %v, want ErrUnavailable", err)
	}
}
