package worker

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestOneJobIsSolvedAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare(0)
		done, err := s.solve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.room(t.Context()); err != nil { // photos of the next one may be fetched
			t.Fatal(err)
		}
		var second func()
		go func() { second, _ = s.solve(t.Context()) }()
		synctest.Wait()
		if second != nil {
			t.Fatal("two jobs are solved at once")
		}
		var taken bool
		go func() { taken = s.room(t.Context()) == nil }()
		synctest.Wait()
		if taken {
			t.Fatal("a third job was taken while one waits for the processors")
		}
		done()
		synctest.Wait()
		if second == nil || !taken {
			t.Fatalf("after the first one: the second %v, room %v", second != nil, taken)
		}
		second()

		gone, cancel := context.WithCancelCause(t.Context())
		why := errors.New("stopping")
		cancel(why)
		if done, err = s.solve(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.solve(gone); !errors.Is(err, why) {
			t.Errorf("after the end: %v", err)
		}
		if err := s.room(t.Context()); err != nil { // who left waits no more
			t.Error(err)
		}
		done()
	})
}

func TestMemoryIsSharedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare(100)
		small, err := s.reserve(t.Context(), 60)
		if err != nil {
			t.Fatal(err)
		}
		var large, last func()
		go func() { large, _ = s.reserve(t.Context(), 90) }()
		synctest.Wait()
		go func() { last, _ = s.reserve(t.Context(), 30) }()
		synctest.Wait()
		if large != nil || last != nil {
			t.Fatal("more than there is, or past the large job")
		}
		small()
		synctest.Wait()
		if large == nil || last != nil {
			t.Fatal("the large job does not come first")
		}
		large()
		synctest.Wait()
		if last == nil {
			t.Fatal("the last one waits for ever")
		}
	})
}

func TestMemoryIsGivenBackOnceAllHaveDone(t *testing.T) {
	s := newShare(0)
	if s.hasDone() {
		t.Error("before any job")
	}
	first, second := s.begin(), s.begin()
	first()
	if s.hasDone() {
		t.Error("while a job is worked on")
	}
	second()
	if !s.hasDone() || s.hasDone() {
		t.Error("not exactly once after the jobs")
	}
}

// A wait for other jobs prolongs the time of an attempt by as much, and no more.
func TestWaitingIsExcusedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(Config{Name: "tester"})
		w.pulse.working(true)
		start := time.Now()
		c := startClock(w, func() {})
		defer c.stop()
		const wait = 10 * time.Minute
		err := c.during("memory", func() error {
			time.Sleep(wait)
			return w.Alive()
		})
		if err != nil {
			t.Errorf("while it waits: %v", err)
		}
		if since := w.pulse.since.Sub(start); since != wait {
			t.Errorf("the job counts as begun %v later, want %v", since, wait)
		}
	})
}
