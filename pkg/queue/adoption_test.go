package queue_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

func testHandPushed(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	p := pack(job.NewID())
	data, _ := json.MarshalIndent(p, "", "  ")
	element := "\n " + string(data) + "\n"
	for range 2 {
		s.raw.LPush(t.Context(), "{smalti}:interactive", element)
	}
	l := take(t, q, p.ID)
	if l.Attempt != 1 {
		t.Errorf("Attempt = %d", l.Attempt)
	}
	wantDepth(t, q, queue.Depth{Interactive: 1, Open: 1})
	// It is safe from now on: the record has all that it takes to give it to others.
	if err := q.GiveBack(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	l = take(t, q, p.ID)
	if l.Package.Friends[2].Name != p.Friends[2].Name {
		t.Errorf("the package came back as %+v", l.Package)
	}
	if l, err := q.Take(t.Context(), "other"); l != nil || err != nil {
		t.Errorf("Take of a second copy = %v, %v; want nothing", l, err)
	}
	if err := q.Finish(t.Context(), l, result); err != nil {
		t.Fatal(err)
	}
	if st := status(t, q, p.ID); st.State != job.Done || st.Owner != "maker" {
		t.Errorf("Status = %+v", st)
	}
	s.raw.LPush(t.Context(), "{smalti}:bulk", element)
	if l, err := q.Take(t.Context(), "worker"); l != nil || err != nil {
		t.Errorf("Take of a finished job = %v, %v; want nothing", l, err)
	}
	if st := status(t, q, p.ID); st.State != job.Done {
		t.Errorf("Status = %+v", st)
	}
}

func testBadPackages(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	data, _ := json.Marshal(pack("ID"))
	good := string(data)
	for _, tc := range []struct{ name, element, says string }{
		{"unknown field", strings.Replace(good, `"v":3`, `"v":3,"colour":"red"`, 1), "colour"},
		{"no version", strings.Replace(good, `"v":3`, `"v":100`, 1), "version 100"},
		{"invalid", strings.Replace(good, `"tile":64`, `"tile":63`, 1), "multiple of 8"},
		{"strange time", strings.Replace(good, `"created":"2026-01-02T03:04:05.000006Z"`, `"created":"0000-01-01T00:00:00+23:00","x":1`, 1), "x"},
		{"not JSON", "hello \xff", "isn’t a JSON object"},
		{"no id", strings.Replace(good, `"id":"ID",`, "", 1), "id"},
		{"path as id", strings.Replace(good, `"ID"`, `"../../etc/passwd"`, 1), "22 characters"},
		{"number only", `{"seq":17,}`, "version 0"},
		{"too long", good + strings.Repeat(" ", job.MaxPackageBytes), "4 MB"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.raw.Del(t.Context(), "{smalti}:dead")
			id := job.NewID()
			s.raw.LPush(t.Context(), "{smalti}:interactive", strings.Replace(tc.element, `"ID"`, `"`+id+`"`, 1))
			l, err := q.Take(t.Context(), "worker")
			rejected, ok := errors.AsType[*queue.RejectedError](err)
			if l != nil || !ok || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("Take = %v, %v; want it rejected with %q", l, err, tc.says)
			}
			dead := s.raw.HGetAll(t.Context(), "{smalti}:dead").Val()
			if len(dead) != 1 {
				t.Fatalf("the dead list holds %d entries, want 1", len(dead))
			}
			wantDepth(t, q, queue.Depth{Dead: 1})
			for field, entry := range dead {
				if !strings.Contains(entry, tc.says) || !json.Valid([]byte(entry)) || len(entry) > 100<<10 {
					t.Errorf("dead entry %.300s", entry)
				}
				if hasID := rejected.ID != ""; hasID != (field == id) || hasID && rejected.ID != id {
					t.Errorf("filed under %q, rejected with id %q", field, rejected.ID)
				}
			}
			if rejected.ID != "" {
				if st := status(t, q, id); st.State != job.Failed || st.Failure.Code != job.BadPackage ||
					!strings.Contains(st.Failure.Text, tc.says) {
					t.Errorf("Status = %+v", st)
				}
				if s.raw.Exists(t.Context(), "{smalti}:done:"+id).Val() != 1 {
					t.Error("no completion key")
				}
			}
		})
	}
}

// A job is not harmed by rubbish that bears its id.
func testBadElementOfAnother(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	p := put(t, q)
	l := take(t, q, p.ID)
	s.raw.LPush(t.Context(), "{smalti}:interactive", `{"v":100,"id":"`+p.ID+`"}`)
	_, err := q.Take(t.Context(), "worker")
	if _, ok := errors.AsType[*queue.RejectedError](err); !ok {
		t.Errorf("Take: %v", err)
	}
	wantDepth(t, q, queue.Depth{Open: 1, Dead: 1})
	if err := q.Finish(t.Context(), l, result); err != nil {
		t.Error(err)
	}
	// A job that was put in order, though, fails in order.
	p = put(t, q)
	element := s.rawPop(t)
	s.raw.RPush(t.Context(), "{smalti}:interactive", strings.Replace(element, `"v":3`, `"v":100`, 1))
	if _, err = q.Take(t.Context(), "worker"); err == nil {
		t.Error("a package of no version was taken")
	}
	if st := status(t, q, p.ID); st.State != job.Failed {
		t.Errorf("Status = %+v", st)
	}
}
