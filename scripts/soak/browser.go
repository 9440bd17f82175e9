//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync/atomic"
	"time"

	"smalti/pkg/rig"
)

// crowd is all browsers together.
type crowd struct {
	bases    []string // of the web servers; a browser goes to any of them, as behind a load balancer
	seed     uint64
	jobs     int
	pictures pictures
	oracle   *oracle
	recovery *recovery

	next      atomic.Int64 // order to be placed
	uploading atomic.Int64 // browsers that send photos at this moment
	full      atomic.Int64 // times that a request was answered with 503
	uploads   atomic.Int64 // mosaics of uploaded photos that were accepted
	transport *http.Transport
	failure   atomic.Pointer[error] // of the soak itself: a request that should have been right was refused
}

func newCrowd(bases []string, p pictures, seed uint64, jobs, browsers int, o *oracle, r *recovery) *crowd {
	return &crowd{
		bases: bases, pictures: p, seed: seed, jobs: jobs, oracle: o, recovery: r,
		transport: &http.Transport{MaxIdleConnsPerHost: browsers, DisableCompression: true},
	}
}

// browser is one person's: it has a cookie, and follows one mosaic at a time.
type browser struct {
	*crowd
	client *http.Client
	rand   *rand.Rand
}

func (c *crowd) browser(i int) *browser {
	jar, _ := cookiejar.New(nil) // cannot fail without options
	return &browser{
		crowd: c, rand: rand.New(rand.NewPCG(c.seed, 1<<32+uint64(i))),
		client: &http.Client{Transport: c.transport, Jar: jar, Timeout: 15 * time.Second},
	}
}

// run asks for one mosaic after the other while accept lasts, and follows each to its end.
func (b *browser) run(ctx, accept context.Context) {
	for accept.Err() == nil {
		i := int(b.next.Add(1)) - 1
		if i >= b.jobs {
			return
		}
		o := orderOf(b.seed, i, b.pictures)
		id, err := b.post(accept, &o)
		if err != nil {
			if accept.Err() == nil {
				b.failure.CompareAndSwap(nil, &err)
			}
			return
		}
		b.experience(ctx, id, &o)
		b.lookBack(ctx)
	}
}

// experience is what a browser does with a mosaic that was accepted.
func (b *browser) experience(ctx context.Context, id string, o *order) {
	if o.twice {
		b.again(ctx, id, o)
	}
	if o.deletion == whileItWaits {
		rig.Wait(ctx, upTo(b.rand, 2*time.Second))
		b.delete(ctx, id)
		return
	}
	if !b.follow(ctx, id) {
		return
	}
	b.files(ctx, id)
	if o.deletion == whenItIsDone {
		b.delete(ctx, id)
	}
}

// post asks for a mosaic until a server accepts it, always with the same key. A queue that is full is as
// good as none: nothing was accepted.
func (b *browser) post(ctx context.Context, o *order) (id string, err error) {
	for {
		pause := 100*time.Millisecond + upTo(b.rand, 200*time.Millisecond)
		code, id, err := b.send(ctx, o)
		switch {
		case code == http.StatusAccepted:
			b.oracle.accepted(id, o)
			if o.uploaded {
				b.uploads.Add(1)
			}
			return id, nil
		case code == http.StatusServiceUnavailable:
			b.full.Add(1)
			pause *= 4
		case code != 0 && code < 500:
			return "", err
		}
		if !rig.Wait(ctx, pause) {
			return "", ctx.Err()
		}
	}
}

// again sends an order once more, as a double click does. What is answered, other than with 202, matters
// to nobody: the first one counts.
func (b *browser) again(ctx context.Context, id string, o *order) {
	rig.Wait(ctx, upTo(b.rand, time.Second))
	if code, same, _ := b.send(ctx, o); code == http.StatusAccepted {
		b.oracle.repeated(id, same)
	}
}

// send sends an order. The code is 0 where there was no answer; the error says what was answered instead
// of 202.
func (b *browser) send(ctx context.Context, o *order) (code int, id string, err error) {
	if o.uploaded {
		b.uploading.Add(1)
		defer b.uploading.Add(-1)
	}
	req, err := http.NewRequestWithContext(ctx, "POST", b.base()+"/api/v1/mosaics", pieces(o.body, o.slow))
	if err != nil {
		return 0, "", err
	}
	req.ContentLength = int64(len(o.body))
	req.Header.Set("Content-Type", o.kind)
	req.Header.Set("Idempotency-Key", o.key)
	res, err := b.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, "", err
	}
	if res.StatusCode != http.StatusAccepted {
		return res.StatusCode, "", fmt.Errorf("POST was answered with %d %s", res.StatusCode, body)
	}
	var a rig.Answer
	if err := json.Unmarshal(body, &a); err != nil {
		return 0, "", err
	}
	return res.StatusCode, a.ID, nil
}

// delete asks for a mosaic's deletion until that is confirmed.
func (b *browser) delete(ctx context.Context, id string) {
	b.oracle.deleting(id)
	for first := true; ; first = false {
		code, _, _, err := b.do(ctx, "DELETE", "/api/v1/mosaics/"+id, nil)
		switch {
		case err != nil || code >= 500 || code == http.StatusAccepted: // not by all web servers yet
		case code == http.StatusNoContent, !first && (code == http.StatusNotFound || code == http.StatusGone): // the answer before was lost
			b.oracle.deleted(id)
			b.recovery.final(id)
			return
		default:
			b.oracle.refused(id, code)
			b.recovery.final(id)
			return
		}
		if !rig.Wait(ctx, 100*time.Millisecond+upTo(b.rand, 200*time.Millisecond)) {
			return
		}
	}
}

// follow polls until a mosaic has ended, and reports whether it is done.
func (b *browser) follow(ctx context.Context, id string) bool {
	for {
		pause := 500 * time.Millisecond
		if a, _ := b.poll(ctx, id); a != nil {
			if a.Final() {
				b.recovery.final(id)
				return a.State == "done"
			}
			pause = min(time.Duration(a.PollAfter)*time.Millisecond, 3*time.Second)
		}
		if b.recovery.waits(id) {
			pause = min(pause, 200*time.Millisecond) // somebody presses F5
		}
		if !rig.Wait(ctx, pause/2+upTo(b.rand, pause/2+time.Millisecond)) {
			return false
		}
	}
}

// poll shows one answer to the oracle. It is nil where there is no such mosaic, and where there was no
// answer; known tells one from the other.
func (b *browser) poll(ctx context.Context, id string) (a *rig.Answer, known bool) {
	asked := time.Now()
	code, body, _, err := b.do(ctx, "GET", "/api/v1/mosaics/"+id, nil)
	if err != nil || code >= 500 {
		return nil, false
	}
	if code != http.StatusOK {
		b.oracle.gone(id, code)
		return nil, true
	}
	a = &rig.Answer{}
	if err := json.Unmarshal(body, a); err != nil {
		return nil, false // cut off
	}
	b.oracle.look(id, a, asked)
	return a, true
}

// files reads every file of a mosaic that is done. What has been read before is asked for as a
// browser's cache would: 304 says that it is the same still.
func (b *browser) files(ctx context.Context, id string) {
	for {
		a, known := b.poll(ctx, id)
		if known && a == nil {
			return
		}
		if a != nil && a.State == "done" {
			sums := b.oracle.sums(id)
			whole := len(a.Links) > 1 // besides the page
			for name, path := range a.Links {
				if name != "page" && whole {
					whole = b.file(ctx, id, name, path, sums[name])
				}
			}
			if whole {
				return
			}
		}
		if !rig.Wait(ctx, 100*time.Millisecond+upTo(b.rand, 400*time.Millisecond)) {
			return
		}
	}
}

// file reports whether it got an answer.
func (b *browser) file(ctx context.Context, id, name, path, known string) bool {
	var header []string
	if known != "" {
		header = []string{"If-None-Match", `"` + known + `"`}
	}
	asked := time.Now()
	code, body, tag, err := b.do(ctx, "GET", path, nil, header...)
	if err != nil || code >= 500 {
		return false
	}
	switch code {
	case http.StatusNotModified:
		b.oracle.unchanged(id, name, asked)
	case http.StatusOK:
		b.oracle.file(id, name, body, strings.Trim(tag, `"`), asked)
	default:
		b.oracle.lose(id, fmt.Sprintf("%s was answered with %d", name, code))
	}
	return true
}

// lookBack opens some earlier mosaic again, as people do who kept the link.
func (b *browser) lookBack(ctx context.Context) {
	n, _ := b.oracle.count()
	if n == 0 {
		return
	}
	switch id, f, _ := b.oracle.at(b.rand.IntN(n)); f {
	case ended:
		if a, _ := b.poll(ctx, id); a != nil && a.State == "done" && b.rand.IntN(4) == 0 {
			b.files(ctx, id)
		}
	case deleted:
		b.seekDeleted(ctx, id)
	}
}

// seekDeleted looks for a mosaic that should not be there any more. It reports whether everything was
// answered.
func (b *browser) seekDeleted(ctx context.Context, id string) bool {
	_, whole := b.poll(ctx, id)
	asked := time.Now()
	code, _, _, err := b.do(ctx, "GET", "/m/"+id, nil)
	if err == nil && code == http.StatusOK {
		b.oracle.page(id, asked)
	}
	whole = whole && err == nil && code < 500
	return b.file(ctx, id, planFile, "/files/"+id+"/"+planFile, "") && whole
}

// do sends one request and reads the whole answer.
func (b *browser) do(ctx context.Context, method, path string, body []byte, header ...string) (code int, data []byte, tag string, err error) {
	return rig.Do(ctx, b.client, method, b.base()+path, body, header...)
}

func (b *browser) base() string { return b.bases[b.rand.IntN(len(b.bases))] }

// pieces reads data, all of it at once or slowly, in pieces.
func pieces(data []byte, takes time.Duration) io.Reader {
	if takes == 0 {
		return bytes.NewReader(data)
	}
	return &slowReader{data, len(data)/8 + 1, takes / 8}
}

type slowReader struct {
	data  []byte
	piece int
	pause time.Duration
}

func (s *slowReader) Read(p []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.pause)
	n := copy(p, s.data[:min(s.piece, len(s.data))])
	s.data = s.data[n:]
	return n, nil
}
