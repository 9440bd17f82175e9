//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

// browsers is what all browsers share.
type browsers struct {
	urls     []string // of the web servers; each request goes to any of them, as behind a load balancer
	seed     uint64
	jobs     int
	pictures pictures
	oracle   *oracle
	recovery *recoveryTimer

	next      atomic.Int64 // number of the next request
	uploading atomic.Int64 // browsers that are sending photos
	refused   atomic.Int64 // answers with 503 to a request
	uploads   atomic.Int64 // accepted mosaics of uploaded photos
	transport *http.Transport
	failure   atomic.Pointer[error] // of the soak itself: a correct request was refused
}

func newBrowsers(urls []string, p pictures, seed uint64, jobs int, o *oracle, r *recoveryTimer) *browsers {
	return &browsers{
		urls: urls, pictures: p, seed: seed, jobs: jobs, oracle: o, recovery: r,
		transport: &http.Transport{MaxIdleConnsPerHost: 1000, DisableCompression: true},
	}
}

// browser has a cookie, and follows one mosaic at a time.
type browser struct {
	*browsers
	harness.Client
	rand *rand.Rand
}

func (c *browsers) browser(i int) *browser {
	jar, _ := cookiejar.New(nil) // cannot fail without options
	b := &browser{browsers: c, rand: rand.New(rand.NewPCG(c.seed, 1<<32+uint64(i)))}
	b.HTTP = &http.Client{Transport: c.transport, Jar: jar, Timeout: 15 * time.Second}
	b.URL = func() string { return c.urls[b.rand.IntN(len(c.urls))] }
	return b
}

// run requests one mosaic after the other while accept lasts, and follows each to its end.
func (b *browser) run(ctx, accept context.Context) {
	for accept.Err() == nil {
		i := int(b.next.Add(1)) - 1
		if i >= b.jobs {
			return
		}
		q := drawRequest(b.seed, i, b.pictures)
		id, err := b.request(accept, &q)
		if err != nil {
			if accept.Err() == nil {
				b.failure.CompareAndSwap(nil, &err)
			}
			return
		}
		b.follow(ctx, id, &q)
		b.revisit(ctx)
	}
}

// request sends a request, always with the same key, until a server accepts it.
func (b *browser) request(ctx context.Context, q *request) (id string, err error) {
	for {
		id, code, err := b.send(ctx, q)
		wait := 100*time.Millisecond + below(b.rand, 200*time.Millisecond)
		switch {
		case err == nil:
			b.oracle.accepted(id, q)
			if q.uploaded {
				b.uploads.Add(1)
			}
			return id, nil
		case code == http.StatusServiceUnavailable:
			b.refused.Add(1)
			wait *= 4
		case code >= 400 && code < 500:
			return "", err
		}
		if !pause.For(ctx, wait) {
			return "", ctx.Err()
		}
	}
}

func (b *browser) send(ctx context.Context, q *request) (id string, code int, err error) {
	if q.uploaded {
		b.uploading.Add(1)
		defer b.uploading.Add(-1)
	}
	id, res, err := b.Post(ctx, q.Request)
	return id, res.Code, err
}

// follow is what a browser does with an accepted mosaic.
func (b *browser) follow(ctx context.Context, id string, q *request) {
	if q.twice {
		pause.For(ctx, below(b.rand, time.Second))
		// Other answers than 202 do not matter: the first request counts.
		if same, _, err := b.send(ctx, q); err == nil {
			b.oracle.repeated(id, same)
		}
	}
	if q.deletion == whileWaiting {
		pause.For(ctx, below(b.rand, 2*time.Second))
		b.delete(ctx, id)
		return
	}
	if !b.awaitEnd(ctx, id) {
		return
	}
	b.files(ctx, id)
	if q.deletion == whenDone {
		b.delete(ctx, id)
	}
}

// delete requests a mosaic's deletion until it is confirmed.
func (b *browser) delete(ctx context.Context, id string) {
	b.oracle.deleting(id)
	for first := true; ; first = false {
		res, err := b.Delete(ctx, id)
		switch {
		case err != nil || res.Code >= 500 || res.Code == http.StatusAccepted: // not by all web servers yet
		case res.Code == http.StatusNoContent, !first && (res.Code == http.StatusNotFound || res.Code == http.StatusGone): // the answer before was lost
			b.oracle.deleted(id)
			b.recovery.final(id)
			return
		default:
			b.oracle.refused(id, res.Code)
			b.recovery.final(id)
			return
		}
		if !pause.For(ctx, 100*time.Millisecond+below(b.rand, 200*time.Millisecond)) {
			return
		}
	}
}

// awaitEnd polls until a mosaic has ended, and reports whether it is done.
func (b *browser) awaitEnd(ctx context.Context, id string) bool {
	for {
		wait := 500 * time.Millisecond
		if m, _ := b.poll(ctx, id); m != nil {
			if m.Final() {
				b.recovery.final(id)
				return m.State == "done"
			}
			wait = min(time.Duration(m.PollAfter)*time.Millisecond, 3*time.Second)
		}
		if b.recovery.pends(id) {
			wait = min(wait, 200*time.Millisecond)
		}
		if !pause.For(ctx, wait/2+below(b.rand, wait/2+time.Millisecond)) {
			return false
		}
	}
}

// poll shows one answer to the oracle. The mosaic is nil if there is none, and if there was no answer;
// known tells these apart.
func (b *browser) poll(ctx context.Context, id string) (m *harness.Mosaic, known bool) {
	asked := time.Now()
	m, res, err := b.Poll(ctx, id, "")
	switch {
	case err != nil || res.Code >= 500:
		return nil, false
	case m == nil:
		b.oracle.gone(id, res.Code)
	default:
		b.oracle.polled(id, m, asked)
	}
	return m, true
}

// files reads every file of a mosaic that is done.
func (b *browser) files(ctx context.Context, id string) {
	for {
		m, known := b.poll(ctx, id)
		if known && m == nil {
			return
		}
		if m != nil && m.State == "done" {
			sums := b.oracle.sums(id)
			whole := len(m.Links) > 1 // besides the page
			for name, path := range m.Links {
				if name != "page" && whole {
					whole = b.file(ctx, id, name, path, sums[name])
				}
			}
			if whole {
				return
			}
		}
		if !pause.For(ctx, 100*time.Millisecond+below(b.rand, 400*time.Millisecond)) {
			return
		}
	}
}

// file reads a file unless it still has the given SHA-256, which is its ETag. It reports whether there was
// an answer.
func (b *browser) file(ctx context.Context, id, name, path, sum string) bool {
	if sum != "" {
		sum = `"` + sum + `"`
	}
	asked := time.Now()
	res, err := b.Get(ctx, path, "If-None-Match", sum)
	if err != nil || res.Code >= 500 {
		return false
	}
	switch res.Code {
	case http.StatusNotModified:
		b.oracle.visible(id, name+" was there", asked)
	case http.StatusOK:
		b.oracle.file(id, name, res.Body, strings.Trim(res.ETag, `"`), asked)
	default:
		b.oracle.lose(id, fmt.Sprintf("%s: %d", name, res.Code))
	}
	return true
}

// revisit opens some earlier mosaic again, as people do who kept the link.
func (b *browser) revisit(ctx context.Context) {
	n, _ := b.oracle.count()
	if n == 0 {
		return
	}
	switch id, f, _ := b.oracle.at(b.rand.IntN(n)); f {
	case ended:
		if m, _ := b.poll(ctx, id); m != nil && m.State == "done" && b.rand.IntN(4) == 0 {
			b.files(ctx, id)
		}
	case deleted:
		b.seekDeleted(ctx, id)
	}
}

// seekDeleted looks for a deleted mosaic. It reports whether every request was answered.
func (b *browser) seekDeleted(ctx context.Context, id string) bool {
	_, answered := b.poll(ctx, id)
	asked := time.Now()
	res, err := b.Get(ctx, "/m/"+id)
	if err == nil && res.Code == http.StatusOK {
		b.oracle.visible(id, "its page was shown", asked)
	}
	return b.file(ctx, id, planFile, "/files/"+id+"/"+planFile, "") && answered && err == nil && res.Code < 500
}

// lookAgain opens every mosaic that has ended once more, after the last fault, and reads the files of those
// whose people were not counted before.
func (c *browsers) lookAgain(ctx context.Context, count int) {
	n, _ := c.oracle.count()
	var all sync.WaitGroup
	for i := range count {
		b := c.browser(count + i)
		all.Go(func() {
			for k := i; k < n && ctx.Err() == nil; k += count {
				b.lookAgain(ctx, k)
			}
		})
	}
	all.Wait()
}

func (b *browser) lookAgain(ctx context.Context, k int) {
	const wait = 200 * time.Millisecond
	switch id, f, counted := b.oracle.at(k); f {
	case ended:
		m, known := b.poll(ctx, id)
		for !known && pause.For(ctx, wait) {
			m, known = b.poll(ctx, id)
		}
		if m != nil && m.State == "done" && (k%10 == 0 || !counted) {
			b.files(ctx, id)
		}
	case deleted:
		for !b.seekDeleted(ctx, id) && pause.For(ctx, wait) {
		}
	}
}
