package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// newcomers are the connections whose first request has not reached a handler yet. On those,
// http.Server.Shutdown hangs up without an answer, even while their request is being read.
type newcomers struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// newcomersWait is for a request that is on its way; who only holds a connection open sends none.
const newcomersWait = 2 * time.Second

type connKey struct{}

// watch is to be called before the server serves.
func (n *newcomers) watch(s *http.Server) {
	n.conns = map[net.Conn]bool{}
	note := s.ConnState
	s.ConnState = func(c net.Conn, state http.ConnState) {
		if note != nil {
			note(c, state)
		}
		switch state {
		case http.StateNew:
			n.mu.Lock()
			n.conns[c] = true
			n.mu.Unlock()
		case http.StateClosed, http.StateHijacked:
			n.arrived(c)
		}
	}
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	next := s.Handler
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
			n.arrived(c)
		}
		next.ServeHTTP(w, r)
	})
}

func (n *newcomers) arrived(c net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c)
}

func (n *newcomers) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns)
}

// wait returns when there are none: those that had their time are hung up on. Nothing may be accepted
// any more.
func (n *newcomers) wait() {
	for end := time.Now().Add(newcomersWait); n.count() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		c.Close()
	}
}
