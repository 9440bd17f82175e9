package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/message"
	"smalti/pkg/metrics"
	"smalti/pkg/queue"
	"smalti/pkg/testenv"
	"smalti/web/internal/answer"
	"smalti/web/internal/client"
)

// waitingJobs is a queue in which every mosaic waits.
type waitingJobs struct{ jobs }

func (waitingJobs) Status(_ context.Context, id string) (job.Status, error) {
	return job.Status{ID: id, State: job.Queued, Position: 100, Created: time.Unix(1e9, 0).UTC()}, nil
}

func (waitingJobs) Workers(context.Context) (int, error) { return 4, nil }

func (waitingJobs) SweepDue(context.Context) (queue.Swept, error) { return queue.Swept{}, nil }

func waitingServer(t testing.TB) *server {
	t.Helper()
	s := newTestServer(t, waitingJobs{}, nil, &journal.Journal{}, time.Hour)
	s.mosaicAPI.FirstViews = nil
	return s
}

// nowhere takes an answer and forgets it.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}

// cpuTime is what this process has used, in nanoseconds.
func cpuTime() int64 {
	var self syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	return self.Utime.Nano() + self.Stime.Nano()
}

// BenchmarkPoll is what a poll costs besides net/http and the question to Redis.
func BenchmarkPoll(b *testing.B) {
	h := waitingServer(b).handler(metrics.NewWeb(prometheus.NewRegistry()))
	r := httptest.NewRequest(http.MethodGet, "/api/v1/mosaics/"+job.NewID(), nil)
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("If-None-Match", `"something else"`)
	b.ReportAllocs()
	before := cpuTime()
	for b.Loop() {
		h.ServeHTTP(nowhere{http.Header{}}, r)
	}
	b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op") // right on a busy machine, too
}

// Whoever has seen an answer gets no second one, however the tag is told.
func TestPollsThatHaveSeenTheAnswer(t *testing.T) {
	ask := func(seen string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header.Set("If-None-Match", seen)
		answer.TaggedJSON(w, r, "an answer")
		return w
	}
	first := ask("")
	tag := first.Header().Get("ETag")
	if first.Code != http.StatusOK || first.Body.String() != "\"an answer\"\n" || len(tag) < 10 {
		t.Fatalf("%d %q with the tag %s", first.Code, first.Body, tag)
	}
	for seen, want := range map[string]int{
		tag: http.StatusNotModified, "W/" + tag: http.StatusNotModified, `"a", ` + tag: http.StatusNotModified,
		`"a"`: http.StatusOK, tag[:5] + `"`: http.StatusOK, tag[1 : len(tag)-1]: http.StatusOK,
	} {
		if w := ask(seen); w.Code != want || (want == http.StatusNotModified) != (w.Body.Len() == 0) {
			t.Errorf("If-None-Match: %s: %d %q", seen, w.Code, w.Body)
		}
	}
}

// Where there are very many connections, pages that come back late leave theirs.
func TestManyConnections(t *testing.T) {
	s := waitingServer(t)
	front := httptest.NewUnstartedServer(s.handler(metrics.NewWeb(prometheus.NewRegistry())))
	front.Config.ConnState = s.connections.ConnState
	front.Start()
	defer front.Close()
	poll := func() (closed bool) {
		t.Helper()
		res, err := front.Client().Get(front.URL + "/api/v1/mosaics/" + job.NewID())
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatal(res.Status)
		}
		return res.Close
	}
	if poll() {
		t.Error("one page has to leave its connection")
	}
	var others []net.Conn
	for range 501 {
		c, err := net.Dial("tcp", front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		others = append(others, c)
	}
	testenv.WaitFor(t, "all connections to be counted", func() bool { return s.connections.Open() > 500 }) // see connections.Spare
	if !poll() {
		t.Error("one page of many keeps its connection")
	}
	soon := httptest.NewRecorder()
	if s.connections.Spare(soon, time.Second); soon.Header().Get("Connection") != "" {
		t.Error("a page that is back in a second has to leave its connection")
	}
	for _, c := range others {
		c.Close()
	}
	testenv.WaitFor(t, "the connections to be gone", func() bool { return s.connections.Open() <= 2 })
	if poll() {
		t.Error("a page has to leave its connection after the others have gone")
	}
}

// Polls go past the router, and are counted under the route that it has for them.
func TestPollsAreCountedUnderTheirRoute(t *testing.T) {
	registry := prometheus.NewRegistry()
	h := waitingServer(t).handler(metrics.NewWeb(registry))
	for path, want := range map[string]int{
		"/api/v1/mosaics/" + job.NewID():         http.StatusOK,
		"/api/v1/mosaics/no-id":                  http.StatusNotFound,
		"/api/v1/mosaics/" + job.NewID() + "/no": http.StatusNotFound,
	} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil)); w.Code != want || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d, %v", path, w.Code, w.Header())
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "smalti_http_requests_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "route" {
					counted[l.GetValue()] += m.GetCounter().GetValue()
				}
			}
		}
	}
	if counted["/api/v1/mosaics/{id}"] != 2 || counted["none"] != 1 {
		t.Errorf("counted %v", counted)
	}
}

func TestPolledFailuresAreToldInGerman(t *testing.T) {
	j, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	told := message.New("problem.internal")
	failure := job.Fail(job.NoPhotos, told, "a detail for operators")
	failed := job.Status{ID: job.NewID(), State: job.Failed, Failure: &failure}
	s := newTestServer(t, oneJob{status: failed}, agedStore{}, j, 0)
	r, w := httptest.NewRequest(http.MethodGet, pollPath+failed.ID, nil), httptest.NewRecorder()
	r.Header.Set("Accept-Language", "de")
	s.handler(metrics.NewWeb(metrics.NewRegistry())).ServeHTTP(w, r)
	var answer struct{ Failure job.Failure }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if want := message.German.Say(told); answer.Failure.Text != want {
		t.Errorf("%q, want %q", answer.Failure.Text, want)
	}
}

// The answer to polls of a mosaic that has ended is made once, and made anew when anything changes.
func TestFinishedPollsAreEncodedOnce(t *testing.T) {
	done := job.Status{ID: job.NewID(), State: job.Done, Owner: "somebody", Result: &job.Result{
		Width: 10, Height: 10, Friends: 3, Files: []string{"poster.jpg", "preview.jpg", "atlas-0.jpg", "plan.json", "plan-gzip.json"},
	}}
	q := &changingJob{status: done}
	s, poll := polled(t, q, done.ID)
	synctest.Test(t, func(t *testing.T) {
		first := poll("")
		tag := first.Header().Get("ETag")
		if first.Code != http.StatusOK || !strings.Contains(first.Body.String(), `"friends":3`) || strings.Contains(first.Body.String(), "somebody") {
			t.Fatalf("%d %s", first.Code, first.Body)
		}
		time.Sleep(time.Second)
		if again := poll(""); again.Body.String() != first.Body.String() || again.Header().Get("ETag") != tag {
			t.Errorf("the second poll: %s", again.Body)
		}
		if n := testing.AllocsPerRun(20, func() { time.Sleep(time.Second); poll("") }); n > 50 {
			t.Errorf("a poll takes %.0f objects", n)
		}
		if seen := poll(tag); seen.Code != http.StatusNotModified || seen.Body.Len() > 0 {
			t.Errorf("seen already: %d %s", seen.Code, seen.Body)
		}
		result := *done.Result
		result.Friends = 4
		q.status.Result = &result
		time.Sleep(time.Second)
		if changed := poll(tag); changed.Code != http.StatusOK || !strings.Contains(changed.Body.String(), `"friends":4`) {
			t.Errorf("rendered again: %d %s", changed.Code, changed.Body)
		}
		q.err = queue.ErrDeleted
		time.Sleep(time.Second)
		if gone := poll(tag); gone.Code != http.StatusGone || s.mosaicAPI.Finals.Len() != 0 {
			t.Errorf("deleted: %d, and %d answers are kept", gone.Code, s.mosaicAPI.Finals.Len())
		}
	})
}

// An answer may be repeated for a moment. Yet a deletion is seen at once by the server that carries it out, and by all
// when it has been answered.
func TestRepeatedAnswersHideNoDeletion(t *testing.T) {
	token := job.NewID()
	done := job.Status{ID: job.NewID(), State: job.Done, Owner: client.HashToken(token), Result: &job.Result{}}
	q := &changingJob{status: done}
	here, pollHere := polled(t, q, done.ID)
	_, pollThere := polled(t, q, done.ID)
	here.mosaicAPI.Deletions = deletion(func(id string) error {
		q.err = queue.ErrDeleted
		err := here.mosaics.Journal.MarkDeleted(id, time.Now())
		if code := pollHere("").Code; code != http.StatusGone {
			t.Errorf("deleted here: %d", code)
		}
		return err
	})
	synctest.Test(t, func(t *testing.T) {
		for _, poll := range []func(string) *httptest.ResponseRecorder{pollHere, pollThere} {
			if code := poll("").Code; code != http.StatusOK {
				t.Fatalf("before: %d", code)
			}
		}
		r, w := httptest.NewRequest(http.MethodDelete, pollPath+done.ID, nil), httptest.NewRecorder()
		r.AddCookie(&http.Cookie{Name: client.OwnerCookie, Value: token})
		here.handler(metrics.NewWeb(metrics.NewRegistry())).ServeHTTP(w, r)
		if w.Code != http.StatusNoContent {
			t.Fatalf("DELETE: %d %s", w.Code, w.Body)
		}
		if code := pollThere("").Code; code != http.StatusGone {
			t.Errorf("the other web server after the deletion: %d", code)
		}
	})
}

// deletion carries out deletions.
type deletion func(id string) error

func (d deletion) Begin(_ context.Context, id string) error { return d(id) }

// polled is a front end of which one mosaic is polled, by a page that has seen an answer with the given tag.
func polled(t *testing.T, q jobs, id string) (s *server, poll func(seen string) *httptest.ResponseRecorder) {
	t.Helper()
	j, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	s = newTestServer(t, q, agedStore{}, j, 0)
	h := s.handler(metrics.NewWeb(metrics.NewRegistry()))
	return s, func(seen string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, pollPath+id, nil), httptest.NewRecorder()
		r.Header.Set("If-None-Match", seen)
		h.ServeHTTP(w, r)
		return w
	}
}

// changingJob is a queue that knows one status, which changes.
type changingJob struct {
	jobs
	status job.Status
	err    error
}

func (c *changingJob) Status(context.Context, string) (job.Status, error) { return c.status, c.err }
