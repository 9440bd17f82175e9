// Package connections counts the connections of an HTTP server, has idle ones closed when there are many,
// and lets accepted ones be answered when it stops.
package connections

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// Starting tracks connections whose first request has not reached a handler yet. http.Server.Shutdown
// closes those without an answer, even while their request is being read.
type Starting struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// startTimeout is for a request that is on its way; a client that only holds a connection open sends none.
const startTimeout = 2 * time.Second

type connKey struct{}

// Watch has to be called before the server serves. It keeps the server's ConnState and Handler.
func (s *Starting) Watch(server *http.Server) {
	s.conns = map[net.Conn]bool{}
	connState := server.ConnState
	server.ConnState = func(c net.Conn, state http.ConnState) {
		if connState != nil {
			connState(c, state)
		}
		switch state {
		case http.StateNew:
			s.mu.Lock()
			s.conns[c] = true
			s.mu.Unlock()
		case http.StateClosed, http.StateHijacked:
			s.remove(c)
		}
	}
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	next := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
			s.remove(c)
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Starting) remove(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Len returns how many there are.
func (s *Starting) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Wait waits a moment until there are none, and closes the others. Nothing may be accepted any more.
func (s *Starting) Wait() {
	for end := time.Now().Add(startTimeout); s.Len() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}
