package queue_test

import (
	"strconv"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// away makes it look as if nobody had reached Redis for a while: that long ago was the last sweep, and
// every lease has run out since.
func (s server) away(t *testing.T, gap time.Duration, running ...string) {
	t.Helper()
	ctx := t.Context()
	now := s.raw.Time(ctx).Val().UnixMilli()
	if err := s.raw.HSet(ctx, "{smalti}:swept", "last", now-gap.Milliseconds()).Err(); err != nil {
		t.Fatal(err)
	}
	for _, id := range running {
		s.due(t, id)
	}
}

// due lets the lease of a job run out.
func (s server) due(t *testing.T, id string) {
	t.Helper()
	if err := s.raw.Do(t.Context(), "ZADD", "{smalti}:open", "XX", "1", id).Err(); err != nil {
		t.Fatal(err)
	}
}

// nextCheck is when the sweep looks at a job again, from now on.
func (s server) nextCheck(t *testing.T, id string) time.Duration {
	t.Helper()
	at, err := s.raw.ZScore(t.Context(), "{smalti}:open", id).Result()
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(int64(at)).Sub(s.raw.Time(t.Context()).Val())
}

func sweepOnce(t *testing.T, q *queue.Queue, want queue.Swept) {
	t.Helper()
	if got, err := q.Sweep(t.Context()); err != nil || got != want {
		t.Fatalf("Sweep = %+v, %v; want %+v", got, err, want)
	}
}

// A lease that ran out while Redis was away says nothing of its worker.
func testLeaseSpared(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	sweepOnce(t, q, queue.Swept{})
	alive, dead := put(t, q), put(t, q)
	held := take(t, q, alive.ID)
	take(t, q, dead.ID)

	s.away(t, time.Hour, alive.ID, dead.ID)
	sweepOnce(t, q, queue.Swept{})
	for _, id := range []string{alive.ID, dead.ID} {
		if left := s.nextCheck(t, id); left < 30*time.Second || left > time.Minute {
			t.Errorf("it has %v left, want a lease of a minute", left)
		}
	}
	if err := q.Renew(t.Context(), held, job.Progress{}); err != nil {
		t.Errorf("Renew after the outage: %v", err)
	}

	// What is not renewed meanwhile is spared once, even when Redis goes away again.
	s.away(t, time.Hour, alive.ID, dead.ID)
	sweepOnce(t, q, queue.Swept{Expired: 1})
	if st := status(t, q, dead.ID); st.State != job.Queued {
		t.Errorf("the job of the dead worker is %s", st.State)
	}
	if err := q.Finish(t.Context(), held, result); err != nil {
		t.Errorf("Finish of the job that was spared twice: %v", err)
	}

	// The next attempt is a new one.
	take(t, q, dead.ID)
	s.away(t, time.Hour, dead.ID)
	sweepOnce(t, q, queue.Swept{})

	// While there are sweeps, nobody is spared.
	s.raw.HDel(t.Context(), "{smalti}:swept", "spared_until")
	third := put(t, q)
	take(t, q, third.ID)
	s.away(t, 10*time.Second, third.ID) // with a lease of a minute, no long time
	sweepOnce(t, q, queue.Swept{Expired: 1})
	if last, err := strconv.ParseInt(s.raw.HGet(t.Context(), "{smalti}:swept", "last").Val(), 10, 64); err != nil ||
		s.raw.Time(t.Context()).Val().Sub(time.UnixMilli(last)) > 10*time.Second {
		t.Errorf("the sweep did not say when it was: %d, %v", last, err)
	}
}
