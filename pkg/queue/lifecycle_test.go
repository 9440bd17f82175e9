package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/queue"
)

func testFinish(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	p := put(t, q)
	element, _ := s.raw.LIndex(t.Context(), "{smalti}:interactive", 0).Result()
	if !strings.HasPrefix(element, `{"seq":1,"v":3,"id":"`+p.ID) || strings.Contains(element, `\u0026`) {
		t.Errorf("the list holds %s", element)
	}
	wantDepth(t, q, queue.Depth{Interactive: 1, Open: 1})
	l := take(t, q, p.ID)
	got, _ := json.Marshal(l.Package)
	want, _ := json.Marshal(p)
	if string(got) != string(want) || l.Attempt != 1 || !strings.HasPrefix(l.Token, "1-") {
		t.Errorf("lease %+v of %s, want attempt 1 of %s", l, got, want)
	}
	wantDepth(t, q, queue.Depth{Open: 1})
	if err := q.Finish(t.Context(), l, result); err != nil {
		t.Fatal(err)
	}
	wantDepth(t, q, queue.Depth{})

	st := status(t, q, p.ID)
	if st.State != job.Done || st.Result == nil || st.Result.Width != 256 || st.Owner != "maker" ||
		!st.Created.Equal(p.Created) || st.Finished.IsZero() || st.Attempt != 1 {
		t.Errorf("Status = %+v", st)
	}
	// The prearranged place, as an outsider reads it.
	var outside job.Status
	text, err := s.raw.Get(t.Context(), "{smalti}:done:"+p.ID).Result()
	if err != nil || json.Unmarshal([]byte(text), &outside) != nil || outside.State != job.Done {
		t.Errorf("completion key %q, %v", text, err)
	}
	for key, most := range map[string]time.Duration{"{smalti}:done:" + p.ID: 30 * 24 * time.Hour, "{smalti}:job:" + p.ID: 30*24*time.Hour + job.Remembered} {
		if ttl := s.raw.TTL(t.Context(), key).Val(); ttl < most-time.Hour || ttl > most {
			t.Errorf("%s lives for %v", key, ttl)
		}
	}
	if n := s.raw.HExists(t.Context(), "{smalti}:job:"+p.ID, "payload").Val(); n {
		t.Error("the record still holds the package")
	}
	if created, err := q.Put(t.Context(), p); created || err != nil {
		t.Errorf("Put of a finished job = %v, %v", created, err)
	}
}

func testFail(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	p := put(t, q)
	l := take(t, q, p.ID)
	if err := q.Fail(t.Context(), l, failure); err != nil {
		t.Fatal(err)
	}
	st := status(t, q, p.ID)
	if st.State != job.Failed || st.Failure == nil || !reflect.DeepEqual(*st.Failure, failure) {
		t.Errorf("Status = %+v", st)
	}
	wantDepth(t, q, queue.Depth{})
	if err := q.Finish(t.Context(), l, result); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("Finish after Fail: %v", err)
	}
}

func testStatus(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	for _, id := range []string{job.NewID(), "", "../x"} {
		if _, err := q.Status(t.Context(), id); !errors.Is(err, queue.ErrUnknown) || errors.Is(err, queue.ErrDeleted) {
			t.Errorf("Status(%q): %v, want ErrUnknown", id, err)
		}
	}
	a, b := put(t, q), put(t, q)
	big := pack(job.NewID())
	big.Priority = job.Bulk
	if _, err := q.Put(t.Context(), big); err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{a.ID, b.ID, big.ID} {
		if st := status(t, q, id); st.State != job.Queued || st.Position != i+1 || st.Owner != "maker" || !st.Created.Equal(a.Created) {
			t.Errorf("Status = %+v, want queued at %d", st, i+1)
		}
	}
	l := take(t, q, a.ID)
	if st := status(t, q, a.ID); st.State != job.Rendering || st.Attempt != 1 || st.Progress != nil || st.Position != 0 {
		t.Errorf("Status = %+v, want rendering", st)
	}
	if st := status(t, q, b.ID); st.Position != 1 {
		t.Errorf("Position = %d, want 1", st.Position)
	}
	want := job.Progress{Phase: job.Composing, Done: 3, Total: 40}
	if err := q.Renew(t.Context(), l, want); err != nil {
		t.Fatal(err)
	}
	if st := status(t, q, a.ID); st.Progress == nil || *st.Progress != want {
		t.Errorf("Progress = %+v, want %+v", st.Progress, want)
	}
	if err := q.Finish(t.Context(), l, result); err != nil {
		t.Fatal(err)
	}
	// Each of record and completion key is enough.
	s.raw.Del(t.Context(), "{smalti}:done:"+a.ID)
	if st := status(t, q, a.ID); st.State != job.Done {
		t.Errorf("without the completion key: %+v", st)
	}
	l = take(t, q, b.ID)
	if err := q.Finish(t.Context(), l, result); err != nil {
		t.Fatal(err)
	}
	s.raw.Del(t.Context(), "{smalti}:job:"+b.ID)
	if st := status(t, q, b.ID); st.State != job.Done || st.Owner != "maker" {
		t.Errorf("without the record: %+v", st)
	}
	if created, err := q.Put(t.Context(), b); created || err != nil {
		t.Errorf("Put of a job that has only a completion key = %v, %v", created, err)
	}
}

func testPutTwice(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	p := put(t, q)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if created, err := q.Put(t.Context(), p); created || err != nil {
				t.Errorf("Put again = %v, %v", created, err)
			}
		})
	}
	wg.Wait()
	wantDepth(t, q, queue.Depth{Interactive: 1, Open: 1})

	p = pack(job.NewID())
	p.Options.Tile = 63
	if _, err := q.Put(t.Context(), p); err == nil {
		t.Error("an invalid package was put")
	} else if _, ok := errors.AsType[job.Invalid](err); !ok {
		t.Errorf("Put of an invalid package: %v", err)
	}
	p = pack(job.NewID())
	p.Friends = nil
	for i := range job.MaxFriends {
		link := "https://example.org/" + strings.Repeat("a", 1000)
		p.Friends = append(p.Friends, job.Friend{ID: fmt.Sprint(i), Name: "x", Photo: link, Profile: link})
	}
	_, err := q.Put(t.Context(), p)
	if m, ok := message.Of(err); !ok || m.Code != "package.too_large" {
		t.Errorf("Put of a package that is too long: %v", err)
	}
}

func testFull(t *testing.T, s server) {
	q := s.open(t, queue.Config{MaxWaiting: 2})
	p := put(t, q)
	put(t, q)
	_, err := q.Put(t.Context(), pack(job.NewID()))
	if !errors.Is(err, queue.ErrFull) {
		t.Errorf("Put to a full queue: %v", err)
	}
	if created, err := q.Put(t.Context(), p); created || err != nil {
		t.Errorf("Put again to a full queue = %v, %v", created, err)
	}
	take(t, q, p.ID)
	put(t, q)
}

func testHolds(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	p := put(t, q)
	other := *p
	other.Created = p.Created.Add(time.Second)
	unknown := pack(job.NewID())
	for want, packages := range map[bool][]*job.Package{true: {p}, false: {&other, unknown}} {
		for _, one := range packages {
			if got, err := q.HasPackage(t.Context(), one); got != want || err != nil {
				t.Errorf("Holds = %v, %v, want %v", got, err, want)
			}
		}
	}
	take(t, q, p.ID)
	if got, err := q.HasPackage(t.Context(), p); !got || err != nil {
		t.Errorf("of a running job: Holds = %v, %v", got, err)
	}
}

func testManyWorkers(t *testing.T, s server) {
	const jobs, workers = 120, 8
	q := s.open(t, queue.Config{})
	want := make([]string, jobs)
	for i := range want {
		want[i] = put(t, q).ID
	}
	var mu sync.Mutex
	var got []string
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for {
				mu.Lock()
				over := len(got) >= jobs
				mu.Unlock()
				if over {
					return
				}
				l, err := q.Take(t.Context(), fmt.Sprint(w))
				if err != nil {
					t.Error(err)
					return
				}
				if l == nil {
					continue
				}
				if _, err := q.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
				if err := q.Finish(t.Context(), l, result); err != nil {
					t.Error(err)
				}
				mu.Lock()
				got = append(got, l.Package.ID)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d jobs were done, want each of %d once", len(got), len(want))
	}
	wantDepth(t, q, queue.Depth{})
}

func testInteractiveFirst(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	big := pack(job.NewID())
	big.Priority = job.Bulk
	if _, err := q.Put(t.Context(), big); err != nil {
		t.Fatal(err)
	}
	a, b := put(t, q), put(t, q)
	for _, id := range []string{a.ID, b.ID, big.ID} {
		take(t, q, id)
	}
}

func testRetry(t *testing.T, s server) {
	q := s.open(t, queue.Config{MaxAttempts: 2, RetryDelay: time.Millisecond})
	p := put(t, q)
	if err := q.Retry(t.Context(), take(t, q, p.ID), failure); err != nil {
		t.Fatal(err)
	}
	if st := status(t, q, p.ID); st.State != job.Queued || st.Position != 1 {
		t.Errorf("Status = %+v", st)
	}
	wantDepth(t, q, queue.Depth{Open: 1})
	if got := sweep(t, q); got != (queue.Swept{Due: 1}) {
		t.Errorf("Sweep = %+v", got)
	}
	l := take(t, q, p.ID)
	if l.Attempt != 2 {
		t.Errorf("Attempt = %d", l.Attempt)
	}
	if err := q.Retry(t.Context(), l, failure); err != nil {
		t.Fatal(err)
	}
	if st := status(t, q, p.ID); st.State != job.Failed || !reflect.DeepEqual(*st.Failure, failure) {
		t.Errorf("Status = %+v", st)
	}
	wantDepth(t, q, queue.Depth{Dead: 1})
}

func testGiveBack(t *testing.T, s server) {
	q := s.open(t, queue.Config{MaxAttempts: 1})
	p, other := put(t, q), put(t, q)
	for range 3 {
		l := take(t, q, p.ID)
		if l.Attempt != 1 {
			t.Errorf("Attempt = %d, want 1", l.Attempt)
		}
		if err := q.GiveBack(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	if st := status(t, q, other.ID); st.Position != 2 {
		t.Errorf("Position = %d, want 2", st.Position)
	}
	take(t, q, p.ID)
	take(t, q, other.ID)
}

func testWorkers(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	want := []queue.Beat{{Worker: "a"}, {Worker: "b", Job: job.NewID(), Draining: true}}
	for _, b := range append(want, want[0]) {
		if err := q.Beat(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	got, err := q.Beats(t.Context())
	slices.SortFunc(got, func(a, b queue.Beat) int { return strings.Compare(a.Worker, b.Worker) })
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Beats = %v, %v; want %v", got, err, want)
	}
	// One signs off, the other is not heard of any more.
	if err := q.Leave(t.Context(), queue.Beat{Worker: "a"}); err != nil {
		t.Fatal(err)
	}
	if n, err := q.Workers(t.Context()); n != 1 || err != nil {
		t.Errorf("Workers = %d, %v; want 1", n, err)
	}
	s.raw.ZIncrBy(t.Context(), "{smalti}:workers", -15_000, "b")
	if n, err := q.Workers(t.Context()); n != 0 || err != nil {
		t.Errorf("Workers = %d, %v; want 0", n, err)
	}
}

func testCancelled(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	p := put(t, q)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if l, err := q.Take(ctx, "worker"); l != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("Take = %v, %v", l, err)
	}
	take(t, q, p.ID)

	// What is popped when ctx has just ended is claimed all the same.
	proxy := s.proxy(t)
	ctx, cancel = context.WithCancel(t.Context())
	proxy.faults.On(faultproxy.Server, `{"seq"`, func() bool { cancel(); return true })
	p = put(t, q)
	if l, err := proxy.open(t, queue.Config{}).Take(ctx, "worker"); err != nil || l == nil || l.Package.ID != p.ID {
		t.Errorf("Take = %v, %v; want the lease of %s", l, err, p.ID)
	}
}

// Each way to end an attempt can be asked for again: the answer may have been lost.
func testRepeats(t *testing.T, s server) {
	q := s.open(t, queue.Config{MaxAttempts: 1})
	end := map[string]func(*queue.Lease) error{
		"finish":    func(l *queue.Lease) error { return q.Finish(t.Context(), l, result) },
		"fail":      func(l *queue.Lease) error { return q.Fail(t.Context(), l, failure) },
		"retry":     func(l *queue.Lease) error { return q.Retry(t.Context(), l, failure) },
		"give back": func(l *queue.Lease) error { return q.GiveBack(t.Context(), l) },
		"pass":      func(l *queue.Lease) error { return q.Decline(t.Context(), l, time.Minute) },
		"renew":     func(l *queue.Lease) error { return q.Renew(t.Context(), l, job.Progress{}) },
	}
	for name, f := range end {
		l := take(t, q, put(t, q).ID)
		for i := range 3 {
			if err := f(l); err != nil {
				t.Errorf("%s, time %d: %v", name, i+1, err)
			}
		}
		if name == "give back" {
			wantElements := s.raw.LLen(t.Context(), "{smalti}:interactive").Val()
			if wantElements != 1 {
				t.Errorf("given back three times: %d elements", wantElements)
			}
			take(t, q, l.Package.ID)
		}
	}
}
