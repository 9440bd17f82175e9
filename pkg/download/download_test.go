package download_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smalti/pkg/download"
	"smalti/pkg/message"
	"smalti/pkg/photo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func sentence(t *testing.T, err error) string {
	t.Helper()
	m, ok := message.Of(err)
	if !ok {
		t.Errorf("no message in %v", err)
	}
	return m.String()
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

// downloader may dial the test's own server on the loopback.
func downloader(t *testing.T, c download.Config) *download.Downloader {
	t.Helper()
	c.AllowPrivate = true
	c.Proxy = noProxy
	if c.Backoff == 0 {
		c.Backoff = time.Millisecond
	}
	d := download.New(c)
	t.Cleanup(d.Close)
	return d
}

func TestDownload(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/photo", func(w http.ResponseWriter, r *http.Request) {
		for name, want := range map[string]string{"User-Agent": "Smalti (mosaics@example.org)", "Cookie": "", "Accept-Encoding": "", "Authorization": ""} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if !strings.Contains(r.Header.Get("Accept"), "image/jpeg") {
			t.Errorf("Accept is %q", r.Header.Get("Accept"))
		}
		http.SetCookie(w, &http.Cookie{Name: "who", Value: "me"})
		fmt.Fprint(w, "bytes")
	})
	for _, status := range []int{204, 401, 403, 404, 410, 429, 500, 503} {
		mux.HandleFunc(fmt.Sprintf("/%d", status), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	}
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/declared", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 101)) })
	mux.HandleFunc("/streamed", func(w http.ResponseWriter, _ *http.Request) {
		for range 101 {
			w.Write([]byte{0})
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "50")
		fmt.Fprint(w, "only this")
	})
	mux.HandleFunc("/again/{n}", func(w http.ResponseWriter, r *http.Request) {
		if n := len(r.PathValue("n")); n > 1 {
			http.Redirect(w, r, "/again/"+strings.Repeat("x", n-1), http.StatusFound)
			return
		}
		http.Redirect(w, r, "/photo", http.StatusMovedPermanently)
	})
	mux.HandleFunc("/to/ftp", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "ftp://example.org/photo.jpg")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/to/user", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://me:secret@"+r.Host+"/photo")
		w.WriteHeader(http.StatusFound)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	closed := httptest.NewServer(mux)
	closed.Close()

	d := downloader(t, download.Config{Limits: photo.Limits{Bytes: 100}, UserAgent: "Smalti (mosaics@example.org)"})
	for _, tc := range []struct {
		address string
		kind    photo.Kind // empty: comes
		says    string
	}{
		{server.URL + "/photo", "", ""},
		{server.URL + "/photo", "", ""}, // the second time no cookie is sent either
		{server.URL + "/again/xxxxx"[:len("/again/xxxx")], "", ""},
		{server.URL + "/again/xxxxxxxxx", photo.Redirects, "more than 5 times"},
		{server.URL + "/404", photo.Gone, "photo.gone"},
		{server.URL + "/410", photo.Gone, "photo.gone"},
		{server.URL + "/204", photo.Unreachable, "answered 204"},
		{server.URL + "/401", photo.Unreachable, "401"},
		{server.URL + "/403", photo.Unreachable, "403"},
		{server.URL + "/429", photo.Unreachable, "429"},
		{server.URL + "/500", photo.Unreachable, "500"},
		{server.URL + "/503", photo.Unreachable, "503"},
		{server.URL + "/empty", photo.Empty, "empty"},
		{server.URL + "/declared", photo.TooLarge, "bytes"},
		{server.URL + "/streamed", photo.TooLarge, "bytes"},
		{server.URL + "/short", photo.BrokenOff, "photo.broken_off"},
		{server.URL + "/to/ftp", photo.Refused, "photo.refused"},
		{server.URL + "/to/user", photo.Refused, "photo.refused"},
		{closed.URL, photo.Unreachable, "photo.unreachable"},
		{"ftp://example.org/x", photo.Refused, "photo.refused"},
		{"file:///etc/passwd", photo.Refused, "photo.refused"},
	} {
		data, err := d.Get(t.Context(), mustURL(t, tc.address))
		if tc.kind == "" {
			if err != nil || string(data) != "bytes" {
				t.Errorf("%s: got %q, %v", tc.address, data, err)
			}
			continue
		}
		e, ok := errors.AsType[*photo.Error](err)
		if !ok || e.Kind != tc.kind || !strings.Contains(e.Message().Code+": "+e.Message().String(), tc.says) {
			t.Errorf("%s: got %v (%q), want kind %s and a sentence with %q", tc.address, err, sentence(t, err), tc.kind, tc.says)
		}
	}
}

func TestDownloadFollowsFiveRedirectsAndNoMore(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	}))
	defer server.Close()
	if _, err := downloader(t, download.Config{}).Get(t.Context(), mustURL(t, server.URL+"/")); err == nil || asked != 6 {
		t.Errorf("asked %d times, %v; want once and five redirects", asked, err)
	}
}

func TestDownloadGivesUp(t *testing.T) {
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			fmt.Fprint(w, "some")
			w.(http.Flusher).Flush()
		}
		<-over
	}))
	defer server.Close()
	defer close(over)
	for _, path := range []string{"/head", "/body"} {
		d := downloader(t, download.Config{Timeout: 20 * time.Millisecond})
		_, err := d.Get(t.Context(), mustURL(t, server.URL+path))
		if e, ok := errors.AsType[*photo.Error](err); !ok || e.Kind != photo.Timeout {
			t.Errorf("%s: got %v, want a timeout", path, err)
		}

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		if _, err := downloader(t, download.Config{}).Get(ctx, mustURL(t, server.URL+path)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want the context's error", path, err)
		}
	}
}

func TestDownloadSparesTheHost(t *testing.T) {
	const limit, total = 3, 12
	var now, most atomic.Int32
	full := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == limit {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		<-full // nobody leaves before as many as may have come
		fmt.Fprint(w, "bytes")
	}))
	defer server.Close()
	d := downloader(t, download.Config{PerHost: limit})
	var all sync.WaitGroup
	for range total {
		all.Go(func() {
			if _, err := d.Get(t.Context(), mustURL(t, server.URL)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := most.Load(); got != limit {
		t.Errorf("%d requests at once, want %d", got, limit)
	}
}
