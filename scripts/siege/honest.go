//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/rig"
)

// honest are the people who want nothing but their mosaics. Each has an address of its own.
type honest struct {
	*field
	stats  stats
	known  string // a mosaic that is done
	people atomic.Int64
	busy   sync.WaitGroup
	worst  atomic.Int64 // place of a postcard
}

const (
	pages         = 20 // that somebody has open
	pollEvery     = 500 * time.Millisecond
	postcardEvery = 1500 * time.Millisecond
	uploadEvery   = 2500 * time.Millisecond
	friends       = 12
)

func newHonest(f *field) *honest { return &honest{field: f} }

// person is somebody new.
type person struct {
	*honest
	n      int
	client *http.Client
}

func (h *honest) person() *person {
	n := int(h.people.Add(1)) - 1
	c := clientAt(honestIP(n))
	c.Timeout = 20 * time.Second
	return &person{honest: h, n: n, client: c}
}

// warmUp makes one mosaic of each kind, so that what happens only once is not measured.
func (h *honest) warmUp(ctx context.Context) error {
	h.known = h.person().postcard(ctx)
	h.person().upload(ctx)
	if len(h.stats.failures) > 0 {
		return errors.New(h.stats.failures[0])
	}
	h.stats.took = nil
	return ctx.Err()
}

// come has people come by until coming ends. What they have asked for by then they get, or wait for it
// until all ends; see wait.
func (h *honest) come(coming, all context.Context) {
	for range pages {
		h.busy.Go(func() { h.person().lookOn(coming) })
	}
	every := func(pause time.Duration, ask func()) {
		h.busy.Go(func() {
			for rig.Wait(coming, pause) {
				h.busy.Go(ask)
			}
		})
	}
	every(postcardEvery, func() { h.person().postcard(all) })
	every(uploadEvery, func() { h.person().upload(all) })
}

func (h *honest) wait() { h.busy.Wait() }

// lookOn is a page that stays open.
func (p *person) lookOn(ctx context.Context) {
	tag := ""
	for i := p.n; rig.Wait(ctx, pollEvery); i++ {
		switch i % 20 {
		case 0:
			p.get("/")
		case 10:
			p.get("/files/" + p.known + "/plan.json")
		default:
			_, tag = p.get("/api/v1/mosaics/"+p.known, "If-None-Match", tag)
		}
	}
}

// get reads something that is there. It is not cut off by the end of the attack, so that nothing that
// the attack broke looks like that.
func (p *person) get(path string, header ...string) (body []byte, tag string) {
	code, body, tag := p.request(context.Background(), "GET", path, nil, header...)
	if code != http.StatusOK && code != http.StatusNotModified && code != 0 {
		p.stats.fail(0, "GET %s was answered with %d", path, code)
	}
	return body, tag
}

// request measures one request. The code is 0 where there was no answer, which has been noted.
func (p *person) request(ctx context.Context, method, path string, body []byte, header ...string) (code int, data []byte, tag string) {
	began := time.Now()
	code, data, tag, err := rig.Do(ctx, p.client, method, p.base(p.n)+path, body, header...)
	if err != nil {
		p.stats.fail(time.Since(began), "%s %s: %v", method, path, err)
		return 0, nil, ""
	}
	p.stats.ok(time.Since(began))
	return code, data, tag
}

// postcard asks for a small mosaic of pictures at another host. It returns its id when it is done.
func (p *person) postcard(ctx context.Context) (id string) {
	people := make([]rig.Friend, friends)
	for i := range people {
		people[i] = rig.Friend{ID: fmt.Sprint(i), Name: fmt.Sprintf("Friend %d", i), Photo: p.photos.URL(p.n*friends + i)}
	}
	body := rig.ListRequest("postcard", p.photos.URL(p.n), people, nil)
	return p.order(ctx, "postcard", body, "application/json")
}

// upload asks for a small mosaic of photos that are sent along.
func (p *person) upload(ctx context.Context) (id string) {
	photos := make([]rig.File, friends)
	for i := range photos {
		photos[i] = rig.File{Name: fmt.Sprintf("Friend %d.jpg", i), Data: p.photos.File(p.n + i)}
	}
	kind, body := rig.UploadRequest("postcard", p.photos.File(p.n), photos)
	return p.order(ctx, "upload", body, kind)
}

// order asks for a mosaic, looks at its page until it is done, and sees whether everybody is in it.
func (p *person) order(ctx context.Context, what string, body []byte, kind string) string {
	defer p.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, p.lasts+patience)
	defer cancel()
	code, answer, _ := p.request(ctx, "POST", "/api/v1/mosaics", body, "Content-Type", kind)
	accepted := time.Now()
	if code == 0 {
		return ""
	}
	var a rig.Answer
	if code != http.StatusAccepted || json.Unmarshal(answer, &a) != nil {
		p.stats.fail(0, "%s: POST was answered with %d %.200s", what, code, answer)
		return ""
	}
	id := a.ID
	if what == "postcard" {
		defer func() { p.placed(p.starts.place(id, accepted)) }()
	}
	for !a.Final() {
		if !rig.Wait(ctx, pollEvery) {
			p.stats.fail(0, "%s %s is not done after %v", what, id, time.Since(accepted).Round(time.Second))
			return ""
		}
		if body, _ := p.get("/api/v1/mosaics/" + id); body != nil {
			json.Unmarshal(body, &a) // one that cannot be read is not final
		}
	}
	if a.State != "done" {
		p.stats.fail(0, "%s %s: %+v", what, id, a.Failure)
		return ""
	}
	var plan struct{ Friends []struct{ Name string } }
	data, _ := p.get("/files/" + id + "/plan.json")
	if err := json.Unmarshal(data, &plan); err != nil || len(plan.Friends) != friends {
		p.stats.fail(0, "%s %s shows %d of %d friends", what, id, len(plan.Friends), friends)
		return ""
	}
	return id
}

// placed notes before which of the attacker's jobs a postcard began.
func (h *honest) placed(n int) {
	for {
		worst := h.worst.Load()
		if int64(n) <= worst || h.worst.CompareAndSwap(worst, int64(n)) {
			return
		}
	}
}
