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

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

// honest are the people who only want their mosaics. Each has an address of his own.
type honest struct {
	*target
	stats      stats
	known      string // a mosaic that is done
	people     atomic.Int64
	busy       sync.WaitGroup
	worstPlace atomic.Int64 // of a postcard, see jobStarts
}

const (
	pages         = 20 // that are open
	pollEvery     = 500 * time.Millisecond
	postcardEvery = 1500 * time.Millisecond
	uploadEvery   = 2500 * time.Millisecond
	friends       = 12
)

// person is somebody new.
type person struct {
	*honest
	harness.Client
	n int
}

func (h *honest) person() *person {
	p := &person{honest: h, n: int(h.people.Add(1)) - 1}
	p.HTTP, p.URL = clientAt(honestIP(p.n)), func() string { return h.url(p.n) }
	p.HTTP.Timeout = 20 * time.Second
	return p
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

// come has people come until coming ends. They then wait for the mosaics that they requested, until all
// ends; see busy.
func (h *honest) come(coming, all context.Context) {
	for range pages {
		h.busy.Go(func() { h.person().keepPageOpen(coming) })
	}
	every := func(wait time.Duration, visit func(*person)) {
		h.busy.Go(func() {
			for pause.For(coming, wait) {
				h.busy.Go(func() { visit(h.person()) })
			}
		})
	}
	every(postcardEvery, func(p *person) { p.postcard(all) })
	every(uploadEvery, func(p *person) { p.upload(all) })
}

func (p *person) keepPageOpen(ctx context.Context) {
	etag := ""
	for i := p.n; pause.For(ctx, pollEvery); i++ {
		switch i % 20 {
		case 0:
			p.get("/")
		case 10:
			p.get("/files/" + p.known + "/plan.json")
		default:
			etag = p.get(harness.MosaicPath(p.known), "If-None-Match", etag).ETag
		}
	}
}

// get reads something that exists. The end of the attack does not cut it off, so that a request that the
// attack broke is not mistaken for one that was cut off.
func (p *person) get(path string, headers ...string) harness.Response {
	began := time.Now()
	res, err := p.Get(context.Background(), path, headers...)
	p.note(began, "GET "+path, err)
	if err == nil && res.Code != http.StatusOK && res.Code != http.StatusNotModified {
		p.stats.fail(0, "GET %s: %d", path, res.Code)
	}
	return res
}

// note notes how long a request took, and whether it had an answer.
func (p *person) note(began time.Time, what string, err error) {
	if err != nil {
		p.stats.fail(time.Since(began), "%s: %v", what, err)
	} else {
		p.stats.ok(time.Since(began))
	}
}

// postcard requests a small mosaic of photos at another host. It returns its id when it is done.
func (p *person) postcard(ctx context.Context) (id string) {
	people := make([]harness.Friend, friends)
	for i := range people {
		people[i] = harness.Friend{ID: fmt.Sprint(i), Name: fmt.Sprintf("Friend %d", i), Photo: p.Photos.URL(p.n*friends + i)}
	}
	return p.mosaic(ctx, "postcard", harness.ListRequest("postcard", p.Photos.URL(p.n), people, nil))
}

// upload requests a small mosaic of uploaded photos.
func (p *person) upload(ctx context.Context) {
	photos := make([]harness.File, friends)
	for i := range photos {
		photos[i] = harness.File{Name: fmt.Sprintf("Friend %d.jpg", i), Data: p.Photos.File(p.n + i)}
	}
	p.mosaic(ctx, "upload", harness.UploadRequest("postcard", p.Photos.File(p.n), photos))
}

// mosaic requests a mosaic, polls it until it is done, and checks that everybody is in it.
func (p *person) mosaic(ctx context.Context, what string, r harness.Request) string {
	defer p.HTTP.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, p.duration+patience)
	defer cancel()
	began := time.Now()
	id, _, err := p.Post(ctx, r)
	if err != nil {
		p.stats.fail(time.Since(began), "%s: %v", what, err)
		return ""
	}
	p.stats.ok(time.Since(began))
	accepted := time.Now()
	if what == "postcard" {
		defer func() { raise(&p.worstPlace, int64(p.starts.place(id, accepted))) }()
	}
	m := harness.Mosaic{}
	for !m.Final() {
		if !pause.For(ctx, pollEvery) {
			p.stats.fail(0, "%s %s is not done after %v", what, id, time.Since(accepted).Round(time.Second))
			return ""
		}
		_ = json.Unmarshal(p.get(harness.MosaicPath(id)).Body, &m) // if that fails, it polls again
	}
	if m.State != "done" {
		p.stats.fail(0, "%s %s: %+v", what, id, m.Failure)
		return ""
	}
	var plan struct{ Friends []struct{ Name string } }
	if err := json.Unmarshal(p.get("/files/"+id+"/plan.json").Body, &plan); err != nil || len(plan.Friends) != friends {
		p.stats.fail(0, "%s %s shows %d of %d friends", what, id, len(plan.Friends), friends)
		return ""
	}
	return id
}
