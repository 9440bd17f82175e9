package queue_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// inFakeTime runs a test with a queue of the default configuration, in a bubble whose clock Redis
// goes by as well.
func inFakeTime(t *testing.T, test func(*testing.T, *queue.Queue, *miniredis.Miniredis)) {
	synctest.Test(t, func(t *testing.T) {
		m := miniredis.NewMiniRedis()
		m.ClockTTL(true)
		defer m.Close()
		q, err := queue.Open(queue.Config{URL: "redis://in.process", Dial: func(context.Context, string, string) (net.Conn, error) {
			return m.Dial()
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		test(t, q, m)
	})
}

// until sweeps once a second until the job is on its list again, and says how long that took.
func until(t *testing.T, q *queue.Queue) time.Duration {
	t.Helper()
	start := time.Now()
	for range 200 {
		if _, err := q.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		d, err := q.Depth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d.Interactive == 1 || d.Open == 0 {
			break
		}
		time.Sleep(time.Second)
	}
	return time.Since(start)
}

func TestCrashSchedule(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, _ *miniredis.Miniredis) {
		p := put(t, q)
		for i, want := range []time.Duration{12 * time.Second, 20 * time.Second, 72 * time.Second, 12 * time.Second} {
			take(t, q, p.ID)
			if got := until(t, q); got < want || got > want+2*time.Second {
				t.Errorf("crash %d: back after %v, want %v", i+1, got, want)
			}
		}
		if st := status(t, q, p.ID); st.State != job.Failed || st.Failure.Code != job.TooManyTry {
			t.Errorf("Status = %+v", st)
		}
	})
}

func TestRetrySchedule(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, _ *miniredis.Miniredis) {
		p := put(t, q)
		for i, want := range []time.Duration{time.Second, 8 * time.Second, 60 * time.Second, 0} {
			if err := q.Retry(t.Context(), take(t, q, p.ID), failure); err != nil {
				t.Fatal(err)
			}
			if got := until(t, q); got < want || got > want+time.Second {
				t.Errorf("retry %d: back after %v, want %v", i+1, got, want)
			}
		}
		if st := status(t, q, p.ID); st.State != job.Failed || *st.Failure != failure {
			t.Errorf("Status = %+v", st)
		}
	})
}

func TestNeverClaimedSchedule(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, m *miniredis.Miniredis) {
		put(t, q)
		if _, err := m.RPop("{smalti}:interactive"); err != nil {
			t.Fatal(err)
		}
		if got := until(t, q); got < 2*time.Second || got > 3*time.Second {
			t.Errorf("back after %v, want the grace of 2 s", got)
		}
	})
}

// A lease that is renewed does not run out, and a waiting job is left in peace, for as long as it
// takes.
func TestPatience(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, _ *miniredis.Miniredis) {
		p, waiting := put(t, q), put(t, q)
		l := take(t, q, p.ID)
		for range 1000 {
			time.Sleep(14 * time.Second)
			if err := q.Renew(t.Context(), l, job.Progress{}); err != nil {
				t.Fatal(err)
			}
			if got, err := q.Sweep(t.Context()); err != nil || got.Any() {
				t.Fatalf("Sweep = %+v, %v", got, err)
			}
		}
		if err := q.Finish(t.Context(), l, result); err != nil {
			t.Error(err)
		}
		if st := status(t, q, waiting.ID); st.Position != 1 {
			t.Errorf("Status = %+v", st)
		}
	})
}

// A context's deadline does not cut a pop short, since that would close the connection under a server
// that may just then be popping.
func TestTakeReturnsWithinTwoSeconds(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, _ *miniredis.Miniredis) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if l, err := q.Take(ctx, "worker"); l != nil || err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("Take = %v, %v after %v; want nothing after 2 s", l, err, time.Since(start))
		}
		if _, err := q.Take(ctx, "worker"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Second {
			t.Errorf("Take after the deadline: %v after %v", err, time.Since(start))
		}
	})
}
