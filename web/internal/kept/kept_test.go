package kept

import (
	"fmt"
	"testing"
	"time"

	"smalti/pkg/job"
)

func status(id string) job.Status {
	return job.Status{ID: id, State: job.Done, Result: &job.Result{Friends: 3, Files: []string{"a.jpg"}}, Finished: time.Unix(1e9, 0).UTC()}
}

func TestAnswersAreOfThisStatus(t *testing.T) {
	for what, change := range map[string]func(*job.Status){
		"state": func(s *job.Status) { s.State = job.Failed }, "result": func(s *job.Status) { s.Result.Friends++ },
		"files": func(s *job.Status) { s.Result.Files[0] = "b.jpg" }, "expiry": func(s *job.Status) { s.Expires = time.Unix(2e9, 0) },
		"owner": func(s *job.Status) { s.Owner = "somebody" }, "failure": func(s *job.Status) { s.Failure = &job.Failure{} },
	} {
		a := New[string, int](1 << 20)
		a.Put(status("x"), "en", 1, 10)
		a.Put(status("x"), "de", 2, 10)
		if n, ok := a.Get(status("x"), "de"); n != 2 || !ok {
			t.Fatal("the answer is not kept")
		}
		changed := status("x")
		change(&changed)
		if _, ok := a.Get(changed, "de"); ok {
			t.Errorf("another %s has the same answer", what)
		}
		if _, ok := a.Get(status("x"), "en"); ok {
			t.Errorf("another %s leaves an answer of before", what)
		}
	}
}

func TestAnswersAreForgottenTogether(t *testing.T) {
	a := New[string, int](1 << 20)
	for _, id := range []string{"x", "y"} {
		a.Put(status(id), "en", 1, 10)
		a.Put(status(id), "de", 1, 10)
	}
	a.Forget("x")
	a.Forget("unknown")
	_, en := a.Get(status("x"), "en")
	_, other := a.Get(status("y"), "en")
	if en || !other || a.Len() != 1 {
		t.Errorf("kept: %v, of the other one: %v, of %d mosaics", en, other, a.Len())
	}
}

func TestAnswersAreBounded(t *testing.T) {
	const most = 1 << 20
	a := New[int, int](most)
	for i := range 1000 {
		s := status(fmt.Sprint(i % 500))
		s.Attempt = i / 500
		a.Put(s, i, i, 20_000)
	}
	for i := range 1000 {
		a.Put(status("called by any name"), i, i, 10)
	}
	counted, kinds := 0, 0
	for at := a.order.Front(); at != nil; at = at.Next() {
		m := at.Value.(*mosaic[int, int])
		counted += m.bytes
		kinds = max(kinds, len(m.answers))
	}
	if a.bytes != counted || counted > most || counted < most/2 || kinds > maxKinds || a.order.Len() != len(a.mosaics) {
		t.Errorf("%d bytes are counted, %d kept, of %d mosaics and at most %d answers each", a.bytes, counted, len(a.mosaics), kinds)
	}
	s := status("499")
	s.Attempt = 1
	if n, ok := a.Get(s, 999); n != 999 || !ok {
		t.Error("the latest answer is not kept")
	}
	a.Put(status("too large"), 1, 1, 2*most)
	if a.bytes != 0 || a.Len() != 0 {
		t.Errorf("%d bytes of %d mosaics", a.bytes, a.Len())
	}
}
