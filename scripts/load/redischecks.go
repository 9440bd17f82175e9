//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/job"
	"smalti/pkg/pause"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
	"smalti/pkg/worker"
)

// checkRedis measures what packages, photos and idle workers cost Redis.
func checkRedis(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	var all []promise
	for _, measure := range []check{{"packages", checkPackages}, {"a cold job", checkCold}, {"idle workers", checkIdle}} {
		promises, err := measure.run(ctx, c, out)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", measure.name, err)
		}
		all = append(all, promises...)
	}
	return all, nil
}

const (
	packages       = 200
	packageFriends = 300
)

// checkPackages puts packages of people with 300 friends, and measures what each costs.
func checkPackages(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	s, err := c.start(0, 0)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	q, err := s.queue()
	if err != nil {
		return nil, err
	}
	defer q.Close()
	var bytes int
	put := func() error {
		p := waitingPackage()
		data, err := json.Marshal(p)
		if err != nil {
			return err
		}
		bytes += len(data)
		_, err = q.Put(ctx, p)
		return err
	}
	if err := put(); err != nil { // which loads the script
		return nil, err
	}
	bytes = 0
	memory, err := s.memory(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	for range packages {
		if err := put(); err != nil {
			return nil, err
		}
	}
	after, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	grown, err := s.memory(ctx)
	if err != nil {
		return nil, err
	}
	u := after.since(before)
	times := (grown - memory) / float64(bytes)
	busy, cpu := u.redis.busy*1000/packages, float64(u.cpu.Redis.Microseconds())/1000/packages
	fmt.Fprintf(out, "%d waiting packages of %d bytes: each takes %.2f times its bytes of memory, and to be stored %.3f ms of commands, %.3f ms of CPU\n",
		packages, bytes/packages, times, busy, cpu)
	return []promise{
		{"memory of a waiting job, relative to its package", "at most 1.4", fmt.Sprintf("%.2f", times), times <= 1.4},
		{fmt.Sprintf("Redis's time for storing a package of %d kB", bytes/packages/1000), "at most 1 ms", fmt.Sprintf("%.3f ms", busy), busy <= 1},
	}, nil
}

// waitingPackage is like those of a social network.
func waitingPackage() *job.Package {
	p := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Target: job.Target{URL: "https://files.social.example/me.jpg"},
		Options: job.Defaults(), Priority: job.Interactive, Owner: job.NewID(), Client: job.NewID(), Keep: 3600,
	}
	for i := range packageFriends {
		p.Friends = append(p.Friends, job.Friend{
			ID: fmt.Sprintf("https://social.example/users/somebody-%d", i), Name: fmt.Sprintf("Somebody Number %d", i),
			Profile: fmt.Sprintf("https://social.example/@somebody-%d", i),
			Photo:   fmt.Sprintf("https://files.social.example/accounts/avatars/%018d/original/%016x.jpg", i*7919, i*104729),
		})
	}
	return p
}

const (
	coldFriends    = 500
	restBeforeCold = 5 * time.Second
)

// checkCold makes a mosaic of 500 friends whose photos are new, and counts what it sends to Redis.
func checkCold(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	some := *c
	some.photoSide = 400 // as networks serve them
	s, err := some.start(1, 20*time.Millisecond)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if err := s.awaitWorkers(ctx); err != nil {
		return nil, err
	}
	client := s.client(0)
	defer client.HTTP.CloseIdleConnections()
	photos := 0.0
	for i := range coldFriends {
		photos += float64(len(s.Photos.File(harness.PhotoCount + i)))
	}
	alone, before, err := s.during(ctx, restBeforeCold) // what the idle system sends is not the job's
	if err != nil {
		return nil, err
	}
	id, _, err := client.Post(ctx, mosaic{friends: coldFriends, columns: 100, rows: 100, tile: 64}.request(0, s.Photos.URL))
	if err != nil {
		return nil, err
	}
	etag := ""
	for {
		m, res, err := client.Poll(ctx, id, etag)
		if err != nil {
			return nil, err
		}
		if m != nil && m.State == "failed" {
			return nil, fmt.Errorf("it failed: %s", res.Body)
		}
		if m != nil && m.Final() {
			break
		}
		pause.For(ctx, 500*time.Millisecond)
	}
	pause.For(ctx, time.Second) // for what is on its way to the cache
	after, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	kept := s.redis
	if s.cache != nil {
		kept = s.cache
	}
	if n := kept.ZCard(ctx, "{smalti}:cache-used").Val(); n < 2*coldFriends {
		return nil, fmt.Errorf("the cache has %d values of %d photos", n, coldFriends)
	}
	u := after.since(before)
	idle := before.since(alone).redis.times(after.at.Sub(before.at).Seconds() / before.at.Sub(alone.at).Seconds())
	u.redis = u.redis.minus(idle)
	commands, requests := u.redis.commands+u.cache.commands, u.redis.requests+u.cache.requests
	share := (u.redis.in + u.redis.out + u.cache.in + u.cache.out) / photos
	fmt.Fprintf(out, "a cold job of %d friends, %.0f bytes a photo, in %.1f s: %.0f commands (queue %.0f, cache %.0f), %.0f of them requests; queue %.0f kB in, %.0f out, cache %.0f in, %.0f out\n",
		coldFriends, photos/coldFriends, after.at.Sub(before.at).Seconds(), commands, u.redis.commands, u.cache.commands, requests,
		u.redis.in/1000, u.redis.out/1000, u.cache.in/1000, u.cache.out/1000)
	return []promise{
		{fmt.Sprintf("commands of a cold job of %d friends", coldFriends), "at most 3000", fmt.Sprintf("%.0f", commands), commands <= 3000},
		{"its bytes to and from Redis, relative to its photos", "at most 0.5", fmt.Sprintf("%.2f", share), share <= 0.5},
	}, nil
}

const (
	idleWorkers = 500
	idleTime    = 20 * time.Second
)

// checkIdle runs many workers that have nothing to do, each with connections of its own as if it were a process, and
// reckons what a thousand cost.
func checkIdle(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	s, err := c.start(0, 0)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	pause.For(ctx, time.Second)
	alone, _, err := s.idle(ctx)
	if err != nil {
		return nil, err
	}
	running, end := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer func() { end(); all.Wait() }()
	for i := range idleWorkers {
		q, err := s.queue()
		if err != nil {
			return nil, err
		}
		w := worker.New(worker.Config{Name: fmt.Sprintf("idle-%d", i), Queue: q, Log: slog.New(slog.DiscardHandler)})
		all.Go(func() {
			defer q.Close()
			pause.For(running, time.Duration(i)*time.Second/idleWorkers) // processes start at any time
			_ = w.Run(running)
		})
	}
	s.jobs = idleWorkers
	if err := s.awaitWorkers(ctx); err != nil {
		return nil, err
	}
	pause.For(ctx, 3*time.Second)
	u, seconds, err := s.idle(ctx)
	if err != nil {
		return nil, err
	}
	thousand := func(with, without float64) float64 { return (with - without) / idleWorkers * 1000 / seconds }
	busy := thousand(u.redis.busy, alone.redis.busy) * 100
	cpu := thousand(u.cpu.Redis.Seconds(), alone.cpu.Redis.Seconds()) * 100
	fmt.Fprintf(out, "a thousand idle workers, by %d: %.0f requests/s, %.0f commands/s, %.1f %% of Redis's thread in commands, %.1f %% of CPU\n",
		idleWorkers, thousand(u.redis.requests, alone.redis.requests), thousand(u.redis.commands, alone.redis.commands), busy, cpu)
	return []promise{{
		"Redis's thread for 1,000 idle workers", "at most 5 %", fmt.Sprintf("%.1f %% in commands (%.1f %% with the kernel's share)", busy, cpu), busy <= 5,
	}}, nil
}

// idle measures an idle system for a while.
func (s *system) idle(ctx context.Context) (u used, seconds float64, err error) {
	before, after, err := s.during(ctx, idleTime)
	return after.since(before), after.at.Sub(before.at).Seconds(), err
}

// queue opens the system's queue.
func (s *system) queue() (*queue.Queue, error) {
	o := s.redis.Options()
	return queue.Open(queue.Config{Redis: redisconn.Config{URL: "redis://" + o.Addr, Password: o.Password}})
}

// memory is what Redis's allocator has given out, except for connections and its append-only file.
func (s *system) memory(ctx context.Context) (float64, error) {
	info := s.redis.InfoMap(ctx, "memory")
	item := func(name string) float64 { return number(info.Item("Memory", name)) }
	return item("used_memory") - item("mem_clients_normal") - item("mem_aof_buffer"), info.Err()
}
