package limit

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

	"smalti/pkg/throttle"
)

// Hosts bounds how many requests all processes together send to the hosts of third parties, so that
// nobody can use us to flood one. It is safe for concurrent use.
type Hosts struct {
	Limiter *Limiter
	Rate    Rate     // for hosts that only visitors have named
	Known   Rate     // for hosts that answered as servers of a network do; see [Hosts.Know]
	Free    []string // host names without a limit

	mu    sync.Mutex
	known map[string]answer // by domain
}

// answer is whether a domain is known, for a while.
type answer struct {
	known bool
	until time.Time
}

const (
	knownFor    = 7 * 24 * time.Hour // longer than a job waits
	answerFor   = time.Minute
	maxAnswers  = 10_000
	perAddress  = 3 // several hosts may share an address
	knownPrefix = "{smalti}:limit:known-host:"
)

// Take counts a request to a host (the port does not matter) or, if the address is valid, to that address
// of the host. All names of a domain count together, because its owner can make any number of them; and
// so do all names at one address, because domains are cheap. If the host has had enough, ok is false, and
// wait says for how long.
func (h *Hosts) Take(ctx context.Context, host string, at netip.Addr) (wait time.Duration, ok bool) {
	host = hostname(host)
	if slices.Contains(h.Free, host) {
		return 0, true
	}
	thing, rate := "host", h.Rate
	domain := domainOf(host)
	if !rate.unlimited() && h.isKnown(ctx, domain) {
		thing, rate = "known-host", h.Known
	}
	if !at.IsValid() {
		return h.Limiter.Take(ctx, thing, domain, 1, rate)
	}
	rate.Burst *= perAddress
	return h.Limiter.Take(ctx, thing+"-address", throttle.Client(at), 1, rate)
}

// Know notes that a host answered as the server of a network, so it has the photos of many people.
func (h *Hosts) Know(ctx context.Context, host string) {
	domain := domainOf(hostname(host))
	h.remember(domain, true)
	_ = h.Limiter.redis.Do(ctx, func(ctx context.Context) error {
		return h.Limiter.client.Set(ctx, knownPrefix+domain, 1, knownFor).Err()
	})
}

// isKnown asks Redis. If it does not answer, the host counts as known: our own outage should leave
// nobody out, and the higher limit still holds.
func (h *Hosts) isKnown(ctx context.Context, domain string) bool {
	h.mu.Lock()
	a, ok := h.known[domain]
	h.mu.Unlock()
	if ok && time.Now().Before(a.until) {
		return a.known
	}
	known := true
	_ = h.Limiter.redis.Do(ctx, func(ctx context.Context) error {
		n, err := h.Limiter.client.Exists(ctx, knownPrefix+domain).Result()
		if err == nil {
			known = n > 0
			h.remember(domain, known)
		}
		return err
	})
	return known
}

func (h *Hosts) remember(domain string, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= maxAnswers {
		h.known = make(map[string]answer)
	}
	h.known[domain] = answer{known, time.Now().Add(answerFor)}
}

// hostname removes the port and the dot of the root.
func hostname(host string) string {
	if p, err := netip.ParseAddrPort(host); err == nil {
		return p.Addr().String()
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return a.String()
	}
	host, _, _ = strings.Cut(host, ":")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// domainOf is the registered domain of a host: example.co.uk of www.example.co.uk. For an address, it is
// the client that the address would be.
func domainOf(host string) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return throttle.Client(a)
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}
