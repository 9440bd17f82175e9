package worker_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/queue"
)

// stuck is a queue whose pop never comes back, as one that waits for a lock would not.
type stuck struct {
	*line
	release chan struct{}
}

func (s stuck) Take(context.Context, string) (*queue.Lease, error) {
	<-s.release
	return nil, nil
}

func TestAliveIsWhatMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{takes: 20 * time.Second}, lease(), lease())
		r.line.down = 3
		if err := r.w.Alive(); err != nil {
			t.Errorf("before Run: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.w.Run(ctx); close(done) }()
		for range 120 {
			time.Sleep(time.Second)
			if err := r.w.Alive(); err != nil {
				t.Fatalf("a worker that works, and then waits for work: %v", err)
			}
		}
		cancel()
		<-done
		time.Sleep(time.Hour)
		if err := r.w.Alive(); err != nil {
			t.Errorf("after Run: %v", err)
		}
	})
}

func TestALoopThatStandsStillIsNotAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{})
		s := stuck{r.line, make(chan struct{})}
		r.w.Queue = s
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.w.Run(ctx); close(done) }()
		time.Sleep(29 * time.Second)
		if err := r.w.Alive(); err != nil {
			t.Errorf("after 29 s: %v", err)
		}
		time.Sleep(3 * time.Second)
		if err := r.w.Alive(); err == nil || !strings.Contains(err.Error(), "tester") {
			t.Errorf("after 32 s: %v, want what stands still", err)
		}
		cancel()
		close(s.release)
		<-done
	})
}

// A heartbeat that a timer feeds would go on beside a render that does not.
func TestARenderThatStandsStillIsNotAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{takes: never}, lease())
		r.w.JobTimeout = time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.w.Run(ctx); close(done) }()
		time.Sleep(89 * time.Second)
		if err := r.w.Alive(); err != nil {
			t.Errorf("after 89 s: %v", err)
		}
		time.Sleep(3 * time.Second)
		if r.w.Alive() == nil {
			t.Error("a render that has not moved for 92 s counts as alive")
		}
		if len(r.line.renewed) == 0 {
			t.Error("the lease was not renewed: this test shows nothing")
		}
		cancel()
		<-done
	})
}
