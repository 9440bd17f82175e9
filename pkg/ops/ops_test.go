package ops_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"smalti/pkg/fleet"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/ops"
	"smalti/pkg/queue"
)

// fake notes what it was asked to do.
type fake struct {
	done []string
	err  error
}

func (f *fake) DeadList(context.Context, int) ([]queue.Dead, error) {
	return []queue.Dead{
		{Field: "AAAAAAAAAAAAAAAAAAAAAA", ID: "AAAAAAAAAAAAAAAAAAAAAA", Code: job.TooManyTry, Reason: "Tried 4 times.", Detail: "<script>alert(1)</script>"},
		{Field: "raw:17", Code: job.BadPackage, Reason: "No package."},
	}, f.err
}

func (f *fake) Failures(context.Context) ([]job.Status, error) {
	return []job.Status{{ID: "BBBBBBBBBBBBBBBBBBBBBB", Failure: &job.Failure{Code: job.NoPhotos, Told: message.Told{Text: "No photo."}}}}, f.err
}
func (f *fake) did(what string) error { f.done = append(f.done, what); return f.err }

func (f *fake) RetryDead(_ context.Context, id string) error { return f.did("retry " + id) }
func (f *fake) DropDead(_ context.Context, e string) error   { return f.did("drop " + e) }
func (f *fake) Pause(context.Context) error                  { return f.did("pause") }
func (f *fake) Resume(context.Context) error                 { return f.did("resume") }

func serve(f *fake, v fleet.View) *http.ServeMux {
	m := http.NewServeMux()
	ops.Add(m, f, func() fleet.View { return v }, func() []string { return []string{"A file of ours cannot be read."} }, slog.New(slog.DiscardHandler))
	return m
}

func get(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	b, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d, %v", path, w.Code, err)
	}
	return string(b)
}

func TestPage(t *testing.T) {
	v := fleet.View{
		At: time.Now(), Demand: fleet.Demand{Arrivals: 9, Service: time.Second},
		Overview: queue.Overview{Depth: queue.Depth{Interactive: 41}, Beats: []queue.Beat{
			{Worker: "alpha", Job: "CCCCCCCCCCCCCCCCCCCCCC", Phase: job.Composing, Since: time.Now(), Ended: 4, Spent: 2, Version: "v7"},
			{Worker: "beta", Waits: "room in the store"},
		}, Unread: 17},
	}
	m := serve(&fake{}, v)
	text := get(t, m, "/ops")
	for _, want := range []string{
		"41", "alpha", "CCCCCCCC", "composing", "0.50 s", "v7", "12 needed", "Tried 4 times.", "No package.", "No photo.",
		"waits for room in the store", "A file of ours cannot be read.", "Waiting jobs of a version that no live worker reads: 17.",
		`action="/ops/dead/AAAAAAAAAAAAAAAAAAAAAA/retry"`, `action="/ops/dead/raw:17/drop"`, `action="/ops/pause"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "<script>alert") || strings.Contains(text, "/ops/dead/raw:17/retry") {
		t.Error("the page trusts what strangers wrote, or offers what cannot be done")
	}
	v.Overview.Paused, v.Overview.Beats = true, nil
	text = get(t, serve(&fake{}, v), "/ops")
	for _, want := range []string{"Paused", "No worker is running", `action="/ops/resume"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, path := range []string{"/ops/page.css", "/ops/page.js"} {
		get(t, m, path)
	}
}

func TestPageWithoutTheQueue(t *testing.T) {
	away := errors.New("connection refused")
	for _, v := range []fleet.View{{}, {Err: away}, {At: time.Now(), Err: away}} {
		if text := get(t, serve(&fake{err: away}, v), "/ops"); !strings.Contains(text, "alarm") {
			t.Errorf("%+v: the page shows no alarm", v)
		}
	}
}

func TestActions(t *testing.T) {
	for path, want := range map[string]string{
		"/ops/pause": "pause", "/ops/resume": "resume",
		"/ops/dead/AAAAAAAAAAAAAAAAAAAAAA/retry": "retry AAAAAAAAAAAAAAAAAAAAAA", "/ops/dead/raw:17/drop": "drop raw:17",
	} {
		f := &fake{}
		w := httptest.NewRecorder()
		serve(f, fleet.View{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		if w.Code != http.StatusSeeOther || len(f.done) != 1 || f.done[0] != want {
			t.Errorf("POST %s: %d, did %q", path, w.Code, f.done)
		}
		f = &fake{err: queue.ErrNotRetried}
		w = httptest.NewRecorder()
		serve(f, fleet.View{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		if w.Code != http.StatusConflict {
			t.Errorf("POST %s that cannot be done: %d", path, w.Code)
		}
		w = httptest.NewRecorder()
		serve(f, fleet.View{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
}
