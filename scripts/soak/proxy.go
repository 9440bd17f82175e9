//go:build linux

package main

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/rig"
)

// proxy passes TCP connections on, until somebody cuts them.
type proxy struct {
	listener net.Listener
	backend  string

	mu    sync.Mutex
	links map[*link]bool
}

// link is one connection, both ends of it.
type link struct {
	client, server *net.TCPConn
	mute           atomic.Bool // what the server says is swallowed
}

// listenProxy starts a proxy that leads to an address, at the same port of another one.
func listenProxy(backend string) (*proxy, error) {
	_, port, err := net.SplitHostPort(backend)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(rig.FrontIP, port))
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, backend: backend, links: map[*link]bool{}}
	go p.accept()
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of descriptors, perhaps
			continue
		}
		go p.serve(client.(*net.TCPConn))
	}
}

func (p *proxy) serve(client *net.TCPConn) {
	server, err := net.DialTimeout("tcp", p.backend, 5*time.Second)
	if err != nil {
		client.SetLinger(0) // refused, as far as the client can tell
		client.Close()
		return
	}
	l := &link{client: client, server: server.(*net.TCPConn)}
	p.mu.Lock()
	p.links[l] = true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { io.Copy(l.server, l.client); l.server.CloseWrite() })
	both.Go(func() { io.Copy(unlessMute{l}, l.server); l.client.CloseWrite() })
	both.Wait()
	client.Close()
	server.Close()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// unlessMute writes to the client, or nowhere.
type unlessMute struct{ *link }

func (u unlessMute) Write(b []byte) (int, error) {
	if u.mute.Load() {
		return len(b), nil
	}
	return u.client.Write(b)
}

// cut resets every connection. For a while before, requests still arrive and answers do not: the
// worst moment is the one between the two.
func (p *proxy) cut(swallow time.Duration) {
	p.mu.Lock()
	links := make([]*link, 0, len(p.links))
	for l := range p.links {
		links = append(links, l)
	}
	p.mu.Unlock()
	for _, l := range links {
		l.mute.Store(true)
	}
	time.Sleep(swallow)
	for _, l := range links {
		l.client.SetLinger(0)
		l.server.SetLinger(0)
		l.client.Close()
		l.server.Close()
	}
}

func (p *proxy) close() {
	p.listener.Close()
	p.cut(0)
}
