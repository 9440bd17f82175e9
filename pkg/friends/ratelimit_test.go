package friends

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestWait(t *testing.T) {
	now := time.Date(2026, 11, 20, 22, 42, 1, 0, time.UTC)
	for _, tc := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "120", 2 * time.Minute},
		{"Retry-After", " 0 ", time.Second},
		{"Retry-After", "Fri, 20 Nov 2026 22:47:01 GMT", 5 * time.Minute},
		{"Retry-After", "Friday, 20-Nov-26 22:47:01 GMT", 5 * time.Minute},
		{"Retry-After", "99999999999999999999", 0},
		{"Retry-After", "9999999999", time.Hour},
		{"X-Ratelimit-Reset", "2026-11-20T22:47:01.000Z", 5 * time.Minute},
		{"X-Ratelimit-Reset", "2026-11-20T23:47:01.123456+01:00", 5*time.Minute + 123456*time.Microsecond},
		{"X-Ratelimit-Reset", fmt.Sprint(now.Unix() + 300), 5 * time.Minute},
		{"RateLimit-Reset", "300", 5 * time.Minute},
		{"RateLimit-Reset", fmt.Sprint(now.Unix() - 300), time.Second},
		{"RateLimit-Reset", "-1", 0},
		{"RateLimit-Reset", "tomorrow", 0},
		{"X-Other", "5", 0},
	} {
		h := http.Header{}
		h.Set(tc.name, tc.value)
		if got := wait(h, now); got != tc.want {
			t.Errorf("%s: %s is %v, want %v", tc.name, tc.value, got, tc.want)
		}
	}
	h := http.Header{}
	h.Set("X-Ratelimit-Reset", "2026-11-20T22:47:01.000Z")
	h.Set("Retry-After", "3")
	if got := wait(h, now); got != 3*time.Second {
		t.Errorf("both: %v, want what Retry-After says", got)
	}
}

func TestHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h holds
		h.put("a", time.Minute)
		time.Sleep(40 * time.Second)
		if got := h.left("a"); got != 20*time.Second {
			t.Errorf("%v left", got)
		}
		if h.left("b") != 0 {
			t.Error("another host has to wait, too")
		}
		time.Sleep(20 * time.Second)
		if h.left("a") != 0 || len(h.until) != 0 {
			t.Error("waiting has no end")
		}
		for i := range 3 * maxHolds {
			h.put(fmt.Sprint(i), time.Minute)
		}
		if len(h.until) > maxHolds {
			t.Errorf("%d hosts are remembered", len(h.until))
		}
	})
}

func FuzzWait(f *testing.F) {
	for _, s := range []string{"120", "2026-11-20T22:47:01.000Z", "Fri, 20 Nov 2026 22:47:01 GMT", "1795214521", "-1", ""} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, after, reset string) {
		h := http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}
		if d := wait(h, time.Unix(1795214521, 0)); d != 0 && (d < shortestWait || d > longestWait) {
			t.Errorf("%q, %q: %v", after, reset, d)
		}
	})
}

func FuzzNextLink(f *testing.F) {
	for _, s := range []string{
		`<https://a.example/x?limit=2&max_id=01F3>; rel="next", <https://a.example/x?min_id=2>; rel="prev"`,
		`<x?page=2>; rel=next`, `<a,b?page=3>; title="a,b; rel=next"; rel="last next"`, `<x`, `>;rel=next`, `<?page=1>;rel="prev";rel="next"`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { nextOf(http.Header{"Link": {s}}) })
}

func TestNextLink(t *testing.T) {
	for s, want := range map[string]string{
		`<https://a.example/x?limit=2&page=7>; rel="next", <https://a.example/x?page=1>; rel="prev"`: "7",
		`<https://a.example/x?page=1>; rel="prev", <https://a.example/x?page=8>; rel="next"`:         "8",
		`<x?page=2>; rel=next`:                           "2",
		`<x?page=2>;REL="last NEXT"`:                     "2",
		`<a,b?page=3>; title="a,\"b; rel=x"; rel="next"`: "3",
		`<?page=1>; rel="prev"; rel="next"`:              "",
		`<?page=1>; rel="nextish"`:                       "",
		`<?page=1`:                                       "",
		``:                                               "",
		`<?page=1>; anchor="#x"; rel="next", <?page=2>; x`: "1",
	} {
		if got := nextOf(http.Header{"Link": {s}}).Get("page"); got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for pair, want := range map[[2]string]int{
		{"", ""}: 0, {"a", ""}: 1, {"socail", "social"}: 1, {"annable", "annabel"}: 1, {"kitten", "sitting"}: 3, {"ab", "ba"}: 1,
	} {
		if got := distance(pair[0], pair[1]); got != want || distance(pair[1], pair[0]) != want {
			t.Errorf("%q: %d, want %d", pair, got, want)
		}
	}
}
