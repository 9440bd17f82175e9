package files

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/web/internal/problem"
)

// everything is readable.
type everything struct{}

func (everything) Status(context.Context, string) (job.Status, error) {
	return job.Status{}, errors.New("not asked")
}
func (everything) Readable(_ context.Context, id string) (job.Status, error) {
	return job.Status{ID: id, State: job.Done}, nil
}

// unmendable is the store's damage.
type unmendable struct{ asked int }

func (u *unmendable) Recheck(context.Context, string, store.Depth) error { u.asked++; return nil }

const planText = `{"v":2,"cells":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}`

// testStore has a mosaic with these files, and a handler that serves it.
type testStore struct {
	*dirstore.Store
	dir, id string
	losses  unmendable
	handler http.Handler
}

func newTestStore(t *testing.T, files map[string]string) *testStore {
	t.Helper()
	s := &testStore{dir: t.TempDir(), id: job.NewID()}
	var err error
	if s.Store, err = dirstore.Open(s.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	d, err := s.Deliver(t.Context(), s.id, "1")
	for name, data := range files {
		if err == nil {
			err = d.Put(t.Context(), name, func(w io.Writer) error { _, err := io.WriteString(w, data); return err })
		}
	}
	if err == nil {
		err = d.Commit(t.Context(), job.Result{Columns: 1, Rows: 1, Width: 1, Height: 1, Friends: 1})
	}
	if err != nil {
		t.Fatal(err)
	}
	h := &Handler{Status: everything{}, Store: s.Store, Losses: &s.losses, Log: slog.New(slog.DiscardHandler), Refuse: refuse}
	router := mux.NewRouter()
	router.HandleFunc("/files/{id}/{name}", h.File)
	s.handler = router
	return s
}

func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	code := http.StatusInternalServerError
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		code = p.Status
	}
	w.WriteHeader(code)
}

func zippedText(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (s *testStore) get(name string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, "/files/"+s.id+"/"+name, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Clients get the stored bytes of the form that they take, and never others that were made for them.
func TestThePlanIsSentAsItIsStored(t *testing.T) {
	s := newTestStore(t, map[string]string{"plan.json": planText, "plan-gzip.json": zippedText(t, planText), "poster.jpg": "a picture"})
	for accept, want := range map[string]string{
		"": "", "gzip": "gzip", "gzip, deflate, br, zstd": "gzip", "*": "gzip", "identity;q=0, *": "gzip", "gzip;q=0": "",
		"gzip;q=0, *": "", "br": "", "identity;q=0": "", "identity, gzip;q=0.5": "", "gzip;q=0.5": "gzip",
	} {
		file := "plan.json"
		if want != "" {
			file = "plan-gzip.json"
		}
		stored, err := os.ReadFile(filepath.Join(s.dir, "mosaics", s.id, file))
		if err != nil {
			t.Fatal(err)
		}
		r := s.get("plan.json", "Accept-Encoding", accept)
		if got := body(t, r); r.StatusCode != http.StatusOK || got != string(stored) || r.ContentLength != int64(len(stored)) {
			t.Errorf("%q: %d, %d bytes, not those of %s", accept, r.StatusCode, len(got), file)
		}
		h := r.Header
		if h.Get("Content-Encoding") != want || h.Get("Vary") != "Accept-Encoding" || h.Get("Content-Type") != "application/json" {
			t.Errorf("%q: %v", accept, h)
		}
		if picture := s.get("poster.jpg", "Accept-Encoding", accept); body(t, picture) != "a picture" || picture.Header.Get("Vary") != "" {
			t.Errorf("%q: the picture is another one", accept)
		}
	}
}

// Each form has a tag of its own, and parts are parts of the file as it is.
func TestFormsOfThePlanAreToldApart(t *testing.T) {
	s := newTestStore(t, map[string]string{"plan.json": planText, "plan-gzip.json": zippedText(t, planText)})
	plain, zipped := s.get("plan.json").Header.Get("ETag"), s.get("plan.json", "Accept-Encoding", "gzip").Header.Get("ETag")
	if plain == "" || zipped == "" || plain == zipped {
		t.Fatalf("tags %s and %s", plain, zipped)
	}
	for _, tc := range []struct{ accept, seen, ranged, ifRange, want string }{
		{"gzip", zipped, "", "", "304"},
		{"gzip", plain, "", "", "200 gzip"},
		{"gzip", plain + ", " + zipped, "", "", "304"},
		{"gzip", "*", "", "", "304"},
		{"", plain, "", "", "304"},
		{"", zipped, "", "", "200"},
		{"gzip;q=0", zipped, "", "", "200"},
		{"gzip", "", "bytes=2-4", "", "206"},
		{"gzip", "", "bytes=2-4", plain, "206"},
		{"gzip", "", "bytes=2-4", zipped, "200"},
		{"", "", "bytes=2-4", "", "206"},
		{"gzip", plain, "bytes=2-4", "", "304"},
		{"gzip", "", "bytes=9999-", "", "416"},
	} {
		r := s.get("plan.json", "Accept-Encoding", tc.accept, "If-None-Match", tc.seen, "Range", tc.ranged, "If-Range", tc.ifRange)
		got := r.Status[:3]
		if e := r.Header.Get("Content-Encoding"); e != "" && r.StatusCode == http.StatusOK {
			got += " " + e
		}
		if got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
		if part := body(t, r); r.StatusCode == http.StatusPartialContent && (part != planText[2:5] || r.Header.Get("Content-Encoding") != "") {
			t.Errorf("%+v: the part is %q", tc, part)
		}
		if v := r.Header.Get("Vary"); v != "Accept-Encoding" {
			t.Errorf("%+v: Vary %q", tc, v)
		}
	}
}

func TestPlansOfOldWorkersAreSentAsTheyAre(t *testing.T) {
	s := newTestStore(t, map[string]string{"plan.json": planText})
	r := s.get("plan.json", "Accept-Encoding", "gzip")
	if got := body(t, r); r.StatusCode != http.StatusOK || got != planText || r.Header.Get("Content-Encoding") != "" || s.losses.asked > 0 {
		t.Errorf("%d, %v, %q; mended %d times", r.StatusCode, r.Header, got, s.losses.asked)
	}
}

// Where the compressed form is damaged, the mosaic is mended; nobody gets what is left of it.
func TestADamagedFormIsMended(t *testing.T) {
	s := newTestStore(t, map[string]string{"plan.json": planText, "plan-gzip.json": zippedText(t, planText)})
	if err := os.Truncate(filepath.Join(s.dir, "mosaics", s.id, "plan-gzip.json"), 5); err != nil {
		t.Fatal(err)
	}
	if r := s.get("plan.json", "Accept-Encoding", "gzip"); r.StatusCode == http.StatusOK || s.losses.asked != 1 {
		t.Errorf("%d, mended %d times", r.StatusCode, s.losses.asked)
	}
}

func TestADeletionRemovesAllForms(t *testing.T) {
	s := newTestStore(t, map[string]string{"plan.json": planText, "plan-gzip.json": zippedText(t, planText)})
	if err := s.Delete(t.Context(), s.id); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plan.json", "plan-gzip.json"} {
		for _, accept := range []string{"gzip", "identity"} {
			if r := s.get(name, "Accept-Encoding", accept); r.StatusCode != http.StatusNotFound {
				t.Errorf("%s for %s: %d", name, accept, r.StatusCode)
			}
		}
	}
	left := 0
	_ = filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".json" && !d.IsDir() {
			left++
		}
		return err
	})
	if left > 0 {
		t.Errorf("%d files are left", left)
	}
}
