//go:build linux

package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/rig"
)

// conductor delivers the faults of a plan to a fleet.
type conductor struct {
	fleet     *fleet
	recovery  *recovery
	ended     func() float64 // the share of all mosaics that has ended
	uploading func() bool    // whether a browser sends photos at this moment
	clock     *clock         // of Redis; nil: it cannot be changed

	kills      atomic.Int64 // SIGKILLs that ended a process
	restarts   atomic.Int64 // SIGTERMs
	stops      atomic.Int64
	cuts       atomic.Int64
	steps      atomic.Int64 // of the clock
	restarting sync.WaitGroup
}

// run delivers every fault when it is due, until ctx ends; then it waits until all is up again.
func (c *conductor) run(ctx context.Context, plan []fault) {
	defer c.restarting.Wait()
	for _, f := range plan {
		for c.ended() < f.at {
			if !rig.Wait(ctx, 5*time.Millisecond) {
				return
			}
		}
		c.awaitUpload(ctx, f)
		for !c.deliver(f) {
			if !rig.Wait(ctx, 20*time.Millisecond) {
				return
			}
		}
	}
}

// awaitUpload waits for the moment at which a fault of uploads is worst. In the end there may be none.
func (c *conductor) awaitUpload(ctx context.Context, f fault) {
	if f.kind != killUpload && f.kind != endUpload {
		return
	}
	for deadline := time.Now().Add(3 * time.Second); !c.uploading() && time.Now().Before(deadline); {
		if !rig.Wait(ctx, 5*time.Millisecond) {
			return
		}
	}
}

// deliver reports whether there was somebody to deliver to.
func (c *conductor) deliver(f fault) bool {
	switch f.kind {
	case killWorker:
		return c.kill(pick(c.fleet.Workers, f.target), f.pause)
	case killWeb, killUpload:
		return c.kill(pick(c.fleet.Webs, f.target), f.pause)
	case killRedis:
		return c.kill(pick([]*rig.Member{c.fleet.Redis}, 0), f.pause)
	case endUpload:
		m := pick(c.fleet.Webs, f.target)
		if m == nil {
			return false
		}
		c.restarting.Go(func() { c.restart(m, f.pause) })
	case stepClock:
		if c.clock == nil {
			return true // told at the start
		}
		c.clock.set(f.pause)
		c.steps.Add(1)
	case stopWorker:
		m := pick(c.fleet.Workers, f.target)
		if m == nil || m.Freeze(f.pause) != nil {
			return false
		}
		c.stops.Add(1)
	case cutRedis:
		c.cut(f.pause, c.fleet.redisProxy)
	case cutFTP:
		c.cut(f.pause, c.fleet.ftpProxy...)
	case cutHTTP:
		c.cut(f.pause, c.fleet.httpProxy[f.target%len(c.fleet.httpProxy)])
	}
	return true
}

// pick takes the first member from the one that was meant on that can be harmed, or nil.
func pick(members []*rig.Member, from int) *rig.Member {
	for i := range members {
		if m := members[(from+i)%len(members)]; m.Available() {
			return m
		}
	}
	return nil
}

func (c *conductor) kill(m *rig.Member, pause time.Duration) bool {
	if m == nil {
		return false
	}
	t, err := m.Kill()
	if err != nil {
		return false
	}
	c.kills.Add(1)
	c.recovery.killed(m.Name, t)
	c.restarting.Go(func() {
		time.Sleep(pause)
		m.Start() // where that fails, the supervisor goes on trying
	})
	return true
}

// drainTime is more than a web server takes to end by itself.
const drainTime = 20 * time.Second

// restart ends a process as a new version does, and starts it again.
func (c *conductor) restart(m *rig.Member, pause time.Duration) {
	if !m.Terminate(drainTime) {
		return
	}
	c.restarts.Add(1)
	time.Sleep(pause)
	m.Start()
}

func (c *conductor) cut(swallow time.Duration, proxies ...*faultproxy.Proxy) {
	c.cuts.Add(1)
	for _, p := range proxies {
		c.restarting.Go(func() { p.Reset(swallow) })
	}
}
