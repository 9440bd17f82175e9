//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/rig"
)

// fleet is a system with a proxy before whatever somebody connects to.
type fleet struct {
	*rig.System
	redisProxy *faultproxy.Proxy
	httpProxy  []*faultproxy.Proxy // one for each web server
	ftpProxy   []*faultproxy.Proxy // control, and each passive port

	crashes atomic.Int64 // processes that ended although nobody killed them
}

// size of a fleet.
type size struct {
	workers, webs int
	vsftpd        bool // as the store, instead of the web server's own
	waiting       int  // mosaics that may wait on each list
}

// startFleet starts everything below dir. redis is the clock of Redis, nil for the machine's. watch gets the output of each worker.
func startFleet(programs, dir string, s size, redis *clock, watch func(worker string) io.Writer) (f *fleet, err error) {
	f = &fleet{}
	c := rig.Config{
		Dir: dir, Webs: s.webs, Workers: s.workers, Watch: watch, Front: f.front,
		WorkerEnv: []string{"GOMAXPROCS=1"}, // there are many of them
		WebArgs:   []string{"-max-waiting", fmt.Sprint(s.waiting)},
	}
	if redis != nil {
		c.RedisEnv = redis.env()
	}
	if s.vsftpd {
		c.Store = rig.VSFTPD
	}
	if f.System, err = rig.Start(programs, c); err != nil {
		f.stop()
	}
	return f, err
}

// front puts a proxy before a server, at the same port of another address.
func (f *fleet) front(part rig.Part, addr string) (string, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	p, err := faultproxy.Listen(net.JoinHostPort(rig.FrontIP, port), addr)
	if err != nil {
		return "", err
	}
	switch part {
	case rig.Redis:
		f.redisProxy = p
	case rig.Web:
		f.httpProxy = append(f.httpProxy, p)
	case rig.FTP:
		f.ftpProxy = append(f.ftpProxy, p)
	}
	return p.Addr, nil
}

// supervise starts again, as systemd would, what ended by itself.
func (f *fleet) supervise(ctx context.Context) { f.Supervise(ctx, func() { f.crashes.Add(1) }) }

// stop ends all processes and proxies.
func (f *fleet) stop() {
	f.Stop()
	for _, p := range append(append([]*faultproxy.Proxy{f.redisProxy}, f.httpProxy...), f.ftpProxy...) {
		if p != nil {
			p.Close()
		}
	}
}

// cpu is what the members of the stopped fleet used, each kind by itself.
func (f *fleet) cpu() (redis, web, workers, others time.Duration) {
	sum := func(members []*rig.Member) (d time.Duration) {
		for _, m := range members {
			d += m.CPU()
		}
		return d
	}
	return f.Redis.CPU(), sum(f.Webs), sum(f.Workers), sum(f.Stores)
}
