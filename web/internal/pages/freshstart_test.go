package pages

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"smalti/web/internal/choices"
)

// shown asks for a page, as a browser that takes gzip or as one that does not, and returns the answer unpacked.
func shown(t *testing.T, h http.HandlerFunc, target, encoding string, header ...string) (page string, w *httptest.ResponseRecorder) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept-Encoding", encoding)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w = httptest.NewRecorder()
	h(w, r)
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.String(), w
	}
	z, err := gzip.NewReader(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatalf("%s with gzip: %v", target, err)
	}
	return string(unpacked), w
}

func keyOf(t *testing.T, page string) string {
	t.Helper()
	for _, e := range parse(t, page) {
		if e.name == "input" && e.attr["name"] == "key" {
			return e.attr["value"]
		}
	}
	t.Fatal("the form has no key")
	return ""
}

// The start page that is kept is the page that would be rendered, with a key of its own for everybody.
func TestTheKeptStartPageIsTheRenderedOne(t *testing.T) {
	p := mustPages(t)
	keys := map[string]bool{}
	for _, target := range []string{"/", "/?lang=de", "/?source=github&direction=followers", "/?lang=de&source=github", "/?source=no-such&handle=x"} {
		for _, encoding := range []string{"gzip", "identity", "gzip", "identity"} {
			got, w := shown(t, p.Start, target, encoding)
			if zipped := w.Header().Get("Content-Encoding") == "gzip"; zipped != (encoding == "gzip") {
				t.Errorf("%s for %s has Content-Encoding %q", target, encoding, w.Header().Get("Content-Encoding"))
			}
			key := keyOf(t, got)
			if len(key) < 20 || keys[key] {
				t.Errorf("%s: the key %q is short, or somebody else's", target, key)
			}
			keys[key] = true
			r := httptest.NewRequest(http.MethodGet, target, nil)
			v := startView{Key: key, Values: choices.Defaults()}
			v.fill(r.URL.Query())
			rendered := httptest.NewRecorder()
			p.start(rendered, r, http.StatusOK, v)
			if got != rendered.Body.String() {
				t.Errorf("%s for %s is not the page that is rendered", target, encoding)
			}
			for name, want := range rendered.Header() {
				if name != "Content-Length" && w.Header().Get(name) != want[0] {
					t.Errorf("%s: %s is %q, want %q", target, name, w.Header().Get(name), want[0])
				}
			}
		}
	}
}

// What a link fills in is shown to whoever followed it, and to nobody else.
func TestNobodySeesAnothersHandle(t *testing.T) {
	p := mustPages(t)
	const handle = "somebody@example.social"
	for range 2 {
		if page, _ := shown(t, p.Start, "/?source=mastodon&handle="+handle, "gzip"); !strings.Contains(page, handle) {
			t.Error("the handle is not filled in")
		}
		for _, target := range []string{"/", "/?source=mastodon"} {
			if page, _ := shown(t, p.Start, target, "gzip"); strings.Contains(page, handle) {
				t.Errorf("%s shows another's handle", target)
			}
		}
	}
}

// visitsCost is how much a visit allocates, rendering and compressing being thousands of objects.
func visitsCost(h http.HandlerFunc, target string) float64 {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	return testing.AllocsPerRun(20, func() { h(httptest.NewRecorder(), r) })
}

const maxVisit = 100 // objects

func TestTheSecondStartPageIsNotRendered(t *testing.T) {
	p := mustPages(t)
	if n := visitsCost(p.Start, "/?lang=de"); n > maxVisit {
		t.Errorf("a visit takes %.0f objects", n)
	}
}

func TestSplicedWordsAreAnyWords(t *testing.T) {
	for _, word := range []string{"", "a", strings.Repeat("long", 1000)} {
		for _, page := range []string{"WORD", "before WORD", "WORD after", strings.Repeat("x", 70_000) + "WORD" + strings.Repeat("y", 70_000)} {
			s, err := splice([]byte(page), "WORD")
			if err != nil {
				t.Fatal(err)
			}
			z, err := gzip.NewReader(bytes.NewReader(s.zipped(word)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(z)
			if want := strings.Replace(page, "WORD", word, 1); err != nil || string(got) != want || string(s.plain(word)) != want {
				t.Errorf("%.20q with %.9q: %.40q, %v", page, word, got, err)
			}
		}
	}
	for _, page := range []string{"", "WORDWORD"} {
		if _, err := splice([]byte(page), "WORD"); err == nil {
			t.Errorf("%q has no place for one word", page)
		}
	}
}
