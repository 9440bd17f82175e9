package limit

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

// Hosts bounds how many requests all processes together send to the host of a third party, so that
// nobody can have us flood one. It is safe for concurrent use.
type Hosts struct {
	Limiter *Limiter
	Rate    Rate     // for hosts that only visitors have named
	Known   Rate     // for hosts that answered as servers of a network do; see [Hosts.Know]
	Free    []string // names that are not limited

	mu    sync.Mutex
	known map[string]answer // by domain
}

// answer is whether a domain is known, for a while.
type answer struct {
	known bool
	until time.Time
}

const (
	keepKnown   = 7 * 24 * time.Hour // longer than a job waits
	askAgain    = time.Minute
	maxAnswers  = 10_000
	perAddress  = 3 // several hosts may share an address
	knownPrefix = "{smalti}:limit:known-host:"
)

// Take counts a request to a host, whose port does not matter, or, where the address is valid, to that
// address of the host. The names of one domain count together, because whoever owns one can make any
// number of them; and so do all names at one address, because domains are cheap. Where it has had
// enough, ok is false, and wait says for how long.
func (h *Hosts) Take(ctx context.Context, host string, at netip.Addr) (wait time.Duration, ok bool) {
	host = hostname(host)
	if slices.Contains(h.Free, host) {
		return 0, true
	}
	thing, rate := "host", h.Rate
	domain := domainOf(host)
	if !rate.Unlimited() && h.isKnown(ctx, domain) {
		thing, rate = "known-host", h.Known
	}
	if !at.IsValid() {
		return h.Limiter.Take(ctx, thing, domain, 1, rate)
	}
	rate.Burst *= perAddress
	return h.Limiter.Take(ctx, thing+"-address", Client(at.Unmap().WithZone("")), 1, rate)
}

// Know notes that a host answered as the server of a network, so that it has the photos of a crowd.
func (h *Hosts) Know(ctx context.Context, host string) {
	domain := domainOf(hostname(host))
	h.remember(domain, true)
	if l := h.Limiter; l.asked() {
		ctx, cancel := context.WithTimeout(ctx, l.Patience)
		defer cancel()
		if err := l.client.Set(ctx, knownPrefix+domain, 1, keepKnown).Err(); err != nil && ctx.Err() == nil {
			l.rest(err)
		}
	}
}

// isKnown asks Redis. Where it does not answer, a host passes for known: that nobody goes missing
// because of our own trouble is worth more, and the higher limit still holds.
func (h *Hosts) isKnown(ctx context.Context, domain string) bool {
	h.mu.Lock()
	a, ok := h.known[domain]
	h.mu.Unlock()
	if ok && time.Now().Before(a.until) {
		return a.known
	}
	l := h.Limiter
	if l.client == nil {
		return a.known
	}
	if !l.asked() {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	n, err := l.client.Exists(ctx, knownPrefix+domain).Result()
	if err != nil {
		return true
	}
	h.remember(domain, n > 0)
	return n > 0
}

func (h *Hosts) remember(domain string, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= maxAnswers {
		h.known = make(map[string]answer)
	}
	h.known[domain] = answer{known, time.Now().Add(askAgain)}
}

// hostname takes the port and the full stop of the root away.
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

// domainOf is what the owner of a host has registered: example.co.uk of www.example.co.uk. Of an
// address it is the client that the address would be.
func domainOf(host string) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return Client(a.Unmap().WithZone(""))
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}
