package queue_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// proxy stands between a queue and its server, and breaks a connection at the worst moment.
type proxy struct {
	server // the same server, as seen through the proxy
	faults *faultproxy.Proxy
	cuts   atomic.Int32 // how many connections were broken
}

func (s server) proxy(t *testing.T) *proxy {
	p := &proxy{server: s, faults: faultproxy.Start(t, s.addr)}
	p.addr = p.faults.Addr
	return p
}

// cut has the next reply with this in it not passed on; its connection breaks.
func (p *proxy) cut(marker string) {
	p.faults.On(faultproxy.Server, marker, func() bool { p.cuts.Add(1); return false })
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

// The cable is pulled: nothing is closed, and nothing comes. Neither a pop nor a lease waits for it as
// long as TCP would.
func TestAConnectionThatIsDeadWithoutAWord(t *testing.T) {
	t.Parallel()
	s := start(t)
	q := s.open(t, queue.Config{})
	p := put(t, q)
	proxy := s.proxy(t)
	behind := proxy.open(t, queue.Config{})
	l := take(t, behind, p.ID)

	proxy.faults.On(faultproxy.Client, "brpop", func() bool { proxy.faults.Stall(); return true })
	began := time.Now()
	if l, err := behind.Take(t.Context(), "worker"); l != nil || !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Take = %v, %v", l, err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a pop on a dead connection takes %v, want four seconds", took)
	}
	proxy.faults.Resume()

	began = time.Now()
	if err := behind.Renew(t.Context(), l, job.Progress{Phase: job.Matching}); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("renewing took %v once the cable was in again", took)
	}
}
