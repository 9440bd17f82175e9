package main

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"
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
