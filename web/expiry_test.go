package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/metrics"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/web/internal/problem"
)

// agedStore has one mosaic, finished a while ago.
type agedStore struct {
	storage
	m *store.Manifest
}

func (a agedStore) Manifest(context.Context, string) (*store.Manifest, error) {
	if a.m == nil {
		return nil, store.ErrNotFound
	}
	return a.m, nil
}

func (a agedStore) OpenFile(context.Context, string, string) (*os.File, store.File, error) {
	f, err := os.Open("main.go")
	return f, store.File{}, err
}

// What has expired is gone from every address, on every front end, whether Redis knows it, has forgotten
// it, or is away; a front end that keeps its own mosaics for longer says the same.
func TestExpiredMosaicIsGoneEverywhere(t *testing.T) {
	j, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	const day = 24 * time.Hour
	at := func(age time.Duration) time.Time { return time.Now().Add(-age).UTC() }
	ended := func(age, kept time.Duration) job.Status {
		return job.Status{State: job.Done, Result: &job.Result{Width: 10, Height: 10}, Created: at(age), Finished: at(age), Expires: at(age).Add(kept)}
	}
	manifest := func(age, kept time.Duration) *store.Manifest {
		return &store.Manifest{Created: at(age), Result: job.Result{Width: 10, Height: 10, Keep: int64(kept.Seconds())}}
	}
	for name, tc := range map[string]struct {
		queue jobs
		store *store.Manifest
		gone  string
	}{
		"Redis knows it":                     {oneJob{status: ended(3*day, 2*day)}, nil, "2 days"},
		"Redis has forgotten it":             {&failingJobs{err: queue.ErrUnknown}, manifest(26*time.Hour, day), "24 hours"},
		"Redis is away":                      {&failingJobs{err: queue.ErrUnavailable}, manifest(3*day, 2*day), "2 days"},
		"a failure":                          {oneJob{status: job.Status{State: job.Failed, Failure: &job.Failure{}, Finished: at(2 * day), Expires: at(day)}}, nil, "24 hours"},
		"nobody said for how long":           {oneJob{status: job.Status{State: job.Done, Result: &job.Result{Width: 10, Height: 10}, Finished: at(31 * day)}}, nil, "30 days"},
		"Redis knows it, and it lasts":       {oneJob{status: ended(3*day, 4*day)}, manifest(3*day, 4*day), ""},
		"Redis has forgotten it, it lasts":   {&failingJobs{err: queue.ErrUnknown}, manifest(3*day, 4*day), ""},
		"longer than this front end would":   {oneJob{status: ended(40*day, 50*day)}, manifest(40*day, 50*day), ""},
		"Redis is away, and the rest is old": {&failingJobs{err: queue.ErrUnavailable}, manifest(40*day, 50*day), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t, restoring{tc.queue}, agedStore{m: tc.store}, j, 30*day)
			h := s.handler(metrics.NewWeb(metrics.NewRegistry()))
			id := job.NewID()
			for _, path := range []string{"/api/v1/mosaics/" + id, "/m/" + id, "/files/" + id + "/poster.jpg", "/m/" + id + "/print.pdf"} {
				r := httptest.NewRequest(http.MethodGet, path, nil)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if tc.gone == "" {
					if w.Code != http.StatusOK {
						t.Errorf("%s: %d %s", path, w.Code, w.Body)
					}
					continue
				}
				var p problem.Problem
				json.Unmarshal(w.Body.Bytes(), &p)
				want := "We kept this mosaic for " + tc.gone + ", and it has expired."
				if w.Code != http.StatusGone || p.Detail != want || p.Code != "expired" {
					t.Errorf("%s: %d %s; want 410 with %q", path, w.Code, w.Body, want)
				}
				r.Header.Set("Accept-Language", "de")
				w = httptest.NewRecorder()
				h.ServeHTTP(w, r)
				german := strings.NewReplacer("days", "Tage", "hours", "Stunden").Replace(tc.gone)
				if !strings.Contains(w.Body.String(), "Wir haben dieses Mosaik "+german+" lang aufbewahrt, und es ist abgelaufen.") {
					t.Errorf("%s in German: %s", path, w.Body)
				}
			}
		})
	}
}

// restoring is a queue that takes what it is told again.
type restoring struct{ jobs }

func (restoring) Restore(context.Context, job.Status) error { return nil }
