// Package wiretap stands between a client and a server in a test, hears what they say, and breaks the
// line at an exact word.
package wiretap

import (
	"bytes"
	"fmt"
	"net"
	"regexp"
	"sync"
	"testing"
)

// Tap forwards TCP connections to a server.
type Tap struct {
	Addr string // host:port, for the client

	t        testing.TB
	upstream string

	mu     sync.Mutex
	ears   []*ear
	conns  map[net.Conn]bool
	silent chan struct{} // closed when it is over; nil while the line works
	closed bool
	taps   []*Tap // of data connections
	pairs  sync.WaitGroup

	ftp     bool
	control *Tap // of a data connection: who hears and silences it
	door    net.Listener
}

// Side is who speaks.
type Side int

// Who speaks: the client, the server, or the client on one of an FTP line's data connections.
const (
	Client Side = iota
	Server
	Data
)

type ear struct {
	side  Side
	word  []byte
	skip  int // bytes to let pass first
	then  func() bool
	heard int
}

// New starts a tap before the server at upstream; it ends with the test.
func New(t testing.TB, upstream string) *Tap { return start(t, upstream, false) }

// FTP is New for an FTP server: it also stands in the data connections, which the server offers by EPSV
// (RFC 2428, section 3).
func FTP(t testing.TB, upstream string) *Tap { return start(t, upstream, true) }

func start(t testing.TB, upstream string, ftp bool) *Tap {
	t.Helper()
	tap, err := listen(t, upstream)
	if err != nil {
		t.Fatal(err)
	}
	tap.ftp = ftp
	tap.accept()
	t.Cleanup(tap.close)
	return tap
}

func listen(t testing.TB, upstream string) (*Tap, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &Tap{Addr: l.Addr().String(), t: t, upstream: upstream, conns: map[net.Conn]bool{}, door: l}, nil
}

func (tap *Tap) accept() {
	tap.pairs.Go(func() {
		for {
			c, err := tap.door.Accept()
			if err != nil {
				return
			}
			tap.pairs.Go(func() { tap.serve(c) })
		}
	})
}

// On calls then once, when side next says word, before it is passed on. If then returns false, it is
// not passed on, and that connection breaks.
func (tap *Tap) On(side Side, word string, then func() bool) {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	tap.ears = append(tap.ears, &ear{side: side, word: []byte(word), then: then})
}

// After calls then once side has said so many bytes.
func (tap *Tap) After(side Side, n int, then func() bool) {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	tap.ears = append(tap.ears, &ear{side: side, skip: n, then: then})
}

// Silence stops forwarding without closing anything, on old connections and new ones, as a cable that
// was pulled does. Resume undoes it.
func (tap *Tap) Silence() {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	if tap.silent == nil {
		tap.silent = make(chan struct{})
	}
}

// Resume ends Silence.
func (tap *Tap) Resume() {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	if tap.silent != nil {
		close(tap.silent)
		tap.silent = nil
	}
}

// Break closes all connections that are there; new ones are welcome.
func (tap *Tap) Break() {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	for c := range tap.conns {
		c.Close()
	}
}

func (tap *Tap) close() {
	tap.Resume()
	tap.mu.Lock()
	tap.closed = true
	tap.door.Close()
	for c := range tap.conns {
		c.Close()
	}
	data := tap.taps
	tap.mu.Unlock()
	for _, d := range data {
		d.close()
	}
	tap.pairs.Wait()
}

// keep remembers a connection for Break and close.
func (tap *Tap) keep(c net.Conn) {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	if tap.closed {
		c.Close()
	}
	tap.conns[c] = true
}

func (tap *Tap) forget(c net.Conn) {
	c.Close()
	tap.mu.Lock()
	defer tap.mu.Unlock()
	delete(tap.conns, c)
}

func (tap *Tap) serve(client net.Conn) {
	tap.keep(client)
	defer tap.forget(client)
	server, err := net.Dial("tcp", tap.upstream)
	if err != nil {
		return
	}
	tap.keep(server)
	defer tap.forget(server)
	var both sync.WaitGroup
	both.Go(func() {
		tap.pass(server, client, Client)
		server.Close()
	})
	tap.pass(client, server, Server)
	client.Close()
	both.Wait()
}

func (tap *Tap) pass(to, from net.Conn, side Side) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			said := buf[:n]
			if !tap.goesOn(side, said) {
				return
			}
			if tap.ftp && side == Server {
				said = tap.throughUs(said)
			}
			if _, err := to.Write(said); err != nil {
				return
			}
		}
		if err != nil {
			if c, ok := to.(*net.TCPConn); ok {
				c.CloseWrite()
			}
			return
		}
	}
}

// goesOn says whether to pass something on, once the line works.
func (tap *Tap) goesOn(side Side, said []byte) bool {
	if tap.control != nil {
		if side == Client {
			side = Data
		}
		tap = tap.control
	}
	ok := tap.hear(side, said)
	tap.wait()
	return ok
}

// wait blocks while the line is silent.
func (tap *Tap) wait() {
	tap.mu.Lock()
	silent := tap.silent
	tap.mu.Unlock()
	if silent != nil {
		<-silent
	}
}

// hear calls whoever waits for this, outside of the lock, and says whether to pass it on.
func (tap *Tap) hear(side Side, said []byte) bool {
	tap.mu.Lock()
	var called []func() bool
	rest := tap.ears[:0]
	for _, e := range tap.ears {
		if e.side == side {
			e.heard += len(said)
		}
		if e.side == side && bytes.Contains(said, e.word) && e.heard >= e.skip {
			called = append(called, e.then)
		} else {
			rest = append(rest, e)
		}
	}
	tap.ears = rest
	tap.mu.Unlock()
	pass := true
	for _, then := range called {
		pass = then() && pass
	}
	return pass
}

var extended = regexp.MustCompile(`229 [^(\r\n]*\(\|\|\|(\d+)\|\)`)

// throughUs has the client open the data connection to a tap of its own.
func (tap *Tap) throughUs(said []byte) []byte {
	return extended.ReplaceAllFunc(said, func(reply []byte) []byte {
		host, _, _ := net.SplitHostPort(tap.upstream)
		data, err := listen(tap.t, net.JoinHostPort(host, string(extended.FindSubmatch(reply)[1])))
		if err != nil {
			return reply
		}
		data.control = tap
		data.accept()
		_, port, _ := net.SplitHostPort(data.Addr)
		tap.mu.Lock()
		tap.taps = append(tap.taps, data)
		tap.mu.Unlock()
		return fmt.Appendf(nil, "229 Entering Extended Passive Mode (|||%s|)", port)
	})
}
