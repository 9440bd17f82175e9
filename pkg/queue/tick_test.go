package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn/redistest"
)

func beat(t *testing.T, q *queue.Queue, b queue.Beat) {
	t.Helper()
	if err := q.Beat(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// A heartbeat of which nothing is new says the same as a whole one.
func testTicks(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	idle := queue.Beat{Worker: "worker", Instance: "1"}
	for range 3 {
		beat(t, q, idle)
	}
	s.raw.ZIncrBy(t.Context(), "{smalti}:workers", -14_000, "worker")
	beat(t, q, idle)
	s.raw.ZIncrBy(t.Context(), "{smalti}:workers", -14_000, "worker")
	if n, err := q.Workers(t.Context()); n != 1 || err != nil {
		t.Errorf("Workers = %d, %v; its last heartbeat was 14 s ago", n, err)
	}
	// What Redis has lost, it gets again.
	s.raw.FlushAll(t.Context())
	beat(t, q, idle)
	if beats, err := q.Beats(t.Context()); err != nil || len(beats) != 1 || beats[0] != idle {
		t.Errorf("Beats = %+v, %v", beats, err)
	}
	// Another run has the name meanwhile.
	s.raw.HSet(t.Context(), "{smalti}:names", "worker", "2")
	if err := q.Beat(t.Context(), idle); !errors.Is(err, queue.ErrNameTaken) {
		t.Errorf("Beat = %v", err)
	}
}

// due reports whether the heartbeats of q have found a sweep to be due.
func due(t *testing.T, q *queue.Queue) bool {
	t.Helper()
	ended, end := context.WithCancel(t.Context())
	end()
	for range 64 { // a select takes any of what is ready
		if q.AwaitSweep(ended) {
			return true
		}
	}
	return false
}

// A worker that lives asks for a sweep as soon as a lease has run out, however many others have just swept.
func testExpiredLeaseMakesSweepDue(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	idle := queue.Beat{Worker: "worker", Instance: "1"}
	beat(t, q, idle)
	if !due(t, q) {
		t.Error("nobody has ever swept, and no sweep is due")
	}
	p := put(t, q)
	take(t, q, p.ID)
	if _, err := q.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock := s.raw.HGetAll(t.Context(), "{smalti}:clock").Val()
	ends := fmt.Sprintf("%.0f", s.raw.ZScore(t.Context(), "{smalti}:open", p.ID).Val())
	if clock["swept"] != clock["now"]+" "+ends+" 0" {
		t.Fatalf("the sweep at %s noted %q, and the lease ends at %s", clock["now"], clock["swept"], ends)
	}
	// As if the lease had ended at once, and somebody had swept just before.
	now, _ := strconv.Atoi(clock["now"])
	s.raw.ZAdd(t.Context(), "{smalti}:open", redis.Z{Score: float64(now), Member: p.ID})
	s.raw.HSet(t.Context(), "{smalti}:clock", "swept", clock["now"]+" "+clock["now"]+" 0")
	beat(t, q, idle)
	if !due(t, q) {
		t.Fatal("a lease has run out, and no sweep is due")
	}
	if got, err := q.SweepDue(t.Context()); err != nil || got != (queue.Swept{Expired: 1}) {
		t.Errorf("SweepDue = %+v, %v", got, err)
	}
	take(t, q, p.ID)
}

// A worker notices a pause by its heartbeat, if another process has swept.
func testPauseByHeartbeat(t *testing.T, s server) {
	q, other := s.open(t, queue.Config{}), s.open(t, queue.Config{})
	idle := queue.Beat{Worker: "worker", Instance: "1"}
	beat(t, q, idle)
	p := put(t, q)
	for _, step := range []struct {
		do     func(context.Context) error
		paused bool
	}{{other.Ops().Pause, true}, {other.Ops().Resume, false}} {
		if err := step.do(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		beat(t, q, idle)
		if l, err := q.Take(t.Context(), "worker"); err != nil || (l == nil) != step.paused {
			t.Errorf("Take = %v, %v; during a pause: %v", l, err, step.paused)
		}
	}
	if st := status(t, q, p.ID); st.State != job.Rendering {
		t.Errorf("%+v", st)
	}
}

// What the heartbeats and sweeps of many idle processes have Redis do.
func TestIdleProcessesCostRedisLittle(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	s := connect(t, r.Addr, r.Password)
	q := s.open(t, queue.Config{})
	idle := queue.Beat{Worker: "worker", Instance: "1", Reads: job.Version}
	for range 2 { // the second one brings the script
		beat(t, q, idle)
	}
	s.raw.ConfigResetStat(t.Context())
	const seconds = 20
	began := time.Now()
	for range seconds {
		beat(t, q, idle)
		if _, err := q.SweepDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sweeps := 1 + int(time.Since(began)/(100*time.Millisecond))
	commands := calls(t, s)
	if commands["zadd"] != seconds || commands["hset"] > 2*sweeps || commands["smembers"] > 4*sweeps {
		t.Errorf("%d heartbeats, and at most %d sweeps: %v", seconds, sweeps, commands)
	}
	if n := commands["evalsha"] + commands["time"] + commands["hmget"] + commands["hget"]; n > 8*seconds+20*sweeps {
		t.Errorf("%d commands for %d heartbeats: %v", n, seconds, commands)
	}
}

// calls counts the commands that Redis has executed, also within scripts.
func calls(t *testing.T, s server) map[string]int {
	t.Helper()
	all := map[string]int{}
	for line := range strings.Lines(s.raw.Info(t.Context(), "commandstats").Val()) {
		name, rest, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
		if ok {
			n := 0
			for _, digit := range rest {
				if digit < '0' || digit > '9' {
					break
				}
				n = 10*n + int(digit-'0')
			}
			all[name] = n
		}
	}
	return all
}
