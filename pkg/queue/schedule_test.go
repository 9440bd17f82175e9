package queue_test

import (
	"context"
	"errors"
	"net"
	"reflect"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
)

// inFakeTime runs a test with a queue of the default configuration, in a bubble whose clock Redis
// goes by as well.
func inFakeTime(t *testing.T, test func(*testing.T, *queue.Queue, *miniredis.Miniredis)) {
	synctest.Test(t, func(t *testing.T) {
		m := miniredis.NewMiniRedis()
		m.ClockTTL(true)
		defer m.Close()
		q, err := queue.Open(queue.Config{Redis: redisconn.Config{URL: "redis://in.process", Dial: func(context.Context, string, string) (net.Conn, error) {
			return m.Dial()
		}}})
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
		if st := status(t, q, p.ID); st.State != job.Failed || !reflect.DeepEqual(*st.Failure, failure) {
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
// that may just then be popping. This server cannot be asked to end one.
func TestTakeReturnsWithinASecond(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, _ *miniredis.Miniredis) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		start := time.Now()
		if l, err := q.Take(ctx, "worker"); l != nil || err != nil || time.Since(start) != time.Second {
			t.Errorf("Take = %v, %v after %v; want nothing after 1 s", l, err, time.Since(start))
		}
		if _, err := q.Take(ctx, "worker"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("Take after the deadline: %v after %v", err, time.Since(start))
		}
	})
}

// beating is a run of a worker that lives until the returned function is called.
func beating(t *testing.T, q *queue.Queue, b queue.Beat) (die func()) {
	t.Helper()
	if err := q.Beat(t.Context(), b); err != nil { // before anybody else asks for the name
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if err := q.Beat(t.Context(), b); err != nil {
				t.Error(err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}()
	return func() { cancel(); <-ended }
}

func TestARestartedWorkerGivesBackWhatItHeldAtOnce(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, _ *miniredis.Miniredis) {
		first, second := queue.Beat{Worker: "worker", Instance: "1"}, queue.Beat{Worker: "worker", Instance: "2"}
		if gave, err := q.Join(t.Context(), first); gave != "" || err != nil {
			t.Fatalf("Join = %q, %v", gave, err)
		}
		p := put(t, q)
		die := beating(t, q, first)
		l := take(t, q, p.ID)
		time.Sleep(5 * time.Second)
		if err := q.Renew(t.Context(), l, job.Progress{}); err != nil {
			t.Fatal(err)
		}
		die()
		killed := time.Now()
		gave, err := q.Join(t.Context(), second)
		if gave != p.ID || err != nil || time.Since(killed) > 2100*time.Millisecond {
			t.Fatalf("Join = %q, %v after %v; want %s within 2 s", gave, err, time.Since(killed), p.ID)
		}
		if l := take(t, q, p.ID); l.Attempt != 2 {
			t.Errorf("Attempt = %d, want 2: the job may be what killed it", l.Attempt)
		}
		// The run that was thought dead has neither the job nor the name.
		if err := q.Finish(t.Context(), l, result); !errors.Is(err, queue.ErrLeaseLost) {
			t.Errorf("Finish of the first run: %v", err)
		}
		if err := q.Beat(t.Context(), first); !errors.Is(err, queue.ErrNameTaken) {
			t.Errorf("Beat of the first run: %v", err)
		}
		if err := q.Leave(t.Context(), first); err != nil {
			t.Errorf("Leave of the first run: %v", err)
		}
		if n, err := q.Workers(t.Context()); n != 1 || err != nil {
			t.Errorf("Workers = %d, %v; want the second run", n, err)
		}
		// Asked again, nothing more happens.
		if gave, err := q.Join(t.Context(), second); gave != "" || err != nil {
			t.Errorf("Join again = %q, %v", gave, err)
		}
		if st := status(t, q, p.ID); st.State != job.Rendering {
			t.Errorf("Status = %+v", st)
		}
	})
}

func TestALivingWorkerKeepsItsNameAndItsJob(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, _ *miniredis.Miniredis) {
		p := put(t, q)
		die := beating(t, q, queue.Beat{Worker: "worker", Instance: "1"})
		defer die()
		l := take(t, q, p.ID)
		for range 3 {
			if gave, err := q.Join(t.Context(), queue.Beat{Worker: "worker", Instance: "2"}); gave != "" || !errors.Is(err, queue.ErrNameTaken) {
				t.Errorf("Join of a second one = %q, %v; want ErrNameTaken", gave, err)
			}
		}
		if err := q.Finish(t.Context(), l, result); err != nil {
			t.Error(err)
		}
		if gave, err := q.Join(t.Context(), queue.Beat{Worker: "other", Instance: "3"}); gave != "" || err != nil {
			t.Errorf("Join under another name = %q, %v", gave, err)
		}
	})
}

func TestAWorkerThatLeftIsNotWaitedFor(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, _ *miniredis.Miniredis) {
		b := queue.Beat{Worker: "worker", Instance: "1"}
		for _, err := range []error{q.Beat(t.Context(), b), q.Leave(t.Context(), b)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		b.Instance = "2"
		if gave, err := q.Join(t.Context(), b); gave != "" || err != nil || time.Since(start) != 0 {
			t.Errorf("Join = %q, %v after %v; want at once", gave, err, time.Since(start))
		}
	})
}

// A job that kills its worker each time does not live for ever by the worker's quick return.
func TestQuickReturnsDoNotSaveAPoison(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, _ *miniredis.Miniredis) {
		p := put(t, q)
		for run := range 4 {
			b := queue.Beat{Worker: "worker", Instance: strconv.Itoa(run)}
			if _, err := q.Join(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			if until(t, q); status(t, q, p.ID).State == job.Queued {
				take(t, q, p.ID)
			}
		}
		if _, err := q.Join(t.Context(), queue.Beat{Worker: "worker", Instance: "last"}); err != nil {
			t.Fatal(err)
		}
		if st := status(t, q, p.ID); st.State != job.Failed || st.Failure.Code != job.TooManyTry || st.Attempt != 4 {
			t.Errorf("Status = %+v, want failed after 4 attempts", st)
		}
	})
}

// Only Redis's clock counts: those of the machines around it may be years away, and jump.
func TestOtherClocksDoNotMatter(t *testing.T) {
	inFakeTime(t, func(t *testing.T, q *queue.Queue, m *miniredis.Miniredis) {
		redis := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
		m.SetTime(redis)
		p := put(t, q)
		l := take(t, q, p.ID)
		time.Sleep(100 * time.Hour) // for this process alone
		if got, err := q.Sweep(t.Context()); err != nil || got.Any() {
			t.Errorf("after 100 hours of ours and none of Redis's: %+v, %v", got, err)
		}
		if err := q.Renew(t.Context(), l, job.Progress{}); err != nil {
			t.Error(err)
		}
		if got, err := q.Sweep(t.Context()); err != nil || got.Any() {
			t.Errorf("at the start: %+v, %v", got, err)
		}
		for second := range 12 {
			m.SetTime(redis.Add(time.Duration(second) * time.Second))
			if got, err := q.Sweep(t.Context()); err != nil || got.Any() {
				t.Errorf("within the lease: %+v, %v", got, err)
			}
		}
		m.SetTime(redis.Add(13 * time.Second))
		if got, err := q.Sweep(t.Context()); err != nil || got != (queue.Swept{Expired: 1}) {
			t.Errorf("after the lease: %+v, %v", got, err)
		}
	})
}
