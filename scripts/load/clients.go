//go:build linux

package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

// clients request mosaics and poll each until it has ended.
type clients struct {
	*harness.Client
	system *system
	mosaic mosaic

	next    atomic.Int64
	running sync.WaitGroup
	failure atomic.Pointer[error] // of the first request that was refused
}

// startClients lets clients arrive at random times at a rate a second. With rate 0 there are always some
// more mosaics than workers. The caller must call stop.
func (s *system) startClients(ctx context.Context, m mosaic, rate float64) (c *clients, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	c = &clients{Client: s.client(15 * time.Second), system: s, mosaic: m}
	if rate > 0 {
		c.running.Go(func() { c.arrive(ctx, rate) })
	} else {
		for range 2*s.jobs + 4 {
			c.running.Go(func() {
				for ctx.Err() == nil {
					c.one(ctx)
				}
			})
		}
	}
	return c, func() { cancel(); c.running.Wait() }
}

func (c *clients) arrive(ctx context.Context, rate float64) {
	r := rand.New(rand.NewPCG(1, 0))
	for next := time.Now(); ; {
		next = next.Add(time.Duration(r.ExpFloat64() / rate * float64(time.Second)))
		if !pause.For(ctx, time.Until(next)) {
			return
		}
		c.running.Go(func() { c.one(ctx) })
	}
}

// one requests a mosaic and polls it, as web/static/poll.js does, until it has ended.
func (c *clients) one(ctx context.Context) {
	asked := time.Now()
	id, _, err := c.Post(ctx, c.mosaic.request(int(c.next.Add(1)), c.system.Photos.URL))
	if err != nil {
		if ctx.Err() == nil {
			c.failure.CompareAndSwap(nil, &err)
			pause.For(ctx, time.Second)
		}
		return
	}
	times := c.system.times
	times.asked(id, asked)
	wait, etag := time.Second, ""
	for ctx.Err() == nil {
		m, res, _ := c.Poll(ctx, id, etag) // after an error it polls again
		times.polls.Add(1)
		if m != nil {
			if m.Final() {
				if m.State != "done" {
					times.failed.Add(1)
				}
				return
			}
			etag, wait = res.ETag, time.Duration(m.PollAfter)*time.Millisecond
		}
		pause.For(ctx, time.Duration(float64(wait)*(1+rand.Float64()/5)))
	}
}

// refused is the first request's error, or nil.
func (c *clients) refused() error {
	if err := c.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// awaitBusy waits until every worker has begun two jobs.
func (c *clients) awaitBusy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for c.system.times.workersThatBegan(2) < c.system.jobs {
		if !pause.For(ctx, 20*time.Millisecond) {
			return errors.Join(errors.New("not every worker has work"), c.refused())
		}
	}
	return nil
}
