package queue_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

func testDeleteQueued(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	p, other := put(t, q), put(t, q)
	if err := q.Delete(t.Context(), p.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Status(t.Context(), p.ID); !errors.Is(err, queue.ErrUnknown) || !errors.Is(err, queue.ErrDeleted) {
		t.Errorf("Status: %v", err)
	}
	if st := status(t, q, other.ID); st.Position != 1 {
		t.Errorf("Position of the next = %d", st.Position)
	}
	if l, err := q.Take(t.Context(), "worker"); l != nil || err != nil {
		t.Errorf("Take = %v, %v; want the deleted job to be dropped", l, err)
	}
	take(t, q, other.ID)
	if created, err := q.Put(t.Context(), p); created || !errors.Is(err, queue.ErrDeleted) {
		t.Errorf("Put of a deleted job = %v, %v", created, err)
	}
	if err := q.Restore(t.Context(), job.Status{ID: p.ID, State: job.Done, Result: &result}); err != nil {
		t.Error(err)
	}
	if _, err := q.Status(t.Context(), p.ID); !errors.Is(err, queue.ErrDeleted) {
		t.Errorf("Status after Restore: %v", err)
	}
	if n := s.raw.Exists(t.Context(), "{smalti}:done:"+p.ID).Val(); n != 0 {
		t.Error("a deleted job has a completion key")
	}
}

func testDeleteRunning(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	p := put(t, q)
	l := take(t, q, p.ID)
	if err := q.Delete(t.Context(), p.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := q.Renew(t.Context(), l, job.Progress{}); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("Renew: %v", err)
	}
	if err := q.Finish(t.Context(), l, result); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("Finish: %v", err)
	}
	wantDepth(t, q, queue.Depth{})
}

func testRestore(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	done := job.Status{ID: job.NewID(), State: job.Done, Result: &result, Owner: "maker",
		Created: time.Now().Add(-time.Hour).UTC(), Finished: time.Now().UTC()}
	want, _ := json.Marshal(done)
	for range 2 {
		if err := q.Restore(t.Context(), done); err != nil {
			t.Fatal(err)
		}
		if got, _ := json.Marshal(status(t, q, done.ID)); string(got) != string(want) {
			t.Errorf("restored %s, want %s", got, want)
		}
		if got := s.raw.Get(t.Context(), "{smalti}:done:"+done.ID).Val(); got != string(want) {
			t.Errorf("completion key %s, want %s", got, want)
		}
		s.raw.Del(t.Context(), "{smalti}:done:"+done.ID)
	}
	p := put(t, q)
	done.ID = p.ID
	for _, state := range []job.State{job.Queued, job.Rendering} {
		if err := q.Restore(t.Context(), done); err != nil {
			t.Fatal(err)
		}
		if st := status(t, q, p.ID); st.State != state {
			t.Errorf("State = %s, want %s", st.State, state)
		}
		if state == job.Queued {
			take(t, q, p.ID)
		}
	}
	done.State = job.Queued
	if err := q.Restore(t.Context(), done); err == nil {
		t.Error("a job was restored that has not ended")
	}
}
