package limit_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"smalti/pkg/limit"
)

// Whatever names a host goes by, and however many processes ask it, it is asked so often in an hour.
func TestHostsAreAskedSoOften(t *testing.T) {
	none := netip.Addr{}
	victim := netip.MustParseAddr("203.0.113.7")
	onRedis(t, func(t *testing.T, a, b *limit.Limiter) {
		rates := func(l *limit.Limiter) *limit.Hosts {
			return &limit.Hosts{
				Limiter: l, Rate: limit.Rate{Burst: 10, Per: time.Hour}, Known: limit.Rate{Burst: 40, Per: time.Hour}, Free: []string{"cdn.bsky.app"},
			}
		}
		processes := []*limit.Hosts{rates(a), rates(b)}
		count := func(n int, host func(int) string, at netip.Addr) (got int) {
			for i := range n {
				wait, ok := processes[i%2].Take(t.Context(), host(i), at)
				if ok {
					got++
				} else if wait <= 0 || wait > time.Hour {
					t.Errorf("%s: wait %v", host(i), wait)
				}
			}
			return got
		}
		one := func(host string) func(int) string { return func(int) string { return host } }
		for name, tc := range map[string]struct {
			host func(int) string
			at   netip.Addr
			want int
		}{
			"one host":                 {one("photos.example"), none, 10},
			"any letters, and ports":   {func(i int) string { return []string{"Photos2.Example.", "photos2.example:8080"}[i%2] }, none, 10},
			"subdomains":               {func(i int) string { return fmt.Sprintf("x%d.wild.example.co.uk", i) }, none, 10},
			"an address":               {one("192.0.2.1:80"), none, 10},
			"an IPv6 network":          {func(i int) string { return fmt.Sprintf("[2001:db8::%x]:80", i+1) }, none, 10},
			"domains at one address":   {func(i int) string { return fmt.Sprintf("x%d.example", i) }, victim, 30},
			"the same, IPv6 and /64":   {func(i int) string { return fmt.Sprintf("y%d.example", i) }, netip.MustParseAddr("2001:db8:1::1"), 30},
			"a host that is free":      {one("cdn.bsky.app"), none, 60},
			"other people's subdomain": {func(i int) string { return fmt.Sprintf("user%d.github.io", i) }, none, 60},
		} {
			if got := count(60, tc.host, tc.at); got != tc.want {
				t.Errorf("%s: %d requests, want %d", name, got, tc.want)
			}
		}
		processes[0].Know(t.Context(), "mastodon.example:443")
		if got := count(60, one("files.mastodon.example"), none); got != 40 {
			t.Errorf("a known host: %d requests, want 40", got)
		}
	})
}

// A closed network may have no limit at all.
func TestHostsWithoutALimit(t *testing.T) {
	l := away()
	defer l.Close()
	h := &limit.Hosts{Limiter: l}
	for range 1000 {
		if _, ok := h.Take(t.Context(), "photos.example", netip.Addr{}); !ok {
			t.Fatal("limited")
		}
	}
}

// Without Redis, what is known stays so, and what is not has the higher limit: still one.
func TestHostsWithoutRedis(t *testing.T) {
	m := miniredis.RunT(t)
	l := limit.New(client(m.Addr(), ""), quiet)
	defer l.Close()
	h := &limit.Hosts{Limiter: l, Rate: limit.Rate{Burst: 10, Per: time.Hour}, Known: limit.Rate{Burst: 40, Per: time.Hour}}
	m.Close()
	got := 0
	for range 100 {
		if _, ok := h.Take(t.Context(), "photos.example", netip.Addr{}); ok {
			got++
		}
	}
	if got != 40 {
		t.Errorf("%d requests", got)
	}
}
