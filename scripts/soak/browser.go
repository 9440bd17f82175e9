//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
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
	photo    func(i int) string // the address of a friend's picture
	oracle   *oracle
	recovery *recovery

	next      atomic.Int64 // order to be placed
	transport *http.Transport
	failure   atomic.Pointer[error] // of the soak itself: a request that should have been right was refused
}

func newCrowd(bases []string, photo func(int) string, seed uint64, jobs, browsers int, o *oracle, r *recovery) *crowd {
	return &crowd{
		bases: bases, photo: photo, seed: seed, jobs: jobs, oracle: o, recovery: r,
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
		id, err := b.post(accept, orderOf(b.seed, i, b.photo))
		if err != nil {
			if accept.Err() == nil {
				b.failure.CompareAndSwap(nil, &err)
			}
			return
		}
		if b.follow(ctx, id) {
			b.files(ctx, id)
		}
		b.lookBack(ctx)
	}
}

// post asks for a mosaic until a server answers, always with the same key.
func (b *browser) post(ctx context.Context, o order) (id string, err error) {
	for {
		code, body, _, err := b.do(ctx, "POST", "/api/v1/mosaics", o.body, "Content-Type", "application/json", "Idempotency-Key", o.key)
		var accepted struct {
			ID string `json:"id"`
		}
		switch {
		case err == nil && code == http.StatusAccepted && json.Unmarshal(body, &accepted) == nil:
			b.oracle.accepted(accepted.ID, o.key)
			return accepted.ID, nil
		case err == nil && code < 500:
			return "", fmt.Errorf("POST was answered with %d %s", code, body)
		}
		if !rig.Wait(ctx, 100*time.Millisecond+upTo(b.rand, 200*time.Millisecond)) {
			return "", ctx.Err()
		}
	}
}

// follow polls until a mosaic has ended, and reports whether it is done.
func (b *browser) follow(ctx context.Context, id string) bool {
	for {
		pause := 500 * time.Millisecond
		if a := b.poll(ctx, id); a != nil {
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

// poll shows one answer to the oracle. It is nil when there was none.
func (b *browser) poll(ctx context.Context, id string) *rig.Answer {
	code, body, _, err := b.do(ctx, "GET", "/api/v1/mosaics/"+id, nil)
	if err != nil || code >= 500 {
		return nil
	}
	var a rig.Answer
	if code != http.StatusOK {
		b.oracle.gone(id, code)
		return nil
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return nil // cut off
	}
	b.oracle.look(id, &a)
	return &a
}

// files reads every file of a mosaic that is done. What has been read before is asked for as a
// browser's cache would: 304 says that it is the same still.
func (b *browser) files(ctx context.Context, id string) {
	for {
		a := b.poll(ctx, id)
		if a != nil && a.State == "done" {
			known := b.oracle.sums(id)
			whole := len(a.Links) > 1 // besides the page
			for name, path := range a.Links {
				if name != "page" && whole {
					whole = b.file(ctx, id, name, path, known[name])
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
	code, body, tag, err := b.do(ctx, "GET", path, nil, header...)
	if err != nil || code >= 500 {
		return false
	}
	switch code {
	case http.StatusNotModified:
	case http.StatusOK:
		sum := sha256.Sum256(body)
		b.oracle.file(id, name, hex.EncodeToString(sum[:]), strings.Trim(tag, `"`))
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
	if id, ended := b.oracle.at(b.rand.IntN(n)); ended {
		if a := b.poll(ctx, id); a != nil && a.State == "done" && b.rand.IntN(4) == 0 {
			b.files(ctx, id)
		}
	}
}

// do sends one request and reads the whole answer.
func (b *browser) do(ctx context.Context, method, path string, body []byte, header ...string) (code int, data []byte, tag string, err error) {
	base := b.bases[b.rand.IntN(len(b.bases))]
	return rig.Do(ctx, b.client, method, base+path, body, header...)
}
