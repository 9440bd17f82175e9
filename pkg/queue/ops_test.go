package queue_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

func testOverview(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	o, err := q.Ops().Overview(t.Context())
	if err != nil || o.Open != 0 || o.Accepted != 0 || !o.OldestInteractive.IsZero() || o.Paused || o.Running() != 0 {
		t.Fatalf("Overview of nothing = %+v, %v", o, err)
	}
	first := put(t, q)
	put(t, q)
	slow := pack(job.NewID())
	slow.Priority = job.Bulk
	if _, err := q.Put(t.Context(), slow); err != nil {
		t.Fatal(err)
	}
	since := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	beat := queue.Beat{Worker: "a", Job: first.ID, Phase: job.Matching, Since: since, Ended: 7, Spent: 3.5, Version: "v1"}
	for _, b := range []queue.Beat{beat, {Worker: "b"}} {
		if err := q.Beat(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	o, err = q.Ops().Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o.Interactive != 2 || o.Bulk != 1 || o.Open != 3 || o.Accepted != 3 || o.Running() != 1 || len(o.Beats) != 2 {
		t.Errorf("Overview = %+v", o)
	}
	if !o.OldestInteractive.Equal(first.Created) || !o.OldestBulk.Equal(slow.Created) {
		t.Errorf("oldest %v and %v, want %v and %v", o.OldestInteractive, o.OldestBulk, first.Created, slow.Created)
	}
	for _, b := range o.Beats {
		if b.Worker == "a" && b != beat {
			t.Errorf("beat %+v, want %+v", b, beat)
		}
	}
}

func testDeadList(t *testing.T, s server) {
	cfg := hasty()
	cfg.MaxAttempts = 1
	q := s.open(t, cfg)
	p := put(t, q)
	if err := q.Retry(t.Context(), take(t, q, p.ID), failure); err != nil {
		t.Fatal(err)
	}
	if err := s.raw.LPush(t.Context(), "{smalti}:interactive", "no package").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Take(t.Context(), "worker"); err == nil {
		t.Fatal("what is no package was taken")
	}
	list, err := q.Ops().DeadList(t.Context(), 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("DeadList = %+v, %v; want two entries", list, err)
	}
	if few, err := q.Ops().DeadList(t.Context(), 1); err != nil || len(few) != 1 {
		t.Errorf("DeadList of at most 1 = %d entries, %v", len(few), err)
	}
	for _, d := range list {
		switch d.ID {
		case p.ID:
			if d.Field != p.ID || d.Code != failure.Code || d.Reason != failure.Text || d.At.IsZero() {
				t.Errorf("entry %+v, want %+v", d, failure)
			}
		case "":
			if err := q.Ops().RetryDead(t.Context(), d.Field); !errors.Is(err, queue.ErrNotRetried) {
				t.Errorf("an element that is no package: RetryDead = %v", err)
			}
			if err := q.Ops().DropDead(t.Context(), d.Field); err != nil {
				t.Error(err)
			}
		}
	}
	// The job has all of its attempts again, and can end well.
	if err := q.Ops().RetryDead(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if err := q.Ops().RetryDead(t.Context(), p.ID); !errors.Is(err, queue.ErrNotRetried) {
		t.Errorf("RetryDead of a living job = %v", err)
	}
	if got := status(t, q, p.ID); got.State != job.Queued {
		t.Errorf("after RetryDead: %+v", got)
	}
	l := take(t, q, p.ID)
	if l.Attempt != 1 {
		t.Errorf("attempt %d of a new life", l.Attempt)
	}
	if err := q.Finish(t.Context(), l, result); err != nil {
		t.Fatal(err)
	}
	if got := status(t, q, p.ID); got.State != job.Done {
		t.Errorf("in the end: %+v", got)
	}
	wantDepth(t, q, queue.Depth{})
	if ttl, err := s.raw.PTTL(t.Context(), "{smalti}:job:"+p.ID).Result(); err != nil || ttl <= 0 {
		t.Errorf("the record of an ended job lives for %v, %v", ttl, err)
	}
}

func testDropDead(t *testing.T, s server) {
	cfg := hasty()
	cfg.MaxAttempts = 1
	q := s.open(t, cfg)
	p := put(t, q)
	if err := q.Retry(t.Context(), take(t, q, p.ID), failure); err != nil {
		t.Fatal(err)
	}
	if err := q.Ops().DropDead(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := q.Ops().DeadList(t.Context(), 10); err != nil || len(list) != 0 {
		t.Errorf("DeadList = %+v, %v", list, err)
	}
	if err := q.Ops().RetryDead(t.Context(), p.ID); !errors.Is(err, queue.ErrNotRetried) {
		t.Errorf("RetryDead after DropDead = %v", err)
	}
	if got := status(t, q, p.ID); got.State != job.Failed {
		t.Errorf("after DropDead: %+v", got)
	}
}

func testPause(t *testing.T, s server) {
	q, other := s.open(t, queue.Config{}), s.open(t, queue.Config{})
	if err := other.Ops().Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := put(t, q)
	if l, err := q.Take(t.Context(), "worker"); l != nil || err != nil {
		t.Fatalf("Take during a pause = %v, %v", l, err)
	}
	if o, err := q.Ops().Overview(t.Context()); err != nil || !o.Paused {
		t.Errorf("Overview during a pause = %+v, %v", o, err)
	}
	if err := other.Ops().Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	take(t, q, p.ID)
}

func testFailures(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	var last string
	for range 60 {
		last = put(t, q).ID
		if err := q.Fail(t.Context(), take(t, q, last), failure); err != nil {
			t.Fatal(err)
		}
	}
	p := put(t, q)
	if err := q.Finish(t.Context(), take(t, q, p.ID), result); err != nil {
		t.Fatal(err)
	}
	all, err := q.Ops().Failures(t.Context())
	if err != nil || len(all) != 50 {
		t.Fatalf("Failures = %d of them, %v; want the last 50", len(all), err)
	}
	if f := all[0]; f.ID != last || f.Failure == nil || !reflect.DeepEqual(*f.Failure, failure) || f.Finished.IsZero() {
		t.Errorf("the newest is %+v, want %s", f, last)
	}
}
