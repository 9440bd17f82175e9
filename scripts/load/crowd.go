//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/rig"
)

// order is what each mosaic is.
type order struct {
	friends       int
	columns, rows int
	tile          int
	known         float64 // share of the friends whose photo other mosaics have, too
}

// body of the request for the i-th mosaic. All addresses of unknown photos are different, so that none
// of them is in the cache.
func (o order) body(i int, photo func(int) string) []byte {
	r := rand.New(rand.NewPCG(1, uint64(i)))
	friends := make([]rig.Friend, o.friends)
	fresh := rig.PhotoCount + i*(o.friends+1)
	for f := range friends {
		n := fresh + f
		if r.Float64() < o.known {
			n = f % rig.PhotoCount
		}
		friends[f] = rig.Friend{ID: fmt.Sprint(f + 1), Photo: photo(n)}
	}
	return rig.ListRequest("", photo(fresh+o.friends), friends, map[string]any{
		"columns": o.columns, "rows": o.rows, "tile": o.tile, "repeat_distance": 0, "everyone": false,
	})
}

// crowd are the people who ask for mosaics and look at the page of each until it has ended.
type crowd struct {
	order  order
	base   string
	photo  func(int) string
	times  *times
	client *http.Client

	next    atomic.Int64
	looking sync.WaitGroup
	failure atomic.Pointer[error] // of the first request that was refused
}

func newCrowd(o order, base string, photo func(int) string, t *times) *crowd {
	transport := &http.Transport{MaxIdleConnsPerHost: 10_000, DisableCompression: true}
	return &crowd{order: o, base: base, photo: photo, times: t, client: &http.Client{Transport: transport, Timeout: 15 * time.Second}}
}

// keep has so many mosaics under way until ctx ends: whoever has his asks for the next one.
func (c *crowd) keep(ctx context.Context, mosaics int) {
	for range mosaics {
		c.looking.Go(func() {
			for ctx.Err() == nil {
				c.one(ctx)
			}
		})
	}
	c.looking.Wait()
}

// arrive has people come by themselves, as many a second on average, until ctx ends.
func (c *crowd) arrive(ctx context.Context, rate float64) {
	r := rand.New(rand.NewPCG(1, 0))
	for next := time.Now(); ; {
		next = next.Add(time.Duration(r.ExpFloat64() / rate * float64(time.Second)))
		if !rig.Wait(ctx, time.Until(next)) {
			break
		}
		c.looking.Go(func() { c.one(ctx) })
	}
	c.looking.Wait()
}

// one asks for a mosaic, and looks at its page until it has ended.
func (c *crowd) one(ctx context.Context) {
	id, err := c.post(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.failure.CompareAndSwap(nil, &err)
			rig.Wait(ctx, time.Second)
		}
		return
	}
	c.follow(ctx, id)
}

func (c *crowd) post(ctx context.Context) (id string, err error) {
	asked := time.Now()
	body := c.order.body(int(c.next.Add(1)), c.photo)
	code, data, _, err := rig.Do(ctx, c.client, "POST", c.base+"/api/v1/mosaics", body, "Content-Type", "application/json")
	if err != nil {
		return "", err
	}
	var a rig.Answer
	if code != http.StatusAccepted || json.Unmarshal(data, &a) != nil {
		return "", fmt.Errorf("POST was answered with %d %s", code, data)
	}
	c.times.asked(a.ID, asked)
	return a.ID, nil
}

// follow polls as web/static/poll.js does.
func (c *crowd) follow(ctx context.Context, id string) {
	pause, tag := time.Second, ""
	for ctx.Err() == nil {
		code, data, newTag, err := rig.Do(ctx, c.client, "GET", c.base+"/api/v1/mosaics/"+id, nil, "If-None-Match", tag)
		c.times.polled()
		var a rig.Answer
		switch {
		case err != nil: // asked again
		case code == http.StatusOK && json.Unmarshal(data, &a) == nil:
			if a.Final() {
				if a.State != "done" {
					c.times.wentAway()
				}
				return
			}
			tag, pause = newTag, time.Duration(a.PollAfter)*time.Millisecond
		}
		if !rig.Wait(ctx, time.Duration(float64(pause)*(1+rand.Float64()/5))) {
			return
		}
	}
}
