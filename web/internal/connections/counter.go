package connections

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// maxIdle is how many connections may be open before clients that return late are asked to use a new
	// one. Each idle one takes about 30 kB.
	maxIdle = 500

	// lateReturn is the wait from which a new connection costs less than an idle one.
	lateReturn = 2 * time.Second
)

// Counter counts open connections. It is safe for concurrent use.
type Counter struct{ open atomic.Int64 }

// ConnState is for an [http.Server].
func (c *Counter) ConnState(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

// Open returns how many are open.
func (c *Counter) Open() int { return int(c.open.Load()) }

// Spare has this answer close its connection where many are open and the client returns late. Unlike a
// short idle timeout, that never cuts off a request on its way. Behind a load balancer there are never
// many: it has the pages' connections, and a few of its own.
func (c *Counter) Spare(w http.ResponseWriter, back time.Duration) {
	if back >= lateReturn && c.Open() > maxIdle {
		w.Header().Set("Connection", "close")
	}
}
