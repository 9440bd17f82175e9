package store_test

import (
	"cmp"
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"
)

// fault is a way in which a connection breaks.
type fault string

const (
	reset   fault = "reset"   // the data connection, on both sides
	ended   fault = "ended"   // as reset, but the server sees an ordinary end
	allGone fault = "allGone" // every connection, the control connections too
	silent  fault = "silent"  // nothing gets through any more, and nobody is told
)

// wire lies between a Remote and its server. It counts uploaded bytes, and breaks where it should.
type wire struct {
	fault   fault
	at      []int64           // break when so many bytes were uploaded, over all data connections
	each    int64             // if not 0: break each upload after so many bytes
	rewrite map[string]string // commands, or with parameters whole lines; not with TLS
	flips   int               // so many uploads get a byte wrong, and nobody is told
	lose    int               // so many uploads get no further than tamperAt, and nobody is told
	idle    time.Duration     // how long the client waits for an answer; 0: inTime
	onBreak func()

	done  chan struct{}
	group sync.WaitGroup

	mu      sync.Mutex
	control string // the server's address
	links   map[*link]bool
	command string // break instead of sending it, once
	seen    seen
}

// tamperAt is the byte of an upload at which bytes are changed or lost.
const tamperAt = 100_000

// seen is what went over a wire.
type seen struct {
	uploads  int   // data connections on which something was
	sent     int64 // bytes that were uploaded
	breaks   int
	commands []string // STOR, APPE and REST, as they were sent
}

func (w *wire) look() seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// breakAt makes the wire break when it is to carry a command the next time. Not with TLS.
func (w *wire) breakAt(command string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.command = command
}

// newWire opens p again, with a wire in front of its server.
func newWire(t testing.TB, p *place, w *wire) *wire {
	w.done, w.links = make(chan struct{}), map[*link]bool{}
	if w.onBreak == nil {
		w.onBreak = func() {}
	}
	c := p.config
	c.Dial, c.Idle = w.dial, cmp.Or(w.idle, inTime)
	remote := openRemote(t, c)
	p.Store = remote
	t.Cleanup(func() {
		remote.Close()
		close(w.done)
		w.mu.Lock()
		for l := range w.links {
			l.reset()
		}
		w.mu.Unlock()
		w.group.Wait()
	})
	return w
}

func (w *wire) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	far, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	conn, err := new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	if err != nil {
		far.Close()
		return nil, err
	}
	near, err := l.Accept()
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.control == "" {
		w.control = addr
	}
	k := &link{near: near.(*net.TCPConn), far: far.(*net.TCPConn), data: addr != w.control}
	w.links[k] = true
	w.group.Go(func() { w.carry(k, k.near, k.far, w.up) })
	w.group.Go(func() { w.carry(k, k.far, k.near, func(_ *link, b []byte) ([]byte, bool) { return b, false }) })
	return conn, nil
}

// switched makes connections to a server that were meant for another, or none.
type switched struct {
	mu       sync.Mutex
	from, to string
	conns    []net.Conn
}

func (s *switched) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if addr == s.from {
		addr = s.to
	}
	if s.from == anywhere {
		return nil, errors.New("no route")
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil {
		s.conns = append(s.conns, conn)
	}
	return conn, err
}

const anywhere = "anywhere"

// over cuts the connections there are, and makes others. From anywhere, none are made.
func (s *switched) over(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from, s.to = from, to
	for _, c := range s.conns {
		c.Close()
	}
	s.conns = nil
}
