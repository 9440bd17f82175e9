package fleet

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/queue"
)

func TestWorkersWanted(t *testing.T) {
	for _, c := range []struct {
		name string
		d    Demand
		want int
	}{
		{"nothing", Demand{}, 1},
		{"little", Demand{Arrivals: 0.1, Service: time.Second, Patience: time.Minute}, 1},
		{"one erlang", Demand{Arrivals: 1, Service: time.Second, Patience: time.Minute}, 2},
		{"a hundred erlangs", Demand{Arrivals: 50, Service: 2 * time.Second, Patience: time.Minute}, 110},
		{"only a backlog", Demand{Service: 2 * time.Second, Waiting: 90, Patience: time.Minute}, 3},
		{"both", Demand{Arrivals: 2, Service: 2 * time.Second, Waiting: 60, Patience: time.Minute}, 8},
		{"waiting, and nobody has done any yet", Demand{Waiting: 60, Patience: time.Minute}, 1},
	} {
		if got := c.d.Workers(); got != c.want {
			t.Errorf("%s: %d workers, want %d", c.name, got, c.want)
		}
	}
}

// scripted is a queue that is seen as one thing after the other.
type scripted struct {
	mu  sync.Mutex
	now queue.Overview
	err error
}

func (s *scripted) become(f func()) { s.mu.Lock(); defer s.mu.Unlock(); f() }

func (s *scripted) Overview(context.Context) (queue.Overview, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.now
	o.Beats = slices.Clone(o.Beats)
	return o, s.err
}

func (s *scripted) Inspect(context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []string{"It forgets."}, s.err
}

func TestWatcherMeasures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &scripted{}
		w := NewWatcher(q, 30*time.Second, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 13 { // one job a second arrives, two workers end one each five seconds
			q.become(func() {
				q.now.Accepted = int64(100 + 5*i)
				q.now.Interactive = i
				q.now.Beats = []queue.Beat{
					{Worker: "a", Ended: int64(i), Spent: 4 * float64(i)},
					{Worker: "b", Ended: int64(1000 + i), Spent: 2 * float64(i), Job: "x"},
				}
			})
			if i == 0 {
				go w.Run(ctx)
				synctest.Wait()
				time.Sleep(every / 2) // it looks half-way between two changes
				continue
			}
			time.Sleep(every)
		}
		v := w.View()
		if v.Demand.Arrivals < 0.9 || v.Demand.Arrivals > 1.01 {
			t.Errorf("%.2f arrivals a second, want 1", v.Demand.Arrivals)
		}
		if v.Demand.Service != 3*time.Second {
			t.Errorf("service time %v, want 3s", v.Demand.Service)
		}
		if v.Ended < 0.35 || v.Ended > 0.41 {
			t.Errorf("%.2f attempts ended a second, want 0.4", v.Ended)
		}
		if len(v.Wrong) != 1 {
			t.Errorf("what is wrong with Redis: %q", v.Wrong)
		}
		if v.Demand.Waiting != 12 || v.Demand.Patience != 30*time.Second || v.Overview.Running() != 1 {
			t.Errorf("view %+v", v)
		}

		// A worker that was restarted, and a Redis that forgot everything, count from zero again.
		q.become(func() {
			q.now.Accepted = 3
			q.now.Beats[0] = queue.Beat{Worker: "a", Ended: 1, Spent: 4}
		})
		time.Sleep(every)
		synctest.Wait()
		if v := w.View(); v.Demand.Arrivals < 0 || v.Demand.Arrivals > 1.1 || v.Demand.Service <= 0 {
			t.Errorf("after a restart: %+v", v.Demand)
		}

		// Without the queue, the last view stays, and says so.
		before := w.View()
		q.become(func() { q.err = errors.New("away") })
		time.Sleep(every)
		synctest.Wait()
		if v := w.View(); v.Err == nil || v.At != before.At {
			t.Errorf("without the queue: %+v", v)
		}
		q.become(func() { q.err = nil })
		time.Sleep(2 * window)
		synctest.Wait()
		if v := w.View(); v.Err != nil || v.Demand.Arrivals != 0 {
			t.Errorf("after ten quiet minutes: %+v", v)
		}
		cancel()
		synctest.Wait()
	})
}
