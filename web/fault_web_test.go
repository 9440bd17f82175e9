package main

import (
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/job"
	"smalti/pkg/testenv"
	"smalti/web/internal/client"
)

const aKey = "0123456789abcdef0123456789abcdef"

// The front end is killed around the one step that could lose or double a job. Nobody has got a 202;
// whoever asks again with the same key, or nobody, gets one mosaic.
func TestFrontEndKilled(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	for name, set := range map[string]func(*faultproxy.Proxy, func() bool){
		"after the journal, before the queue": func(proxy *faultproxy.Proxy, die func() bool) { proxy.On(faultproxy.Client, "demo:17", die) },
		"after the queue, before the answer":  func(proxy *faultproxy.Proxy, die func() bool) { proxy.On(faultproxy.Server, "created", die) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlant(t)
			proxy := faultproxy.Start(t, p.redis.Addr)
			p.startWeb(proxy.Addr)
			set(proxy, func() bool { p.web.Signal(syscall.SIGKILL); return false })
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/api/v1/mosaics", strings.NewReader(small))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
				res.Body.Close()
				t.Fatalf("an answer of %d from a killed front end", res.StatusCode)
			}
			p.web.Wait()
			p.startWeb(p.redis.Addr)
			p.helper()
			var ids []string
			testenv.WaitFor(t, "one completion key", func() bool {
				ids = p.client.Keys(context.Background(), "{smalti}:done:*").Val()
				return len(ids) > 0
			})
			if len(ids) != 1 {
				t.Fatalf("one request became %v", ids)
			}
			p.done(strings.TrimPrefix(ids[0], "{smalti}:done:"), 1)
		})
	}
}

// Somebody whose connection broke asks again, and gets the mosaic that was accepted the first time.
func TestRequestRepeatedAfterTheFrontEndDied(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	proxy := faultproxy.Start(t, p.redis.Addr)
	p.startWeb(proxy.Addr)
	maker := []string{"Idempotency-Key", aKey, "Cookie", client.OwnerCookie + "=" + job.NewID()}
	proxy.On(faultproxy.Server, "created", func() bool { p.web.Signal(syscall.SIGKILL); return false })
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/api/v1/mosaics", strings.NewReader(small))
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(maker); i += 2 {
		req.Header.Set(maker[i], maker[i+1])
	}
	if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
		res.Body.Close()
		t.Fatalf("an answer of %d from a killed front end", res.StatusCode)
	}
	p.web.Wait()
	p.startWeb(p.redis.Addr)
	first := accept(t, p.base, small, maker...)
	if again := accept(t, p.base, small, maker...); again != first {
		t.Errorf("the same key gives %s and %s", first, again)
	}
	if n := p.client.ZCard(t.Context(), "{smalti}:open").Val(); n != 1 {
		t.Errorf("%d jobs for one request", n)
	}
	p.helper()
	p.done(first, 1)
}

// The store is in the front end: when that is killed in the middle of an upload, the worker waits for
// it, and delivers.
func TestStoreKilledInTheMiddleOfAnUpload(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	ftp := faultproxy.StartFTP(t, p.ftp)
	killed := make(chan struct{})
	ftp.After(faultproxy.Data, 2000, func() bool {
		p.web.Signal(syscall.SIGKILL)
		close(killed)
		return true
	})
	w := p.startWorker(p.redis.Addr, ftp.Addr)
	id := accept(t, p.base, small)
	<-killed
	p.web.Wait()
	p.startWeb(p.redis.Addr)
	expectDone(t, p.base, id, soon)
	// The store may have it, and the page show it, before the worker says so.
	testenv.WaitFor(t, "the worker to say that it is done", func() bool { return count(w, "job done", id) > 0 })
	if n := count(w, "job done", id); n != 1 {
		t.Errorf("done %d times:\n%s", n, w.out)
	}
}

// SIGTERM in the middle of a job: it is handed back, and the attempt does not count.
func TestWorkerToldToStopHandsItsJobBack(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	hold := make(chan struct{})
	asked := make(chan struct{}, 100)
	host := photoHost(t, func(string) { asked <- struct{}{}; <-hold })
	w := p.startWorker(p.redis.Addr, p.ftp, "-drain", "500ms", "-lease", "1m")
	id := accept(t, p.base, from(host, quick))
	<-asked
	w.Signal(syscall.SIGTERM)
	if code := w.Wait(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, w.out)
	}
	if st, _ := p.client.HMGet(t.Context(), "{smalti}:job:"+id, "state", "attempts").Result(); st[0] != "queued" || st[1] != "0" {
		t.Errorf("state and attempts are %v, want queued, 0", st)
	}
	close(hold)
	p.helper()
	p.done(id, 1)
}

// A worker that is told to stop while nothing answers any more ends all the same. Its lease, and the
// sweep, do what it cannot.
func TestWorkerToldToStopWhileNothingAnswers(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	redis, ftp := faultproxy.Start(t, p.redis.Addr), faultproxy.StartFTP(t, p.ftp)
	hold, first := make(chan struct{}), make(chan struct{}, 100)
	host := photoHost(t, func(string) { first <- struct{}{}; <-hold })
	t.Cleanup(func() { close(hold) })
	w := p.startWorker(redis.Addr, ftp.Addr, "-drain", "200ms", "-log-level", "debug")
	accept(t, p.base, from(host, quick))
	<-first
	redis.Stall()
	ftp.Stall()
	w.Signal(syscall.SIGTERM)
	ended := make(chan struct{})
	go func() { w.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second): // asked is the drain time and 5 s
		t.Errorf("it does not end:\n%s", w.out)
	}
	if state := p.client.HGet(t.Context(), "{smalti}:job:"+p.only(), "state").Val(); state == string(job.Failed) {
		t.Errorf("the job is %s", state)
	}
}

// only is the id of the one job that is open.
func (p *plant) only() string {
	p.t.Helper()
	ids := p.client.ZRange(p.t.Context(), "{smalti}:open", 0, -1).Val()
	if len(ids) != 1 {
		p.t.Fatalf("%d open jobs", len(ids))
	}
	return ids[0]
}
