package queue_test

import (
	"bytes"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// proxy stands between a queue and its server, and breaks a connection at the worst moment.
type proxy struct {
	server                         // the same server, as seen through the proxy
	popping chan struct{}          // gets something when a pop was asked for
	marker  atomic.Pointer[string] // the next reply with this in it is not passed on; its connection breaks
	cuts    atomic.Int32           // how many were broken
}

func (s server) proxy(t *testing.T) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &proxy{server: s, popping: make(chan struct{}, 1)}
	p.addr = l.Addr().String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(client, s.addr)
		}
	}()
	return p
}

func (p *proxy) cut(marker string) { p.marker.Store(&marker) }

func (p *proxy) serve(client net.Conn, addr string) {
	defer client.Close()
	upstream, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer upstream.Close()
	go func() {
		defer upstream.Close()
		pass(upstream, client, func(request []byte) bool {
			if bytes.Contains(request, []byte("brpop")) {
				select {
				case p.popping <- struct{}{}:
				default:
				}
			}
			return true
		})
	}()
	pass(client, upstream, func(reply []byte) bool {
		m := p.marker.Load()
		if m == nil || !bytes.Contains(reply, []byte(*m)) || !p.marker.CompareAndSwap(m, nil) {
			return true
		}
		p.cuts.Add(1)
		return false
	})
}

func pass(to, from net.Conn, ok func([]byte) bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && !ok(buf[:n]) || err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// The reply to a pop dies on the way: the element is gone from the list, and no worker has it.
func testPopCut(t *testing.T, s server) {
	q := s.open(t, hasty())
	a, b := put(t, q), put(t, q)
	proxy := s.proxy(t)
	proxy.cut(`{"seq"`)
	behind := proxy.open(t, queue.Config{})
	l, err := behind.Take(t.Context(), "worker")
	if l != nil || !errors.Is(err, queue.ErrUnavailable) || proxy.cuts.Load() != 1 {
		t.Fatalf("Take = %v, %v after %d cuts; want an error, and no second pop", l, err, proxy.cuts.Load())
	}
	wantDepth(t, q, queue.Depth{Interactive: 1, Open: 2})
	if got := sweep(t, q); got != (queue.Swept{Unclaimed: 1}) {
		t.Errorf("Sweep = %+v", got)
	}
	for _, id := range []string{a.ID, b.ID} {
		if l := take(t, behind, id); l.Attempt != 1 {
			t.Errorf("Attempt = %d", l.Attempt)
		}
	}
}

// The reply to a Put, a claim and a Finish dies on the way: the client asks again.
func testPutCut(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	proxy := s.proxy(t)
	behind := proxy.open(t, queue.Config{})
	if err := behind.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	proxy.cut("created")
	p := pack(job.NewID())
	if _, err := behind.Put(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	wantDepth(t, q, queue.Depth{Interactive: 1, Open: 1})
	proxy.cut("claimed")
	l := take(t, behind, p.ID)
	if l.Attempt != 1 {
		t.Errorf("Attempt = %d, want 1: it is the same claim", l.Attempt)
	}
	proxy.cut(":1\r\n")
	if err := behind.Finish(t.Context(), l, result); err != nil {
		t.Error(err)
	}
	if n := proxy.cuts.Load(); n != 3 {
		t.Errorf("%d replies were cut, want 3", n)
	}
	if st := status(t, q, p.ID); st.State != job.Done {
		t.Errorf("Status = %+v", st)
	}
}
