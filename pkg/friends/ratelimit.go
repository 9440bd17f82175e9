package friends

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of the pause before a server that limits us is asked again.
const (
	shortestWait = time.Second
	longestWait  = time.Hour
	defaultWait  = time.Minute // where a server is busy, and does not say how long
)

// wait is the pause that an answer's headers ask for; 0 where they do not. Retry-After has seconds or a date
// (RFC 9110, 10.2.3); the reset of a rate limit is an ISO 8601 time (Mastodon, GoToSocial), seconds since 1970
// (GitHub, Bluesky), or seconds from now.
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

// holds remembers until when servers may not be asked.
type holds struct {
	mu    sync.Mutex
	until map[string]time.Time // by host
}

// maxHolds bounds its memory.
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

// left is how long the host may not be asked yet.
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
