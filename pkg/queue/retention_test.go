package queue_test

import (
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// A mosaic lives as long as its package says, whatever the worker that makes it keeps; and seeing it
// again does not make it live longer.
func testKeep(t *testing.T, s server) {
	ctx := t.Context()
	worker := s.open(t, queue.Config{Retention: 30 * 24 * time.Hour})
	lives := func(key string) time.Duration { return s.raw.PTTL(ctx, key).Val() }
	within := func(what string, got, want time.Duration) {
		t.Helper()
		if got > want || got < want-time.Minute {
			t.Errorf("%s lives for %v, want %v", what, got, want)
		}
	}
	for _, end := range []string{"finish", "fail", "retry", "silence"} {
		p := pack(job.NewID())
		p.Keep = 3600
		q := worker
		if end == "silence" || end == "retry" {
			cfg := hasty()
			cfg.MaxAttempts = 1
			q = s.open(t, cfg)
		}
		if _, err := q.Put(ctx, p); err != nil {
			t.Fatal(err)
		}
		l := take(t, q, p.ID)
		var err error
		switch end {
		case "finish":
			err = q.Finish(ctx, l, result)
		case "fail":
			err = q.Fail(ctx, l, failure)
		case "retry":
			err = q.Retry(ctx, l, failure)
		case "silence":
			sweep(t, q)
		}
		if err != nil {
			t.Fatal(err)
		}
		within(end+": the completion key", lives("{smalti}:done:"+p.ID), time.Hour)
		within(end+": the record", lives("{smalti}:job:"+p.ID), time.Hour+job.Remembered)
		st := status(t, q, p.ID)
		if got := st.Expires.Sub(st.Finished); got != time.Hour {
			t.Errorf("%s: it expires %v after its end, want an hour", end, got)
		}
	}

	// Redis has forgotten one that was finished 50 minutes ago.
	old := job.Status{ID: job.NewID(), State: job.Done, Result: &result, Created: time.Now(), Finished: time.Now().Add(-50 * time.Minute)}
	old.Expires = old.Finished.Add(time.Hour)
	if err := worker.Restore(ctx, old); err != nil {
		t.Fatal(err)
	}
	within("what was restored", lives("{smalti}:done:"+old.ID), 10*time.Minute)
	s.raw.Del(ctx, "{smalti}:done:"+old.ID)
	if err := worker.Restore(ctx, old); err != nil {
		t.Fatal(err)
	}
	within("a key that was restored again", lives("{smalti}:done:"+old.ID), 10*time.Minute)
	past := old
	past.ID, past.Expires = job.NewID(), time.Now().Add(-time.Second)
	if err := worker.Restore(ctx, past); err != nil {
		t.Fatal(err)
	}
	if n := s.raw.Exists(ctx, "{smalti}:done:"+past.ID, "{smalti}:job:"+past.ID).Val(); n != 0 {
		t.Error("what has expired was restored")
	}
}
