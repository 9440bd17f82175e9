package queue_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/queue"
)

func testLeaseExpires(t *testing.T, s server) {
	q := s.open(t, hasty())
	p := put(t, q)
	waiting := put(t, q)
	take(t, q, p.ID)
	if got := sweep(t, q); got != (queue.Swept{Expired: 1}) {
		t.Errorf("Sweep = %+v", got)
	}
	// It had its turn already: it does not queue up again behind the others.
	if st := status(t, q, p.ID); st.State != job.Queued || st.Position != 1 {
		t.Errorf("Status = %+v", st)
	}
	if l := take(t, q, p.ID); l.Attempt != 2 {
		t.Errorf("Attempt = %d, want 2", l.Attempt)
	}
	take(t, q, waiting.ID)
}

func testFrozenWorker(t *testing.T, s server) {
	frozen, q := s.open(t, hasty()), s.open(t, queue.Config{})
	p := put(t, q)
	late := take(t, frozen, p.ID)
	sweep(t, q)
	// Between the two attempts, and during the second, the first one has no say.
	for range 2 {
		if err := frozen.Renew(t.Context(), late, job.Progress{}); !errors.Is(err, queue.ErrLeaseLost) {
			t.Errorf("late Renew: %v", err)
		}
		if err := frozen.Finish(t.Context(), late, result); !errors.Is(err, queue.ErrLeaseLost) {
			t.Errorf("late Finish: %v", err)
		}
		if err := frozen.Fail(t.Context(), late, failure); !errors.Is(err, queue.ErrLeaseLost) {
			t.Errorf("late Fail: %v", err)
		}
		if status(t, q, p.ID).State == job.Queued {
			take(t, q, p.ID)
		}
	}
	if err := frozen.Retry(t.Context(), late, failure); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("late Retry: %v", err)
	}
	if err := frozen.GiveBack(t.Context(), late); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("late GiveBack: %v", err)
	}
	if st := status(t, q, p.ID); st.State != job.Rendering || st.Attempt != 2 {
		t.Errorf("Status = %+v, want the second attempt", st)
	}
}

func testNeverClaimed(t *testing.T, s server) {
	q := s.open(t, hasty())
	p := put(t, q)
	s.rawPop(t)
	if st := status(t, q, p.ID); st.State != job.Queued || st.Position != 1 {
		t.Errorf("Status = %+v", st)
	}
	if got := sweep(t, q); got != (queue.Swept{Unclaimed: 1}) {
		t.Errorf("Sweep = %+v", got)
	}
	if l := take(t, q, p.ID); l.Attempt != 1 {
		t.Errorf("Attempt = %d, want 1: nothing was tried yet", l.Attempt)
	}
}

func testNeverClaimedBacklog(t *testing.T, s server) {
	q := s.open(t, hasty())
	lost := []string{put(t, q).ID, put(t, q).ID}
	var waiting []string
	for range 150 { // more than one run of the script looks at
		waiting = append(waiting, put(t, q).ID)
	}
	for range lost {
		s.rawPop(t)
	}
	recovered := 0
	for recovered < len(lost) {
		got := sweep(t, q)
		recovered += got.Unclaimed
		if got != (queue.Swept{Unclaimed: got.Unclaimed}) || recovered > len(lost) {
			t.Fatalf("Sweep = %+v, %d recovered", got, recovered)
		}
	}
	wantDepth(t, q, queue.Depth{Interactive: 152, Open: 152})
	first := []string{take(t, q, "").Package.ID, take(t, q, "").Package.ID}
	slices.Sort(first)
	slices.Sort(lost)
	if !slices.Equal(first, lost) {
		t.Errorf("first come %v, want those that had been lost, %v", first, lost)
	}
	for _, id := range waiting {
		take(t, q, id)
	}
}

// A worker that was frozen between pop and claim comes too late.
func testStaleElement(t *testing.T, s server) {
	q := s.open(t, hasty())
	p := put(t, q)
	element := s.rawPop(t)
	sweep(t, q)
	s.raw.RPush(t.Context(), "{smalti}:interactive", element)
	if l, err := q.Take(t.Context(), "worker"); l != nil || err != nil {
		t.Errorf("Take of a stale element = %v, %v; want nothing", l, err)
	}
	take(t, q, p.ID)
	wantDepth(t, q, queue.Depth{Open: 1})
}

// An element without a number at the tail says nothing about who was popped.
func testHandPushedTail(t *testing.T, s server) {
	q := s.open(t, hasty())
	p := put(t, q)
	for _, tail := range []string{`{"v":1}`, `{"seq":999999,"v":1}`, ``} {
		s.raw.RPush(t.Context(), "{smalti}:interactive", tail)
		if got, err := q.Sweep(t.Context()); err != nil || got.Any() {
			t.Errorf("Sweep with tail %q = %+v, %v", tail, got, err)
		}
		if n := s.raw.ZCard(t.Context(), "{smalti}:waiting:interactive").Val(); n != 1 {
			t.Errorf("with tail %q, %d jobs wait; want 1", tail, n)
		}
		s.rawPop(t)
	}
	take(t, q, p.ID)
}

func testPoison(t *testing.T, s server) {
	cfg := hasty()
	cfg.MaxAttempts = 3
	q := s.open(t, cfg)
	p := put(t, q)
	var total queue.Swept
	for attempt := 1; attempt <= 3; attempt++ {
		if l := take(t, q, p.ID); l.Attempt != attempt {
			t.Fatalf("Attempt = %d, want %d", l.Attempt, attempt)
		}
		for status(t, q, p.ID).State == job.Rendering || attempt == 2 && total.Due == 0 {
			got := sweep(t, q)
			total.Expired += got.Expired
			total.Due += got.Due
			total.Dead += got.Dead
		}
	}
	if want := (queue.Swept{Expired: 2, Due: 1, Dead: 1}); total != want {
		t.Errorf("swept %+v, want %+v", total, want)
	}
	st := status(t, q, p.ID)
	if st.State != job.Failed || st.Failure.Code != job.TooManyTry || !strings.Contains(st.Failure.Text, "3 times") || !reflect.DeepEqual(st.Failure.Says, message.New("failure.too_many_tries", "n", 3)) ||
		!st.Created.Equal(p.Created) || st.Finished.IsZero() || st.Owner != "maker" || st.Attempt != 3 {
		t.Errorf("Status = %+v, failure %+v", st, st.Failure)
	}
	if text := s.raw.Get(t.Context(), "{smalti}:done:"+p.ID).Val(); !strings.Contains(text, `"state":"failed"`) {
		t.Errorf("completion key %q", text)
	}
	if entry := s.raw.HGet(t.Context(), "{smalti}:dead", p.ID).Val(); !strings.Contains(entry, "worker "+"worker fell silent") {
		t.Errorf("dead entry %q", entry)
	}
	wantDepth(t, q, queue.Depth{Dead: 1})
	if !s.raw.HExists(t.Context(), "{smalti}:job:"+p.ID, "payload").Val() {
		t.Error("nobody can try it again: the package is gone")
	}
}

func testForgotten(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	running, popped := put(t, q), pack(job.NewID())
	popped.SetVersion(1) // the elements of later versions only name their packages, which the front end puts back
	if _, err := q.Put(t.Context(), popped); err != nil {
		t.Fatal(err)
	}
	l := take(t, q, running.ID)
	element := s.rawPop(t)
	if err := s.raw.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := q.Renew(t.Context(), l, job.Progress{}); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("Renew: %v", err)
	}
	if created, err := q.Put(t.Context(), running); !created || err != nil {
		t.Errorf("Put = %v, %v", created, err)
	}
	l2 := take(t, q, running.ID)
	if err := q.Finish(t.Context(), l, result); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("Finish of the attempt before: %v", err)
	}
	if err := q.Finish(t.Context(), l2, result); err != nil {
		t.Error(err)
	}
	// What a worker had in its hands is adopted.
	s.raw.RPush(t.Context(), "{smalti}:interactive", element)
	take(t, q, popped.ID)
	wantDepth(t, q, queue.Depth{Open: 1})
}

func testDamagedRecord(t *testing.T, s server) {
	q := s.open(t, hasty())
	text, noPackage, good := put(t, q), put(t, q), put(t, q)
	for range 3 {
		s.rawPop(t)
	}
	s.raw.Set(t.Context(), "{smalti}:job:"+text.ID, "what is this", 0)
	s.raw.HDel(t.Context(), "{smalti}:job:"+noPackage.ID, "payload")
	s.raw.ZAdd(t.Context(), "{smalti}:open", redis.Z{Score: 1, Member: "no record"})
	var total queue.Swept
	for total.Unclaimed+total.Damaged < 3 {
		got := sweep(t, q)
		total.Unclaimed += got.Unclaimed
		total.Damaged += got.Damaged
	}
	if want := (queue.Swept{Unclaimed: 1, Damaged: 2}); total != want {
		t.Errorf("swept %+v, want %+v", total, want)
	}
	take(t, q, good.ID)
	for _, id := range []string{text.ID, noPackage.ID} {
		if st := status(t, q, id); st.State != job.Failed || st.Failure.Code != job.Internal {
			t.Errorf("Status = %+v", st)
		}
	}
	wantDepth(t, q, queue.Depth{Open: 1, Dead: 2})
}
