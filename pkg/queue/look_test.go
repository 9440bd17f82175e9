package queue_test

import (
	"errors"
	"reflect"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// A first look is that of the attempt that goes on. Nobody is told of one whose attempt has ended, however it ended.
func testFirstLook(t *testing.T, s server) {
	q := s.open(t, hasty())
	p := put(t, q)
	want := func(what string, state job.State, seen string) {
		t.Helper()
		st := status(t, q, p.ID)
		got := ""
		if st.FirstLook != nil {
			got = st.FirstLook.Look
		}
		if st.State != state || got != seen {
			t.Errorf("%s: %s, look %q; want %s, %q", what, st.State, got, state, seen)
		}
	}
	look := func(l *queue.Lease) job.Result {
		return job.Result{Columns: 4, Rows: 3, Width: 256, Height: 192, Friends: 3, Files: []string{"first.jpg"}, Look: l.Token}
	}
	first := take(t, q, p.ID)
	want("before", job.Rendering, "")
	if err := q.Look(t.Context(), first, look(first)); err != nil {
		t.Fatal(err)
	}
	want("shown", job.Rendering, first.Token)
	if st := status(t, q, p.ID); !reflect.DeepEqual(*st.FirstLook, look(first)) {
		t.Errorf("shown: %+v", st.FirstLook)
	}
	sweep(t, q) // its worker died
	want("waiting again", job.Queued, "")
	if err := q.Look(t.Context(), first, look(first)); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("shown too late: %v", err)
	}
	second := take(t, q, p.ID)
	want("begun again", job.Rendering, "")
	if err := q.Look(t.Context(), first, look(first)); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("shown too late: %v", err)
	}
	if err := q.Look(t.Context(), second, look(second)); err != nil {
		t.Fatal(err)
	}
	want("shown again", job.Rendering, second.Token)
	if err := q.Finish(t.Context(), second, result); err != nil {
		t.Fatal(err)
	}
	want("done", job.Done, "")
	if s.raw.HExists(t.Context(), "{smalti}:job:"+p.ID, "look").Val() {
		t.Error("the record still holds the first look")
	}
}
