//go:build linux

package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

// injector delivers the faults of a plan to a system.
type injector struct {
	system    *system
	recovery  *recoveryTimer
	oracle    *oracle
	jobs      int
	uploading func() bool // whether a browser is sending photos

	kills      atomic.Int64 // SIGKILLs that ended a process
	restarts   atomic.Int64 // SIGTERMs
	stops      atomic.Int64
	cuts       atomic.Int64
	steps      atomic.Int64 // of the clock
	restarting sync.WaitGroup
}

// run delivers every fault when it is due, until ctx ends. It returns when everything is up again.
func (i *injector) run(ctx context.Context, plan []fault) {
	defer i.restarting.Wait()
	for _, f := range plan {
		for i.progress() < f.at {
			if !pause.For(ctx, 5*time.Millisecond) {
				return
			}
		}
		i.awaitUpload(ctx, f)
		for !i.deliver(f) {
			if !pause.For(ctx, 20*time.Millisecond) {
				return
			}
		}
	}
}

// progress is the share of all mosaics that have ended.
func (i *injector) progress() float64 {
	_, ended := i.oracle.count()
	return float64(ended) / float64(i.jobs)
}

// awaitUpload waits until a fault of uploads hits one. Towards the end there may be none.
func (i *injector) awaitUpload(ctx context.Context, f fault) {
	if f.kind != killUpload && f.kind != endUpload {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for !i.uploading() && pause.For(ctx, 5*time.Millisecond) {
	}
}

// deliver reports false if nothing can be harmed now.
func (i *injector) deliver(f fault) bool {
	s := i.system
	switch f.kind {
	case killWorker:
		return i.kill(pick(s.Workers, f.target), f.pause)
	case killWeb, killUpload:
		return i.kill(pick(s.Webs, f.target), f.pause)
	case killRedis:
		return i.kill(pick([]*harness.Process{s.Redis}, 0), f.pause)
	case endUpload:
		p := pick(s.Webs, f.target)
		if p == nil {
			return false
		}
		i.restarting.Go(func() { i.restart(p, f.pause) })
	case stopWorker:
		p := pick(s.Workers, f.target)
		if p == nil || !p.Freeze(f.pause) {
			return false
		}
		i.stops.Add(1)
	case stepClock:
		if s.clock == nil {
			return true
		}
		if s.clock.set(f.pause) == nil {
			i.steps.Add(1)
		}
	case cutRedis:
		i.cut(f.pause, s.Proxies[harness.Redis])
	case cutFTP:
		i.cut(f.pause, s.Proxies[harness.FTP])
	case cutHTTP:
		web := f.target % len(s.Webs)
		i.cut(f.pause, s.Proxies[harness.Web][web:web+1])
	}
	return true
}

// pick returns the first process that can be harmed, counting from one of them; nil if there is none.
func pick(processes []*harness.Process, from int) *harness.Process {
	for i := range processes {
		if p := processes[(from+i)%len(processes)]; p.Available() {
			return p
		}
	}
	return nil
}

func (i *injector) kill(p *harness.Process, pause time.Duration) bool {
	if p == nil {
		return false
	}
	at, ok := p.Kill()
	if !ok {
		return false
	}
	i.kills.Add(1)
	i.recovery.killed(p.Name, at)
	i.restarting.Go(func() { startAfter(pause, p) })
	return true
}

// drainTime is more than a web server takes to end by itself.
const drainTime = 20 * time.Second

// restart ends a process as an upgrade does, and starts it again.
func (i *injector) restart(p *harness.Process, pause time.Duration) {
	if p.Terminate(drainTime) {
		i.restarts.Add(1)
		startAfter(pause, p)
	}
}

func startAfter(pause time.Duration, p *harness.Process) {
	time.Sleep(pause)
	_ = p.Start() // if it fails, the supervisor tries again
}

func (i *injector) cut(dropAnswers time.Duration, proxies []*faultproxy.Proxy) {
	i.cuts.Add(1)
	for _, p := range proxies {
		i.restarting.Go(func() { p.Reset(dropAnswers) })
	}
}
