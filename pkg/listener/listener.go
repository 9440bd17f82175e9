// Package listener accepts connections from untrusted clients. It bounds how many connections a client
// has, and closes those whose client does not read.
package listener

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"smalti/pkg/throttle"
)

// Config says what clients may do. The zero value limits only how long they may stall.
type Config struct {
	// PerClient is how many connections a client may have: an IPv4 address, or an IPv6 /64. 0 means no
	// limit. Beyond it, the client's longest idle connection is closed; only if none is idle, the new one
	// is refused. So only requests that are being answered count.
	PerClient int

	// Exempt are addresses without that limit: proxies, which connect for many clients.
	Exempt []netip.Prefix

	// Stall is how long a client may take to receive [Progress] bytes; default 30 s.
	Stall time.Duration

	// Refusal is sent to clients that have too many connections, before their connection is closed.
	Refusal string

	Refused func() // called for each refused connection; may be nil
	Cut     func() // called for each connection whose client was too slow; may be nil
}

// refusalWait is enough for a few bytes into the empty buffer of a new connection.
const refusalWait = 50 * time.Millisecond

// Listener wraps another one. It is safe for concurrent use.
type Listener struct {
	net.Listener
	config Config

	mu      sync.Mutex
	clients map[string]map[*conn]bool // by client; those without a limit are not in it
}

// New wraps a TCP listener.
func New(l net.Listener, c Config) *Listener {
	if c.Stall <= 0 {
		c.Stall = 30 * time.Second
	}
	return &Listener{Listener: l, config: c, clients: make(map[string]map[*conn]bool)}
}

// Accept implements [net.Listener].
func (l *Listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: raw, listener: l, client: l.clientOf(raw)}
		if l.admit(c) {
			limitUnsent(raw)
			return c, nil
		}
		l.refuse(raw)
		if l.config.Refused != nil {
			l.config.Refused()
		}
	}
}

// refuse closes a connection, after the refusal if it can be sent at once.
func (l *Listener) refuse(raw net.Conn) {
	if raw.SetWriteDeadline(time.Now().Add(refusalWait)) == nil {
		_, _ = raw.Write([]byte(l.config.Refusal))
	}
	_ = raw.Close()
}

// clientOf is empty for clients without a limit.
func (l *Listener) clientOf(raw net.Conn) string {
	peer, err := netip.ParseAddrPort(raw.RemoteAddr().String())
	if err != nil || l.config.PerClient <= 0 {
		return ""
	}
	a := peer.Addr().Unmap().WithZone("")
	for _, p := range l.config.Exempt {
		if p.Contains(a) {
			return ""
		}
	}
	return throttle.Client(a)
}

func (l *Listener) admit(c *conn) bool {
	if c.client == "" {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.clients[c.client]
	if len(own) >= l.config.PerClient {
		idle := longestIdle(own)
		if idle == nil {
			return false
		}
		delete(own, idle)
		idle.Conn.Close()
	}
	if own == nil {
		own = make(map[*conn]bool)
		l.clients[c.client] = own
	}
	own[c] = true
	return true
}

func longestIdle(own map[*conn]bool) (longest *conn) {
	for c := range own {
		if !c.idle.IsZero() && (longest == nil || c.idle.Before(longest.idle)) {
			longest = c
		}
	}
	return longest
}

func (l *Listener) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.clients[c.client]
	delete(own, c)
	if len(own) == 0 {
		delete(l.clients, c.client)
	}
}

// ConnState is the hook of an [http.Server] that tells the listener which connections are idle.
func (l *Listener) ConnState(served net.Conn, s http.ConnState) {
	c, ok := served.(*conn)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c.idle = time.Time{}
	if s == http.StateIdle {
		c.idle = time.Now()
	}
}
