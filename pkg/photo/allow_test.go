package photo_test

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/cache"
	"smalti/pkg/job"
	"smalti/pkg/photo"
)

// budget allows so many requests to a host, and to an address.
type budget struct {
	mu          sync.Mutex
	hosts, adds map[string]int
	most        int
}

func (b *budget) ask(_ context.Context, host string, at netip.Addr) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hosts == nil {
		b.hosts, b.adds = map[string]int{}, map[string]int{}
	}
	counts, key := b.hosts, host
	if at.IsValid() {
		counts, key = b.adds, at.String()
	}
	if counts[key] >= b.most {
		return 20 * time.Minute, false
	}
	counts[key]++
	return 0, true
}

// Every request is asked about, each redirect and each new name of an address too; what may not be
// asked for now is put off, in a sentence, and not tried again.
func TestHostsAreNotFlooded(t *testing.T) {
	var requests, redirects int
	var mu sync.Mutex
	png := asPNG(t, flat(32, 32, color.NRGBA{200, 100, 50, 255}))
	victim := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests++
		w.Write(png)
	}))
	defer victim.Close()
	detour := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		redirects++
		http.Redirect(w, r, victim.URL+r.URL.Path, http.StatusFound)
	}))
	defer detour.Close()
	for name, tc := range map[string]struct {
		base string
		name func(i int) string
	}{
		"links":     {victim.URL, func(i int) string { return "" }},
		"redirects": {detour.URL, func(i int) string { return "" }},
	} {
		requests, redirects = 0, 0
		b := &budget{most: 20}
		d := photo.NewDownloader(photo.DownloadConfig{AllowPrivate: true, Proxy: noProxy, Allow: b.ask, Backoff: time.Millisecond})
		off := 0
		for i := range 60 {
			_, err := d.Get(t.Context(), mustURL(t, fmt.Sprintf("%s/%d.png", tc.base, i)))
			var e *photo.Error
			switch {
			case err == nil:
			case errors.As(err, &e) && e.Kind == photo.PutOff && strings.Contains(e.Message().String(), "20 minutes") && strings.Contains(e.Message().String(), "127.0.0.1"):
				off++
			default:
				t.Errorf("%s: %v", name, err)
			}
		}
		d.Close()
		if requests > 20 || requests+off != 60 || requests < 9 {
			t.Errorf("%s: %d requests came, %d redirects, %d put off", name, requests, redirects, off)
		}
	}
}

// Names that are made up, and all lead to one address, count as that address.
func TestManyNamesOfOneAddress(t *testing.T) {
	useResolver(t, resolvePublic)
	b := &budget{most: 5}
	d := photo.NewDownloader(photo.DownloadConfig{Proxy: noProxy, Allow: b.ask, Backoff: time.Millisecond, Tries: 1})
	defer d.Close()
	dials := 0
	d.OnDial(func(string) error { dials++; return errors.New("nothing is dialled in this test") })
	for i := range 40 {
		d.Get(t.Context(), mustURL(t, fmt.Sprintf("http://x%d.example.org/", i)))
	}
	if dials != 5 {
		t.Errorf("%d dials", dials)
	}
}

// What is kept of a photo that is put off is used, and photos of which nothing is kept go first.
func TestPutOffPhotosAreKept(t *testing.T) {
	const n = 30
	allowed := n
	var mu sync.Mutex
	png := asPNG(t, flat(32, 32, color.NRGBA{200, 100, 50, 255}))
	g := &photo.Gatherer{
		Cache: cache.New(nil, cache.Config{}), FreshFor: time.Nanosecond,
		Web: func(ctx context.Context, u *url.URL, known photo.Version) (photo.Fetched, error) {
			mu.Lock()
			defer mu.Unlock()
			if allowed == 0 {
				return photo.Fetched{}, &photo.Error{Kind: photo.PutOff, Host: u.Hostname(), Wait: time.Hour}
			}
			allowed--
			return photo.Fetched{Data: png, Version: photo.Version{ETag: `"1"`}}, nil
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
