package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/worker"
)

// runGroup lets a group work on leases until the queue was told of as many ends, and returns how long that took in
// fake time.
func runGroup(t *testing.T, jobs int, memory int64, p render.Photos, leases ...*queue.Lease) time.Duration {
	t.Helper()
	dir, err := dirstore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	l := &line{waiting: leases}
	var ready atomic.Int32
	g := worker.NewGroup(worker.Config{
		Name: "tester", Queue: l, Store: dir, Photos: p, Memory: memory, Log: slog.New(slog.DiscardHandler),
		JobTimeout: time.Minute, DrainTimeout: 10 * time.Second, Ready: func() { ready.Add(1) },
	}, jobs)
	ctx, cancel := context.WithCancel(t.Context())
	start, took := time.Now(), time.Duration(0)
	go func() {
		for range time.Tick(100 * time.Millisecond) {
			if err := g.Alive(); err != nil {
				t.Error(err)
			}
			l.mu.Lock()
			n := len(l.told)
			l.mu.Unlock()
			if n == len(leases) {
				break
			}
		}
		took = time.Since(start)
		cancel()
	}()
	if err := g.Run(ctx); err != nil {
		t.Error(err)
	}
	if ready.Load() != 1 {
		t.Errorf("ready %d times", ready.Load())
	}
	names := make(map[string]bool)
	for _, b := range l.beats {
		names[b.Worker] = true
	}
	if len(names) != jobs || !names["tester"] {
		t.Errorf("heartbeats of %v", names)
	}
	if n := len(slices.DeleteFunc(l.told, func(s string) bool { return s != "finish" })); n != len(leases) {
		t.Errorf("%d of %d jobs were finished", n, len(leases))
	}
	return took
}

func leasesOf(n int) (all []*queue.Lease) {
	for range n {
		all = append(all, lease())
	}
	return all
}

// Photos that are far away arrive for several jobs at once, if there is memory for them.
func TestGroupGathersSeveralJobsAtOnce(t *testing.T) {
	one := render.Memory(lease().Package)
	for _, tc := range []struct {
		jobs        int
		memory      int64
		least, most time.Duration
	}{
		{1, 0, 80 * time.Second, 90 * time.Second},
		{4, 0, 20 * time.Second, 30 * time.Second},
		{4, 2*one + one/2, 40 * time.Second, 50 * time.Second},
	} {
		t.Run(fmt.Sprintf("%d jobs in %d bytes", tc.jobs, tc.memory), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if took := runGroup(t, tc.jobs, tc.memory, photos{takes: 10 * time.Second}, leasesOf(8)...); took < tc.least || took > tc.most {
					t.Errorf("8 jobs whose photos take 10 s each took %v, want %v to %v", took, tc.least, tc.most)
				}
			})
		})
	}
}

// While a job waits for memory, its time does not run out, and nobody takes the worker for dead.
func TestGroupWaitsLongForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := render.Memory(lease().Package)
		if took := runGroup(t, 4, one, photos{takes: 50 * time.Second}, leasesOf(6)...); took < 300*time.Second {
			t.Errorf("6 jobs of 50 s, one after the other, took %v", took)
		}
	})
}

// A name that is taken ends the whole group.
func TestGroupEndsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{taken: queue.ErrNameTaken}
		g := worker.NewGroup(worker.Config{Name: "tester", Queue: l, Log: slog.New(slog.DiscardHandler)}, 3)
		if err := g.Run(t.Context()); err == nil {
			t.Error("no error")
		}
		if g.Name() != "tester" {
			t.Error(g.Name())
		}
	})
}
