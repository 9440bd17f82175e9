//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/rig"
)

// plant is a system under load, and what looks into it.
type plant struct {
	*rig.System
	redis    *redis.Client
	cache    *redis.Client // nil: it is in the same
	photos   *rig.Photos
	programs string
	dir      string
}

// places say where to put things, and what to run.
type places struct {
	programs string // where web and worker were built
	dir      string // below which each plant has a directory of its own; empty: the system's
	vsftpd   bool
	shared   bool   // the cache of photos is in the queue's Redis
	admin    string // address of the web server's admin listener
}

// startPlant starts a system with its store apart, so that what the store uses can be told from what
// the web server does. Stop it in the end.
func startPlant(p places, workers int, latency time.Duration, watch func(string) io.Writer) (_ *plant, err error) {
	dir, err := os.MkdirTemp(p.dir, "smalti-load-")
	if err != nil {
		return nil, err
	}
	l := &plant{programs: p.programs, dir: dir}
	defer func() {
		if err != nil {
			l.stop()
		}
	}()
	if l.photos, err = rig.ServePhotos(rig.ServerIP, latency); err != nil {
		return nil, err
	}
	c := rig.Config{Dir: dir, Webs: 1, Workers: workers, Store: rig.ApartStore, Watch: watch, Admin: p.admin, Cache: !p.shared}
	if p.vsftpd {
		c.Store = rig.VSFTPD
	}
	if l.System, err = rig.Start(p.programs, c); err != nil {
		return nil, err
	}
	l.redis = redis.NewClient(&redis.Options{Addr: l.RedisAddr, Password: l.RedisPassword})
	if l.Cache != nil {
		l.cache = redis.NewClient(&redis.Options{Addr: l.Cache.Addr, Password: l.RedisPassword})
	}
	return l, nil
}

func (l *plant) base() string { return l.Bases()[0] }

// stop ends everything, and removes what it left.
func (l *plant) stop() {
	if l.redis != nil {
		l.redis.Close()
	}
	if l.cache != nil {
		l.cache.Close()
	}
	if l.System != nil {
		l.System.Stop()
	}
	if l.photos != nil {
		l.photos.Close()
	}
	os.RemoveAll(l.dir)
}

// effort is what every part has used so far.
type effort struct {
	at                                time.Time
	redisWork, cacheWork              redisWork
	web, workers, redis, cache, store time.Duration // CPU
}

func (l *plant) effort(ctx context.Context) (e effort, err error) {
	e.at = time.Now()
	if e.redisWork, err = readWork(ctx, l.redis); err != nil {
		return e, err
	}
	parts := map[*time.Duration][]*rig.Member{&e.web: l.Webs, &e.workers: l.Workers, &e.redis: {l.Redis}, &e.store: l.Stores}
	if l.cache != nil {
		if e.cacheWork, err = readWork(ctx, l.cache); err != nil {
			return e, err
		}
		parts[&e.cache] = []*rig.Member{l.Cache}
	}
	for cpu, members := range parts {
		for _, m := range members {
			u, err := m.Usage()
			if err != nil {
				return e, fmt.Errorf("%s: %w", m.Name, err)
			}
			*cpu += u.CPU
		}
	}
	return e, nil
}

// awaitReady waits until so many workers take jobs.
func (l *plant) awaitReady(ctx context.Context, workers int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		n, err := l.redis.ZCard(ctx, "{smalti}:workers").Result()
		if err == nil && int(n) >= workers {
			return nil
		}
		if !rig.Wait(ctx, 20*time.Millisecond) {
			return fmt.Errorf("%d of %d workers take jobs", n, workers)
		}
	}
}
