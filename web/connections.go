package main

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/limit"
	"smalti/pkg/listener"
)

const (
	// manyConnections is how many may be open before pages that come back late are asked to come back
	// on another one. Each that only waits takes about 30 kB.
	manyConnections = 500

	// lateBack is after how long a new connection costs less than to keep the old one.
	lateBack = 2 * time.Second
)

// connections counts those that are open. It is safe for concurrent use.
type connections struct{ open atomic.Int64 }

// note is an [http.Server]'s ConnState.
func (c *connections) note(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

// spare has this answer close its connection, where there are many and the client comes back late.
// Unlike a short idle timeout, that never cuts off a request that is on its way. Behind a load balancer
// there never are many: it has the pages' connections, and a few of its own.
func (c *connections) spare(w http.ResponseWriter, back time.Duration) {
	if back >= lateBack && c.open.Load() > manyConnections {
		w.Header().Set("Connection", "close")
	}
}

const tooManyAtOnce = "Too many connections come from your network at the moment. Please try again in a little while."

// limitConnections bounds how many connections each client has. Proxies that are trusted have as many
// as they like; [atOnce] counts for the clients behind them.
func (sys *system) limitConnections(l net.Listener) *listener.Listener {
	return listener.New(l, listener.Config{
		PerClient: sys.settings.limits.connections, Exempt: sys.settings.limits.proxies,
		Refusal: fmt.Sprintf("HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"+
			"Retry-After: 10\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n%s", len(tooManyAtOnce), tooManyAtOnce),
		Refused: sys.requests.TooMany, Cut: sys.requests.TooSlow,
	})
}

// atOnce bounds how many requests of one client are answered at the same time. It is only needed
// behind a proxy: without one, each takes a connection, and those are limited.
func atOnce(l *limitSettings, s *server, next http.Handler) http.Handler {
	if l.connections == 0 || len(l.proxies) == 0 {
		return next
	}
	var mu sync.Mutex
	open := make(map[string]int)
	enter := func(client string) bool {
		mu.Lock()
		defer mu.Unlock()
		if open[client] >= l.connections {
			return false
		}
		open[client]++
		return true
	}
	leave := func(client string) {
		mu.Lock()
		defer mu.Unlock()
		if open[client]--; open[client] == 0 {
			delete(open, client)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := limit.ClientOf(r, l.proxies)
		if !enter(client) {
			p := newProblem(http.StatusTooManyRequests, tooManyAtOnce)
			p.Retry = new(10 * time.Second)
			s.refuse(w, r, p)
			return
		}
		defer leave(client)
		next.ServeHTTP(w, r)
	})
}
