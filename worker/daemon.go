package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"smalti/pkg/admin"
	"smalti/pkg/cache"
	"smalti/pkg/config"
	"smalti/pkg/fleet"
	"smalti/pkg/limit"
	"smalti/pkg/metrics"
	"smalti/pkg/outage"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
	"smalti/pkg/setup"
	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/worker"
)

// settings is the whole configuration of the daemon.
type settings struct {
	redis  setup.Redis
	cache  setup.Cache
	store  setup.Store
	photos setup.Photos
	memory setup.Memory
	admin  admin.Flags
	log    config.Log

	name                         string
	jobs                         int
	lease, jobTimeout, drainTime time.Duration
}

// maxJobs is more than one solver at a time can use.
const maxJobs = 64

func defineSettings(s *config.Set) *settings {
	c := &settings{}
	c.redis.Define(s)
	c.redis.DefineStrict(s)
	c.cache.Define(s, &c.redis)
	c.store.Define(s)
	c.memory.Define(s)
	s.StringVar(&c.name, "name", "", "`name` of this worker, unique among the clones; one that outlives a restart puts back at once what a crash left (default host, process and chance)")
	s.IntVar(&c.jobs, "jobs", 1, "`how many` jobs this process works on at once: one is solved, while the photos of others arrive and others are delivered; they share the memory, and count as that many workers")
	s.DurationVar(&c.lease, "lease", queue.DefaultLease, "how long this worker may be silent before its job is given to another one")
	s.DurationVar(&c.jobTimeout, "job-timeout", worker.DefaultJobTimeout, "how long one attempt at a mosaic may take; waiting for a session of the store does not count")
	s.DurationVar(&c.drainTime, "drain", 60*time.Second, "how long a running job gets to finish after SIGTERM, before it is handed back")
	c.photos.Define(s)
	c.admin.Define(s)
	c.log.Define(s)
	s.Check(c.check)
	return c
}

func (c *settings) check() error {
	var mistakes []error
	if c.redis.URL == "" {
		mistakes = append(mistakes, errors.New("-redis is required; for a mosaic from local files, use: worker render"))
	}
	if !c.store.Given() {
		mistakes = append(mistakes, errors.New("-store is required"))
	}
	if c.jobs < 1 || c.jobs > maxJobs {
		mistakes = append(mistakes, fmt.Errorf("-jobs: must be between 1 and %d", maxJobs))
	}
	if c.lease < time.Second {
		mistakes = append(mistakes, errors.New("-lease: must be at least 1s"))
	}
	return errors.Join(mistakes...)
}

// daemon runs the workers of this process until its context ends.
func daemon(s *config.Set) config.Run {
	c := defineSettings(s)
	return func(ctx context.Context, _, stderr io.Writer) error {
		log := c.log.Open(stderr)
		redisconn.LogTo(log)
		b, err := openBackends(c, log)
		if err != nil {
			return err
		}
		defer b.close()
		if err := inspectRedis(ctx, &c.redis, b.queue, log); err != nil {
			return err
		}
		return work(ctx, c, b, log)
	}
}

// backends are what a worker stands on.
type backends struct {
	queue   *queue.Queue
	store   store.Closable
	photos  *cache.Cache
	limits  *limit.Limiter
	closers []func() error
}

// openBackends opens them, without connecting to any.
func openBackends(c *settings, log *slog.Logger) (b *backends, err error) {
	b = &backends{}
	defer func(opened *backends) {
		if err != nil {
			opened.close()
		}
	}(b)
	if b.queue, err = queue.Open(queue.Config{Redis: c.redis.Conn(), Lease: c.lease}); err != nil {
		return nil, err
	}
	b.closers = append(b.closers, b.queue.Close)
	if b.store, err = c.store.Open(ftpstore.Config{Existing: true}); err != nil {
		return nil, err
	}
	b.closers = append(b.closers, b.store.Close)
	if b.photos, err = c.cache.Open(log); err != nil {
		return nil, err
	}
	b.closers = append(b.closers, b.photos.Close)
	if b.limits, err = setup.OpenLimiter(c.redis.Conn(), log); err != nil {
		return nil, err
	}
	b.closers = append(b.closers, b.limits.Close)
	c.photos.Hosts.Limiter = b.limits
	return b, nil
}

// close closes what was opened, the last first.
func (b *backends) close() {
	for _, close := range slices.Backward(b.closers) {
		_ = close()
	}
}

// inspectRedis warns of a Redis that may lose jobs, as soon as it can be reached. With -strict, it waits
// for that, and fails instead.
func inspectRedis(ctx context.Context, r *setup.Redis, q *queue.Queue, log *slog.Logger) error {
	if r.Strict {
		return r.Inspect(ctx, q, log)
	}
	go func() { _ = r.Inspect(ctx, q, log) }()
	return nil
}

// work waits for Redis and the store, and then runs the workers until ctx ends.
func work(ctx context.Context, c *settings, b *backends, log *slog.Logger) error {
	registry := metrics.NewRegistry()
	outages := &outage.Monitor{Log: log, Notify: metrics.NewOutages(registry)}
	stores := &fleet.StoreCheck{Store: b.store, Queue: b.queue.Ops(), Outages: outages}
	photos := c.photos.Gatherer(b.store, b.photos, c.jobs)
	photos.Observe = metrics.NewPhotos(registry)
	registry.MustRegister(metrics.Caches{"photos": b.photos.Stats})
	w := worker.NewGroup(worker.Config{
		Name: c.name, Queue: b.queue, Store: b.store, Photos: photos, Log: log,
		Released:   func(ctx context.Context, batch string) { b.limits.Release(ctx, limit.Uploads, batch) },
		CheckStore: stores.Check,
		Memory:     c.memory.Limit(photos), Lease: c.lease, JobTimeout: c.jobTimeout, DrainTimeout: c.drainTime,
		Observer: metrics.NewWorker(registry, metrics.NewRecovered(registry)), Outages: outages, Ready: ready,
	}, c.jobs)
	if c.admin.Addr != "" {
		s, err := setup.OpenAdmin(&c.admin, registry, w.Alive, log)
		if err != nil {
			return err
		}
		defer func() { _ = s.Close() }()
	}
	awaitBackends(ctx, b.queue, b.store, outages)
	if c.redis.Strict {
		if err := stores.Check(ctx); err != nil {
			return config.Invalid("-store", err.Error())
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	defer supervise(ctx, w, log)()
	select {
	case err := <-ended:
		if errors.Is(err, queue.ErrNameTaken) { // a restart would not mend it
			return config.Invalid("-name", "in use by a live worker: "+w.Name())
		}
		return err
	case <-afterStop(ctx, c.drainTime+stopSlack):
		return errors.New("the job could not be handed back in time; it goes to another worker when its lease runs out")
	}
}

// stopSlack is what handing back a job gets after the drain time.
const stopSlack = 4500 * time.Millisecond

// afterStop returns a channel that is closed so long after ctx has ended.
func afterStop(ctx context.Context, wait time.Duration) <-chan struct{} {
	over := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(wait, func() { close(over) }) })
	return over
}

// health is the subcommand for a container's health check.
func health(s *config.Set) config.Run {
	addr := s.String("admin", "", "`address` of the worker's admin listener")
	s.Check(func() error {
		if *addr == "" {
			return errors.New("-admin is required")
		}
		return nil
	})
	return func(ctx context.Context, _, _ io.Writer) error { return admin.Health(ctx, *addr, "/healthz") }
}
