//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

// system is a system under load.
type system struct {
	*harness.System
	redis *redis.Client
	cache *redis.Client // nil: the same
	times *jobTimes
	jobs  int // that all workers work on at once
}

// start starts a system whose store is a process of its own, so that its CPU time can be told from the web
// server's. The caller must stop it.
func (c *settings) start(workers int, latency time.Duration) (*system, error) {
	s := &system{times: newJobTimes(), jobs: workers * max(1, c.jobs)}
	h := harness.Config{
		Programs: c.programs, Dir: c.dir, PhotoLatency: latency, PhotoSide: c.photoSide, Webs: 1, Workers: workers, Store: harness.StoreSeparate,
		WorkerArgs: []string{"-jobs", strconv.Itoa(max(1, c.jobs))}, Cache: !c.shared, Started: s.times.started, Done: s.times.done,
	}
	if c.vsftpd {
		h.Store = harness.StoreVSFTPD
	}
	if c.admin != "" {
		h.WebArgs = []string{"-admin", c.admin}
	}
	var err error
	if s.System, err = harness.Start(h); err != nil {
		return nil, err
	}
	s.redis = s.RedisClient(s.Redis)
	if s.Cache != nil {
		s.cache = s.RedisClient(s.Cache)
	}
	return s, nil
}

func (s *system) stop() {
	_ = s.redis.Close()
	if s.cache != nil {
		_ = s.cache.Close()
	}
	s.Stop()
}

// client is for requests to the web server.
func (s *system) client(timeout time.Duration) *harness.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 10_000, DisableCompression: true}
	return &harness.Client{HTTP: &http.Client{Transport: transport, Timeout: timeout}, URL: func() string { return s.URLs[0] }}
}

// addr is where the web server listens.
func (s *system) addr() string { return strings.TrimPrefix(s.URLs[0], "http://") }

// used is what the parts of a system have used so far, or between two times.
type used struct {
	at           time.Time
	redis, cache redisWork
	cpu          harness.CPU
}

func (s *system) used(ctx context.Context) (u used, err error) {
	u.at = time.Now()
	if u.redis, err = readWork(ctx, s.redis); err != nil {
		return u, err
	}
	if s.cache != nil {
		if u.cache, err = readWork(ctx, s.cache); err != nil {
			return u, err
		}
	}
	u.cpu, err = s.CPU()
	return u, err
}

func (u used) since(before used) used {
	a, b := u.cpu, before.cpu
	return used{u.at, u.redis.minus(before.redis), u.cache.minus(before.cache), harness.CPU{
		Redis: a.Redis - b.Redis, Cache: a.Cache - b.Cache, Web: a.Web - b.Web, Workers: a.Workers - b.Workers, Store: a.Store - b.Store,
	}}
}

// during measures what is used for a while.
func (s *system) during(ctx context.Context, d time.Duration) (before, after used, err error) {
	if before, err = s.used(ctx); err != nil {
		return before, after, err
	}
	if !pause.For(ctx, d) {
		return before, after, ctx.Err()
	}
	after, err = s.used(ctx)
	return before, after, err
}

// awaitWorkers waits until all workers take jobs.
func (s *system) awaitWorkers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		n, err := s.redis.ZCard(ctx, "{smalti}:workers").Result()
		if err == nil && int(n) >= s.jobs {
			return nil
		}
		if !pause.For(ctx, 20*time.Millisecond) {
			return fmt.Errorf("only %d of %d workers take jobs", n, s.jobs)
		}
	}
}

// fillQueue requests large mosaics, which no worker takes while there are others, and returns the paths at
// which they are polled.
func (s *system) fillQueue(ctx context.Context, mosaics int) (paths []string, err error) {
	friends := []harness.Friend{{ID: "1", Photo: s.Photos.URL(1)}, {ID: "2", Photo: s.Photos.URL(2)}}
	request := harness.ListRequest("wall", s.Photos.URL(0), friends, map[string]any{"everyone": false})
	c := s.client(0)
	defer c.HTTP.CloseIdleConnections()
	paths = make([]string, mosaics)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(32)
	for i := range paths {
		group.Go(func() error {
			id, _, err := c.Post(ctx, request)
			paths[i] = harness.MosaicPath(id)
			return err
		})
	}
	return paths, group.Wait()
}

// mosaic is what clients request.
type mosaic struct {
	friends       int
	columns, rows int
	tile          int
	known         float64 // share of the friends whose photo is in other mosaics, too
}

// request is the i-th one. Every unknown photo has another address, so that none is in the cache.
func (m mosaic) request(i int, photo func(int) string) harness.Request {
	r := rand.New(rand.NewPCG(1, uint64(i)))
	friends := make([]harness.Friend, m.friends)
	unknown := harness.PhotoCount + i*(m.friends+1)
	for f := range friends {
		n := unknown + f
		if r.Float64() < m.known {
			n = f % harness.PhotoCount
		}
		friends[f] = harness.Friend{ID: fmt.Sprint(f + 1), Photo: photo(n)}
	}
	return harness.ListRequest("", photo(unknown+m.friends), friends, map[string]any{
		"columns": m.columns, "rows": m.rows, "tile": m.tile, "repeat_distance": 0, "everyone": false,
	})
}
