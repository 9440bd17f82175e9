package queue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

// The clock of Redis's host is set while jobs run. A worker that lives keeps its job, and that of one
// that died is given away as soon as ever.
func TestRedisClockSteps(t *testing.T) {
	for name, step := range map[string]time.Duration{"an hour back": -time.Hour, "an hour on": time.Hour, "a year back": -365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := redistest.NewClock(t)
			r := redistest.StartAt(t, clock)
			s := connect(t, r.Addr, r.Password)
			open := func(t *testing.T, cfg queue.Config) *queue.Queue { return s.open(t, cfg) }
			testLeasesOutlive(t, open, func() { clock.Step(t, step) })
		})
	}
}

// A replica takes over whose host has another clock.
func TestFailoverToAnotherClock(t *testing.T) {
	for name, step := range map[string]time.Duration{"an hour behind": -time.Hour, "an hour ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := redistest.NewClock(t)
			clock.Step(t, step)
			master := redistest.Start(t)
			redistest.ReplicaAt(t, clock, master)
			url := redistest.Sentinels(t, master)
			open := func(t *testing.T, cfg queue.Config) *queue.Queue {
				t.Helper()
				cfg.Redis.URL, cfg.Redis.Password = url, master.Password
				q, err := queue.Open(cfg)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { q.Close() })
				return q
			}
			testLeasesOutlive(t, open, func() {
				raw := connect(t, master.Addr, master.Password).raw
				insist(t, "replicating", func() (int, error) {
					c := raw.Conn() // WAIT counts what its own connection wrote
					defer c.Close()
					c.Set(t.Context(), "last", "word", 0)
					n, err := c.Do(t.Context(), "WAIT", 1, 1000).Int()
					if err == nil && n < 1 {
						err = errors.New("no replica has it")
					}
					return n, err
				})
				master.Kill()
				q := open(t, queue.Config{})
				testenv.WaitFor(t, "the failover", func() bool {
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
					defer cancel()
					_, err := q.Ops().Overview(ctx)
					return err == nil
				})
			})
		})
	}
}

// testLeasesOutlive has a worker that lives and one that died when something happens to the clock.
func testLeasesOutlive(t *testing.T, open func(*testing.T, queue.Config) *queue.Queue, happens func()) {
	patient := open(t, queue.Config{Lease: 12 * time.Second, Grace: time.Minute})
	hurried := open(t, queue.Config{Lease: 100 * time.Millisecond, Grace: time.Minute, RetryDelay: 100 * time.Millisecond})
	alive, dead, again := put(t, patient), put(t, patient), put(t, patient)
	held := take(t, patient, alive.ID)
	take(t, hurried, dead.ID)
	late := take(t, hurried, again.ID)
	if err := hurried.Renew(t.Context(), late, job.Progress{}); err != nil {
		t.Fatal(err)
	}
	happens()
	if _, err := patient.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := patient.Renew(t.Context(), held, job.Progress{}); err != nil {
		t.Errorf("the worker that lives: %v", err)
	}
	back := map[string]bool{}
	for deadline := time.Now().Add(30 * time.Second); len(back) < 2; time.Sleep(20 * time.Millisecond) {
		if _, err := patient.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{dead.ID, again.ID} {
			if status(t, patient, id).State == job.Queued {
				back[id] = true
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("only %d jobs of dead workers were given away", len(back))
		}
		if err := patient.Renew(t.Context(), held, job.Progress{}); err != nil {
			t.Fatalf("the worker that lives: %v", err)
		}
	}
	if err := patient.Finish(t.Context(), held, result); err != nil {
		t.Errorf("the worker that lives: %v", err)
	}
	for range 2 { // and both can be made
		if l := takeSoon(t, patient); l.Attempt != 2 {
			t.Errorf("attempt %d", l.Attempt)
		}
	}
}
