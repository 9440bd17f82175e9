package friends

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of how long a server is left alone that asks for it. One that asks for more than the
// longest is asked once more after that.
const (
	shortestWait = time.Second
	longestWait  = time.Hour
	defaultWait  = time.Minute // where a server is busy, and does not say how long
)

// wait is how long a server wants to be left alone, by the headers of its answer; 0 where they do
// not say. Networks have each their own form: Retry-After in seconds or as a date (RFC 9110,
// 10.2.3), and of the limit's reset, its time in ISO 8601 (Mastodon, GoToSocial), in seconds since
// 1970 (GitHub, Bluesky), or the seconds until then.
func wait(h http.Header, now time.Time) time.Duration {
	bounded := func(d time.Duration) time.Duration { return min(max(d, shortestWait), longestWait) }
	if s := strings.TrimSpace(h.Get("Retry-After")); s != "" {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
			return bounded(time.Duration(min(n, 1<<31)) * time.Second)
		}
		if at, err := http.ParseTime(s); err == nil {
			return bounded(at.Sub(now))
		}
	}
	for _, name := range []string{"X-Ratelimit-Reset", "Ratelimit-Reset"} {
		s := strings.TrimSpace(h.Get(name))
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			return bounded(at.Sub(now))
		}
		n, err := strconv.ParseInt(s, 10, 64)
		switch {
		case err != nil || n < 0:
		case n > 1e9 && n < 1e11: // a time in seconds, of the years 2001 to 5138
			return bounded(time.Unix(n, 0).Sub(now))
		case n <= 1e9:
			return bounded(time.Duration(n) * time.Second)
		}
	}
	return 0
}

// exhausted reports whether the answer says that it was the last one for now.
func exhausted(h http.Header) bool {
	return h.Get("X-Ratelimit-Remaining") == "0" || h.Get("Ratelimit-Remaining") == "0"
}

// holds remembers which servers want to be left alone, and until when.
type holds struct {
	mu    sync.Mutex
	until map[string]time.Time // by host
}

// maxHolds bounds what strangers can make us remember.
const maxHolds = 10_000

func (h *holds) put(host string, d time.Duration) {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until == nil {
		h.until = make(map[string]time.Time)
	}
	if len(h.until) >= maxHolds {
		for other, t := range h.until {
			// Half at a time, so that this happens seldom.
			if !t.After(now) || len(h.until) > maxHolds/2 {
				delete(h.until, other)
			}
		}
	}
	h.until[host] = now.Add(d)
}

// left is how long the host still wants to be left alone.
func (h *holds) left(host string) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	until, ok := h.until[host]
	if !ok {
		return 0
	}
	d := time.Until(until)
	if d <= 0 {
		delete(h.until, host)
		return 0
	}
	return d
}
