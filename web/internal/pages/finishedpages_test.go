package pages

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/web/internal/client"
	"smalti/web/internal/problem"
	"smalti/web/internal/status"
)

// shownMosaic is a mosaic in a state that tests change, in a store that has a plan.
type shownMosaic struct {
	status job.Status
	err    error
	plan   string // a path; empty: the store does not answer
	plans  int    // how often it was opened
}

func (m *shownMosaic) Status(context.Context, string) (job.Status, error) {
	s := m.status // as read anew
	if s.Result != nil {
		r := *s.Result
		s.Result = &r
	}
	return s, m.err
}

func (m *shownMosaic) Manifest(context.Context, string) (*store.Manifest, error) { return nil, nil }

func (m *shownMosaic) OpenFile(context.Context, string, string) (*os.File, store.File, error) {
	m.plans++
	if m.plan == "" {
		return nil, store.File{}, errors.New("no answer")
	}
	f, err := os.Open(m.plan)
	return f, store.File{}, err
}

const ownersToken = "AAAAAAAAAAAAAAAAAAAAAA"

func doneMosaic(t *testing.T) (*shownMosaic, *MosaicPage, http.HandlerFunc) {
	t.Helper()
	plan := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(plan, []byte(`{"missing":[{"name":"Somebody","reason":"It is no picture."}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	m := &shownMosaic{plan: plan, status: job.Status{
		ID: job.NewID(), State: job.Done, Owner: client.HashToken(ownersToken), Expires: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		Result: &job.Result{Columns: 100, Rows: 100, Width: 6400, Height: 6400, Friends: 300, Missing: 1},
	}}
	s := &MosaicPage{Pages: mustPages(t), Mosaics: m, Store: m}
	router := mux.NewRouter()
	router.Path("/m/{id}").Handler(s)
	return m, s, router.ServeHTTP
}

// Whatever a page depends on changes it at once, and a page never shows what is for another.
func TestAKeptPageIsOfThisStateAndThisPerson(t *testing.T) {
	m, s, h := doneMosaic(t)
	path := "/m/" + m.status.ID
	want := func(what string, parts ...string) {
		t.Helper()
		for _, encoding := range []string{"gzip", "identity", "gzip"} {
			page, _ := shown(t, h, path, encoding, "Accept", "text/html")
			for _, part := range parts {
				absent := strings.HasPrefix(part, "!")
				if strings.Contains(page, strings.TrimPrefix(part, "!")) == absent {
					t.Errorf("%s: %q is not as it should be", what, part)
				}
			}
		}
	}
	want("done", "300 friends", "Somebody", "1 March 2026", "!id=\"delete\"", "http://example.com/m/")
	if page, _ := shown(t, h, path, "gzip", "Cookie", client.OwnerCookie+"="+ownersToken); !strings.Contains(page, `id="delete"`) {
		t.Error("the owner cannot delete it")
	}
	want("after the owner's visit", "!id=\"delete\"")
	if page, w := shown(t, h, path, "gzip", "Accept-Language", "de"); !strings.Contains(page, "300 Freunde") || w.Header().Get("Content-Language") != "de" {
		t.Error("the German page is not German")
	}
	if page, _ := shown(t, h, path+"?lang=de", "gzip"); !strings.Contains(page, "?lang=de") {
		t.Error("the page forgets the language that was chosen")
	}
	if page, _ := shown(t, h, "http://other.example"+path, "gzip"); !strings.Contains(page, "http://other.example/m/") {
		t.Error("links are those of another name")
	}
	want("after all of them", "300 friends", "http://example.com/m/", "!other.example", "!?lang=de\"><")

	m.status.Expires = m.status.Expires.AddDate(0, 1, 0)
	want("kept for longer", "1 April 2026", "!1 March 2026")
	m.status.Result.Friends = 299
	want("rendered again", "299 friends", "!300 friends")
	m.status.State, m.status.Result, m.status.Failure = job.Failed, nil, &job.Failure{Code: job.NoPhotos}
	want("failed", "!299 friends", `data-state="failed"`)
	m.err = problem.ErrDeleted
	want("deleted", "!"+m.status.ID, "deleted")
	if s.Pages.finished.Len() != 0 {
		t.Error("pages of a deleted mosaic are kept")
	}
}

// The second visitor's page is neither rendered nor compressed, and the plan is not read again.
func TestTheSecondVisitIsNotRendered(t *testing.T) {
	m, _, h := doneMosaic(t)
	path := "/m/" + m.status.ID
	shown(t, h, path, "gzip")
	if n := visitsCost(h, path); n > maxVisit || m.plans != 1 {
		t.Errorf("a visit takes %.0f objects, and the plan was read %d times", n, m.plans)
	}
}

// A page that could not say who is missing is not kept.
func TestAnIncompletePageIsNotKept(t *testing.T) {
	m, _, h := doneMosaic(t)
	plan := m.plan
	m.plan = ""
	if page, _ := shown(t, h, "/m/"+m.status.ID, "gzip"); strings.Contains(page, "Somebody") {
		t.Fatal("the test does not hide the plan")
	}
	m.plan = plan
	if page, _ := shown(t, h, "/m/"+m.status.ID, "gzip"); !strings.Contains(page, "Somebody") {
		t.Error("the page still does not say who is missing")
	}
}

// A waiting mosaic's page is made for each visit.
func TestAWaitingPageIsNotKept(t *testing.T) {
	m, s, h := doneMosaic(t)
	s.Workers = &status.Workers{Count: func(context.Context) (int, error) { return 1, nil }}
	m.status.State, m.status.Result = job.Queued, nil
	for _, place := range []int{7, 6} {
		m.status.Position = place
		if page, _ := shown(t, h, "/m/"+m.status.ID, "gzip"); !strings.Contains(page, fmt.Sprint("Number ", place)) || s.Pages.finished.Len() > 0 {
			t.Errorf("not the page of place %d, or it is kept", place)
		}
	}
}
