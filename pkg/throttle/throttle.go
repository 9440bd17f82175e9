// Package throttle says what counts as one client, and slows down clients that guess passwords.
package throttle

import (
	"maps"
	"net/netip"
	"sync"
	"time"
)

const (
	freeGuesses = 3                      // wrong passwords without a pause
	guessPause  = 500 * time.Millisecond // for each further one, whatever the connection
	forgetAfter = 10 * time.Minute
	maxClients  = 10_000 // the rest share one entry
)

// Guesses counts wrong passwords by client: an IPv4 address, or the /64 of an IPv6 one. Each client gets two
// answers a second, on any number of connections. The zero value is ready for use. It is safe for
// concurrent use.
type Guesses struct {
	mu    sync.Mutex
	by    map[string]*client
	swept time.Time
}

type client struct {
	wrong int
	next  time.Time // when the next wrong one may be answered
}

// Wrong counts a wrong password from an IP address, and returns how long to wait before answering.
func (g *Guesses) Wrong(host string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.by == nil {
		g.by = map[string]*client{}
	}
	if len(g.by) >= maxClients && now.Sub(g.swept) > forgetAfter/10 {
		g.swept = now
		maps.DeleteFunc(g.by, func(_ string, c *client) bool { return now.Sub(c.next) > forgetAfter })
	}
	key := ClientOf(host)
	if len(g.by) >= maxClients && g.by[key] == nil {
		key = ""
	}
	c := g.by[key]
	if c == nil || now.Sub(c.next) > forgetAfter {
		c = &client{}
		g.by[key] = c
	}
	c.wrong++
	if c.next.Before(now) {
		c.next = now
	}
	if c.wrong > freeGuesses {
		c.next = c.next.Add(guessPause)
	}
	return c.next.Sub(now)
}

// Owed returns how long the answers to a client's wrong passwords still have to wait. A client that does not
// wait for them, and sends more, owes more.
func (g *Guesses) Owed(host string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.by[ClientOf(host)]
	if c == nil && len(g.by) >= maxClients {
		c = g.by[""]
	}
	if c == nil {
		return 0
	}
	return max(0, c.next.Sub(now))
}

// ClientOf is the client that has the IP address in host; host itself if it is none.
func ClientOf(host string) string {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	return Client(ip)
}

// Client is the client that has an IP address: the address itself, or the /64 of an IPv6 one, which is what
// one household has.
func Client(ip netip.Addr) string {
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		p, _ := ip.Prefix(64)
		return p.String()
	}
	return ip.String()
}
