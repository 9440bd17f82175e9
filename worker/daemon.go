package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"smalti/pkg/admin"
	"smalti/pkg/config"
	"smalti/pkg/fleet"
	"smalti/pkg/limit"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
	"smalti/pkg/store"
	"smalti/pkg/version"
	"smalti/pkg/worker"
)

// daemon runs one worker until ctx ends.
func daemon(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	s := config.New("worker", getenv, stdout)
	redisURL := s.String("redis", "", "`URL` of Redis, as redis://host:6379/0 or rediss://")
	redisPassword := s.Password("redis-password", "`file` with the password of Redis")
	cacheURL := s.String("cache", "", "`URL` of a Redis that keeps prepared photos for a day, and may be lost at any time (default the one of -redis)")
	cachePassword := s.Password("cache-password", "`file` with the password of that Redis")
	var storeURL string
	s.Func("store", "`URL` of the store, as ftp://user@host:2121/ (ftps:// for explicit TLS); given twice, the second is for when the first does not work", func(url string) error {
		storeURL = strings.TrimSpace(storeURL + " " + url)
		return nil
	})
	readBack := s.Bool("store-read-back", false, "read each file back from a store that cannot tell its SHA-256, before a mosaic is called done")
	storePassword := s.Password("store-password", "`file` with the password of the store")
	storeCA := s.String("store-ca", "", "PEM `file` with the authority that signed the store's certificate")
	name := s.String("name", "", "`name` of this worker, unique among the clones (default host, process and chance)")
	jobTimeout := s.Duration("job-timeout", 5*time.Minute, "how long one attempt at a mosaic may take")
	lease := s.Duration("lease", queue.DefaultLease, "how long this worker may be silent before its job is given to another one")
	drain := s.Duration("drain", 60*time.Second, "how long a running job gets to finish after SIGTERM, before it is handed back")
	memory := s.Int64("memory", 0, "`MB` that this worker may use; what a job needs is known before it starts (default what the control group, or else the machine, allows)")
	strict := s.Bool("strict", false, "end with exit code 78 where Redis may lose what it acknowledged, or the store is not the one of the others, instead of warning")
	private := s.Bool("allow-private", false, "download photos from private addresses too: for a closed network only")
	hosts := worker.Hosts(s)
	var log config.Log
	log.Flags(s)
	var ops admin.Flags
	ops.Define(s)
	s.Check(func() error {
		if *redisURL == "" {
			return errors.New("-redis: which queue to work on? (for a mosaic from local files, use: worker render)")
		}
		return nil
	})
	s.Check(func() error {
		if storeURL == "" {
			return errors.New("-store: where to deliver mosaics?")
		}
		return nil
	})
	s.Check(func() error { return worker.CheckMemory(*memory) })
	s.Check(func() error {
		if *lease < time.Second {
			return errors.New("-lease: less than a second would give jobs away on a busy machine")
		}
		return nil
	})
	var q *queue.Queue
	var st store.Closable
	s.Check(func() (err error) {
		if *redisURL != "" {
			q, err = queue.Open(queue.Config{Redis: redisconn.Config{URL: *redisURL, Password: *redisPassword}, Lease: *lease})
		}
		return prefix("-redis", err)
	})
	s.Check(func() (err error) {
		if storeURL != "" {
			st, err = store.OpenRemotes(storeURL, store.RemoteConfig{Password: *storePassword, CAFile: *storeCA, ReadBack: *readBack, Existing: true})
		}
		return prefix("-store", err)
	})
	s.Check(func() error {
		if *cacheURL == "" {
			*cacheURL, *cachePassword = *redisURL, *redisPassword
			return nil
		}
		_, err := redisconn.Config{URL: *cacheURL}.Options()
		return prefix("-cache", err)
	})
	if err := s.Parse(args); err != nil {
		return err
	}
	defer q.Close()
	if *name == "" {
		*name = worker.UniqueName()
	}
	logger := log.Open(stderr)
	redisconn.LogTo(logger)
	kept, err := worker.OpenCache(redisconn.Config{URL: *cacheURL, Password: *cachePassword}, logger)
	if err != nil {
		return prefix("-cache", err)
	}
	defer kept.Close()
	client, err := redisconn.New(redisconn.Config{URL: *redisURL, Password: *redisPassword})
	if err != nil {
		return prefix("-redis", err)
	}
	limits := limit.New(client, logger)
	defer limits.Close()
	limits.Patience = 2 * time.Second // nobody waits for a page here
	hosts.Limiter = limits
	photos := worker.Photos(st, kept, hosts, *private)
	room := worker.LimitMemory(worker.Available(*memory), 1, photos)
	w := &worker.Worker{
		Name: *name, Queue: q, Store: st, Photos: photos, Log: logger,
		Released: func(ctx context.Context, batch string) { limits.Release(ctx, limit.Uploads, batch) },
		Memory:   room, Lease: *lease, JobTimeout: *jobTimeout, DrainTimeout: *drain, Version: version.String(), Ready: ready,
	}
	if err := inspect(ctx, q, *strict, logger); err != nil {
		return err
	}
	closeAdmin, err := openAdmin(ops, w, photos, kept, logger)
	if err != nil {
		return err
	}
	defer closeAdmin()
	awaitBackends(ctx, q, st, w.Outages)
	stores := &fleet.StoreCheck{Store: st, Queue: q.Ops(), Outages: w.Outages}
	w.Belongs = stores.Check
	if *strict {
		if err := stores.Check(ctx); err != nil {
			return config.Wrong("-store", []string{err.Error()})
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	defer supervised(ctx, w, logger)()
	select {
	case err := <-ended:
		return asMistake(err, *name)
	case <-afterStop(ctx, *drain+stopSlack):
		return errors.New("the job could not be handed back in time; it is given to another worker when its lease runs out")
	}
}

// inspect complains about a Redis that may lose jobs, as soon as it can be reached. Strictly, nothing
// is taken from it before that.
func inspect(ctx context.Context, q *queue.Queue, strict bool, log *slog.Logger) error {
	if strict {
		return config.Wrong("-redis", q.Ops().InspectOnce(ctx))
	}
	go func() {
		for _, w := range q.Ops().InspectOnce(ctx) {
			log.Warn("redis may lose jobs", "why", w)
		}
	}()
	return nil
}

// stopSlack is what handing back a job gets after the drain time.
const stopSlack = 4500 * time.Millisecond

// afterStop returns a channel that is closed so long after ctx has ended.
func afterStop(ctx context.Context, wait time.Duration) <-chan struct{} {
	over := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(wait, func() { close(over) }) })
	return over
}

// asMistake makes a configuration error of a name that is in use: a restart would not mend it.
func asMistake(err error, name string) error {
	if errors.Is(err, queue.ErrNameTaken) {
		return config.Wrong("-name", []string{"another worker that lives is called " + name})
	}
	return err
}

func prefix(flag string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}
