package download_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/download"
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
	victim := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests++
		fmt.Fprint(w, "bytes")
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
		d := download.New(download.Config{AllowPrivate: true, Proxy: noProxy, Allow: b.ask, Backoff: time.Millisecond})
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
	d := download.New(download.Config{Proxy: noProxy, Allow: b.ask, Backoff: time.Millisecond, Tries: 1})
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
