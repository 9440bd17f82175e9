// Package faultproxy stands between a client and a server and makes the network fail: it delays, cuts,
// resets and stalls connections, at an exact word if need be.
package faultproxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy forwards TCP connections to a server. It is safe for concurrent use.
type Proxy struct {
	Addr string // host:port, for the client

	listener net.Listener
	ftp      bool
	control  *Proxy // of a proxy of FTP data connections: the one whose faults apply
	running  sync.WaitGroup

	mu       sync.Mutex
	upstream string // host:port; empty: connections are refused
	refuses  bool
	delay    time.Duration
	stalled  chan struct{} // closed by Resume; nil while bytes flow
	triggers []*trigger
	links    map[*link]bool
	data     []*Proxy
}

// link is a connection of a client and the one to the server that belongs to it.
type link struct {
	client, server *net.TCPConn
	mute           atomic.Bool // what the server says is dropped
}

// Listen opens a proxy at an address, such as 127.0.0.1:0, before the server at upstream. An empty upstream
// refuses connections until [Proxy.SetUpstream]. Close it in the end.
func Listen(addr, upstream string) (*Proxy, error) {
	p, err := listen(addr, upstream)
	if err == nil {
		p.running.Go(p.accept)
	}
	return p, err
}

// T is the part of testing.TB that Start needs.
type T interface {
	Helper()
	Fatal(args ...any)
	Cleanup(func())
}

// Start is Listen at any port of 127.0.0.1, for a test; the proxy is closed when the test ends.
func Start(t T, upstream string) *Proxy {
	t.Helper()
	return start(t, upstream, false)
}

// StartFTP is Start for an FTP server: the data connections that the server offers with EPSV (RFC 2428,
// section 3) go through the proxy as well.
func StartFTP(t T, upstream string) *Proxy {
	t.Helper()
	return start(t, upstream, true)
}

func start(t T, upstream string, ftp bool) *Proxy {
	t.Helper()
	p, err := listen("127.0.0.1:0", upstream)
	if err != nil {
		t.Fatal(err)
	}
	p.ftp = ftp
	p.running.Go(p.accept)
	t.Cleanup(p.Close)
	return p
}

func listen(addr, upstream string) (*Proxy, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Proxy{Addr: l.Addr().String(), listener: l, upstream: upstream, links: map[*link]bool{}}, nil
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of descriptors, perhaps
			continue
		}
		p.running.Go(func() { p.serve(client.(*net.TCPConn)) })
	}
}

// Close ends the proxy and all of its connections.
func (p *Proxy) Close() {
	p.listener.Close()
	p.SetUpstream("")
	p.Resume()
	p.mu.Lock()
	data := p.data
	p.mu.Unlock()
	for _, d := range data {
		d.Close()
	}
	p.running.Wait()
}

// Open returns the number of connections that are open.
func (p *Proxy) Open() int {
	return len(p.open())
}

func (p *Proxy) serve(client *net.TCPConn) {
	p.mu.Lock()
	upstream, refuses := p.upstream, p.refuses
	p.mu.Unlock()
	if upstream == "" || refuses {
		reset(client)
		return
	}
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", upstream)
	if err != nil {
		reset(client)
		return
	}
	l := &link{client: client, server: server.(*net.TCPConn)}
	defer l.close()
	p.mu.Lock()
	stays := p.upstream == upstream && !p.refuses
	p.links[l] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.links, l)
	}()
	if !stays {
		return // cut meanwhile
	}
	var both sync.WaitGroup
	both.Go(func() { p.forward(l, Client) })
	p.forward(l, Server)
	both.Wait()
}

// forward passes on what one side says. Its end is passed on, too; after an error the whole link ends.
func (p *Proxy) forward(l *link, side Side) {
	from, to := l.client, l.server
	if side == Server {
		from, to = l.server, l.client
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		said := buf[:n]
		if n > 0 {
			if !p.passes(side, said) {
				l.close()
				return
			}
			if p.ftp && side == Server {
				said = p.redirectData(said)
			}
			if side == Server && l.mute.Load() {
				said = nil
			}
			if _, err := to.Write(said); err != nil {
				l.close()
				return
			}
		}
		if err != nil {
			_ = to.CloseWrite()
			return
		}
	}
}

func (l *link) close() {
	l.client.Close()
	l.server.Close()
}

// reset closes a connection so that the other side sees an error instead of an end.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	c.Close()
}
