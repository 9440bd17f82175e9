package gather_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/cache"
	"smalti/pkg/download"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/photo"
)

// photoServer serves a photo the way that real servers do, and counts how.
type photoServer struct {
	mu        sync.Mutex
	data      []byte
	headers   map[string]string
	full, not int // answers with the photo, and without
}

func (s *photoServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range s.headers {
		w.Header().Set(k, v)
	}
	etag, modified := s.headers["ETag"], s.headers["Last-Modified"]
	if etag != "" && r.Header.Get("If-None-Match") == etag || modified != "" && r.Header.Get("If-Modified-Since") == modified {
		s.not++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.full++
	w.Write(s.data)
}

func (s *photoServer) counts() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%d full, %d not modified", s.full, s.not)
}

func TestKeptTilesAreTheSameAndSpareTheServer(t *testing.T) {
	const date = "Thu, 01 Jan 2026 00:00:00 GMT"
	for name, tc := range map[string]struct {
		headers map[string]string
		young   string // what the server saw of two more mosaics at once
		old     string // and of one after that, an hour later
	}{
		"ETag":          {map[string]string{"ETag": `"a b"`}, "1 full, 0 not modified", "1 full, 1 not modified"},
		"weak ETag":     {map[string]string{"ETag": `W/"x"`, "Last-Modified": date}, "1 full, 0 not modified", "1 full, 1 not modified"},
		"Last-Modified": {map[string]string{"Last-Modified": date}, "1 full, 0 not modified", "1 full, 1 not modified"},
		"neither":       {nil, "1 full, 0 not modified", "2 full, 0 not modified"},
		"no-store":      {map[string]string{"ETag": `"x"`, "Cache-Control": "private, No-Store"}, "3 full, 0 not modified", "4 full, 0 not modified"},
		"no-cache":      {map[string]string{"ETag": `"x"`, "Cache-Control": "no-cache"}, "1 full, 2 not modified", "1 full, 3 not modified"},
		"bad ETag":      {map[string]string{"ETag": strings.Repeat("x", 300)}, "1 full, 0 not modified", "2 full, 0 not modified"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &photoServer{data: asJPEG(t, noise(120, 90)), headers: tc.headers}
			server := httptest.NewServer(s)
			defer server.Close()
			d := download.New(download.Config{AllowPrivate: true, Proxy: noProxy})
			defer d.Close()
			want, err := photo.Tile(s.data, 48, photo.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if name != "no-store" {
				want = gather.Decode(gather.Code(want), 48)
			}
			kept := cache.New(nil, cache.Config{})
			get := func(fresh time.Duration) {
				t.Helper()
				g := &gather.Gatherer{Web: d.Fetch, Cache: kept, FreshFor: fresh}
				r := g.Tiles(t.Context(), friends(server.URL+"/a.jpg"), 48, nil)[0]
				if r.Err != nil || !bytes.Equal(r.Tile.Pix, want.Pix) {
					t.Fatalf("another tile, or %v", r.Err)
				}
			}
			for range 3 {
				get(0)
			}
			if got := s.counts(); got != tc.young {
				t.Errorf("young: %s, want %s", got, tc.young)
			}
			get(1) // a nanosecond later, it is old
			if got := s.counts(); got != tc.old {
				t.Errorf("old: %s, want %s", got, tc.old)
			}
			s.mu.Lock()
			s.data = asPNG(t, flat(60, 60, blue))
			if tc.headers != nil {
				s.headers = map[string]string{"ETag": `"new"`}
			}
			s.mu.Unlock()
			g := &gather.Gatherer{Web: d.Fetch, Cache: kept, FreshFor: 1}
			r := g.Tiles(t.Context(), friends(server.URL+"/a.jpg"), 48, nil)[0]
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			wantNear(t, r.Tile, 20, 20, blue)
		})
	}
}

func TestFreshnessAndItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		kept := cache.New(nil, cache.Config{})
		data := asPNG(t, flat(9, 9, red))
		g := &gather.Gatherer{Cache: kept, Web: func(_ context.Context, _ *url.URL, known download.Version) (download.Fetched, error) {
			asked++
			v := download.Version{ETag: `"1"`}
			if known == v {
				return download.Fetched{Unchanged: true, Version: v}, nil
			}
			return download.Fetched{Data: data, Version: v}, nil
		}}
		for _, step := range []struct {
			wait  time.Duration
			asked int
		}{{0, 1}, {9 * time.Minute, 1}, {2 * time.Minute, 2}, {9 * time.Minute, 2}, {11 * time.Minute, 3}, {25 * time.Hour, 4}} {
			time.Sleep(step.wait)
			var served atomic.Int32
			r := g.Tiles(t.Context(), friends("https://example.org/a", "demo:x", "https://example.org/a"), 8, func(who []int, _ gather.Result) { served.Add(int32(len(who))) })
			if r[0].Err != nil || r[2].Tile != r[0].Tile || served.Load() != 3 {
				t.Fatalf("%v, %d served", r[0].Err, served.Load())
			}
			if asked != step.asked {
				t.Errorf("after another %v, the server was asked %d times, want %d", step.wait, asked, step.asked)
			}
		}
	})
}

// wicked is a cache that always has something to say.
type wicked func(key string) []byte

func (w wicked) Get(_ context.Context, keys ...string) [][]byte {
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = w(key)
	}
	return values
}

func (wicked) Put(string, []byte, time.Duration) {}

func TestWhatACacheSaysIsNotBelieved(t *testing.T) {
	good := gather.Code(flat(8, 8, blue))
	for name, w := range map[string]wicked{
		"nonsense":        func(string) []byte { return []byte("x") },
		"empty JSON":      func(string) []byte { return []byte("{}") },
		"tile of no size": cacheEntry(`{"asked":"2999-01-01T00:00:00Z"}`, nil),
		"cut tile":        cacheEntry(`{"etag":"x"}`, good[:len(good)*3/4]),
		"another side":    cacheEntry(`{"etag":"x"}`, gather.Code(flat(9, 9, blue))),
		"oblong":          cacheEntry(`{"etag":"x"}`, gather.Code(flat(8, 9, blue))),
		"no JPEG":         cacheEntry(`{"etag":"x"}`, asPNG(t, flat(8, 8, blue))),
	} {
		g := &gather.Gatherer{Cache: w, Web: func(_ context.Context, _ *url.URL, known download.Version) (download.Fetched, error) {
			if known != (download.Version{}) {
				t.Errorf("%s: the server is asked about %v", name, known)
			}
			return download.Fetched{Data: asPNG(t, flat(9, 9, red))}, nil
		}}
		r := g.Tiles(t.Context(), friends("https://example.org/a"), 8, nil)[0]
		if r.Err != nil || r.Tile.Rect != image.Rect(0, 0, 8, 8) {
			t.Errorf("%s: %v", name, r.Err)
			continue
		}
		wantNear(t, r.Tile, 4, 4, red)
	}
	// An answer from the future, and a version that is no header, only make the server be asked.
	for _, text := range []string{`{"etag":"x","asked":"2999-01-01T00:00:00Z"}`, `{"etag":"a\r\nX: y"}`} {
		asked := false
		g := &gather.Gatherer{Cache: cacheEntry(text, good), Web: func(_ context.Context, _ *url.URL, known download.Version) (download.Fetched, error) {
			asked = true
			if strings.Contains(known.ETag, "\n") {
				t.Errorf("asked about %q", known.ETag)
			}
			return download.Fetched{}, &photo.Error{Kind: photo.Gone}
		}}
		if r := g.Tiles(t.Context(), friends("https://example.org/a"), 8, nil)[0]; r.Err == nil || !asked {
			t.Errorf("%s: believed", text)
		}
	}
}

func cacheEntry(text string, tile []byte) wicked {
	return func(key string) []byte {
		if strings.HasPrefix(key, "photo ") {
			return []byte(text)
		}
		return tile
	}
}

func TestLatePhotosCostTheMosaicNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gather.Gatherer{Demo: demo, Timeout: time.Minute, Web: func(ctx context.Context, _ *url.URL, _ download.Version) (download.Fetched, error) {
			<-ctx.Done()
			return download.Fetched{}, ctx.Err()
		}}
		start := time.Now()
		r := g.Tiles(t.Context(), friends("https://example.org/slow", "demo:3", "https://example.org/slower"), 8, nil)
		if took := time.Since(start); took != time.Minute {
			t.Errorf("took %v", took)
		}
		for i, late := range []bool{true, false, true} {
			e, ok := errors.AsType[*photo.Error](r[i].Err)
			if late != (ok && e.Kind == photo.Timeout) {
				t.Errorf("%d: %v", i, r[i].Err)
			}
		}
	})
}

// What is kept of a photo that is put off is used, and photos of which nothing is kept go first.
func TestPutOffPhotosAreKept(t *testing.T) {
	const n = 30
	allowed := n
	var mu sync.Mutex
	png := asPNG(t, flat(32, 32, color.NRGBA{200, 100, 50, 255}))
	g := &gather.Gatherer{
		Cache: cache.New(nil, cache.Config{}), FreshFor: time.Nanosecond,
		Web: func(ctx context.Context, u *url.URL, known download.Version) (download.Fetched, error) {
			mu.Lock()
			defer mu.Unlock()
			if allowed == 0 {
				return download.Fetched{}, &photo.Error{Kind: photo.PutOff, Host: u.Hostname(), Wait: time.Hour}
			}
			allowed--
			return download.Fetched{Data: png, Version: download.Version{ETag: `"1"`}}, nil
		},
	}
	crowd := make([]job.Friend, 2*n)
	for i := range crowd {
		crowd[i].Photo = fmt.Sprintf("https://photos.example/%d.png", i)
	}
	missing := func() (m int) {
		for _, r := range g.Tiles(t.Context(), crowd, 16, nil) {
			if r.Err != nil {
				m++
			}
		}
		return m
	}
	if m := missing(); m != n {
		t.Errorf("%d missing in the first hour", m)
	}
	time.Sleep(2 * time.Millisecond)
	allowed = n
	if m := missing(); m != 0 {
		t.Errorf("%d missing in the second", m)
	}
}

// TestTileVersion holds what a tile looks like to the version that kept tiles are known by.
func TestTileVersion(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("other processors round otherwise")
	}
	var all []byte
	for _, img := range []image.Image{noise(300, 200), noise(64, 64), flat(33, 90, color.NRGBA{9, 99, 199, 100})} {
		tile, err := photo.Tile(asPNG(t, img), 96, photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tile.Pix...)
	}
	const want = 0x96e8487c
	if got := crc32.ChecksumIEEE(all); got != want {
		t.Errorf("tiles look otherwise (%#x): raise tileVersion, and put their new sum here", got)
	}
}

func FuzzKept(f *testing.F) {
	f.Add([]byte(`{"etag":"\"x\"","asked":"2026-01-01T00:00:00Z"}`), uint8(4))
	f.Add([]byte(`{"modified":"Thu, 01 Jan 2026 00:00:00 GMT","content":"abc"}`), uint8(1))
	f.Add(gather.Code(flat(4, 4, red)), uint8(4))
	f.Fuzz(func(t *testing.T, data []byte, side uint8) {
		if a, ok := gather.ParseEntry(data); ok && strings.ContainsFunc(a.ETag+a.Modified, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q would go into a header", a)
		}
		if tile := gather.Decode(data, int(side)); tile != nil && (tile.Rect != image.Rect(0, 0, int(side), int(side)) || !tile.Opaque()) {
			t.Errorf("a tile of %d became %v", side, tile.Rect)
		}
	})
}
