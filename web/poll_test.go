package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/job"
	"smalti/pkg/metrics"
	"smalti/pkg/queue"
)

// waitingJobs is a queue in which every mosaic waits.
type waitingJobs struct{ jobs }

func (waitingJobs) Status(_ context.Context, id string) (job.Status, error) {
	return job.Status{ID: id, State: job.Queued, Position: 100, Created: time.Unix(1e9, 0).UTC()}, nil
}

func (waitingJobs) Workers(context.Context) (int, error) { return 4, nil }

func (waitingJobs) Sweep(context.Context) (queue.Swept, error) { return queue.Swept{}, nil }

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
	pages, err := newPages()
	if err != nil {
		b.Fatal(err)
	}
	w := watchOutages(waitingJobs{})
	s := &server{queue: w, outage: w, pages: pages, log: slog.New(slog.DiscardHandler), keep: time.Hour, workers: &headcount{count: waitingJobs{}.Workers}}
	h := s.handler(metrics.NewWeb(prometheus.NewRegistry()))
	r := httptest.NewRequest("GET", "/api/v1/mosaics/"+job.NewID(), nil)
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
		r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
		r.Header.Set("If-None-Match", seen)
		writeTagged(w, r, "an answer")
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
