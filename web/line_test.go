package main

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// line is a stretch of network between a browser and a server, which can be cut, and be led to
// another server.
type line struct {
	url      string
	to       atomic.Pointer[string] // host:port; nil while it is cut
	mu       sync.Mutex
	open     map[net.Conn]bool
	carrying sync.WaitGroup
}

// layLine listens until the test ends. It is cut until it is led to a server.
func layLine(t *testing.T) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &line{url: "http://" + l.Addr().String(), open: map[net.Conn]bool{}}
	n.carrying.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n.carrying.Go(func() { n.carry(c) })
		}
	})
	t.Cleanup(func() { l.Close(); n.cut(); n.carrying.Wait() })
	return n
}

// lead connects the line to the server with a URL.
func (n *line) lead(url string) {
	n.cut()
	address := url[len("http://"):]
	n.to.Store(&address)
}

// cut ends every connection, and lets no new one through.
func (n *line) cut() {
	n.to.Store(nil)
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.open {
		c.Close()
	}
}

func (n *line) carry(c net.Conn) {
	defer c.Close()
	to := n.to.Load()
	if to == nil {
		return
	}
	s, err := net.Dial("tcp", *to)
	if err != nil {
		return
	}
	defer s.Close()
	n.mu.Lock()
	n.open[c] = true
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		delete(n.open, c)
		n.mu.Unlock()
	}()
	if n.to.Load() != to {
		return // cut meanwhile
	}
	there := make(chan struct{})
	go func() {
		io.Copy(s, c)
		s.Close()
		close(there)
	}()
	io.Copy(c, s)
	c.Close()
	<-there
}
