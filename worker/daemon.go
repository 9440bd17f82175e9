package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/pkg/worker"
)

// daemon runs one worker until ctx ends.
func daemon(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	s := config.New("worker", getenv, stdout)
	redisURL := s.String("redis", "", "`URL` of Redis, as redis://host:6379/0 or rediss://")
	redisPassword := s.Secret("redis-password", "`file` with the password of Redis")
	cacheURL := s.String("cache", "", "`URL` of a Redis that keeps prepared photos for a day, and may be lost at any time (default the one of -redis)")
	cachePassword := s.Secret("cache-password", "`file` with the password of that Redis")
	storeURL := s.String("store", "", "`URL` of the store, as ftp://user@host:2121/ (ftps:// for explicit TLS)")
	storePassword := s.Secret("store-password", "`file` with the password of the store")
	storeCA := s.String("store-ca", "", "PEM `file` with the authority that signed the store's certificate")
	name := s.String("name", "", "`name` of this worker, unique among the clones (default host, process and chance)")
	jobTimeout := s.Duration("job-timeout", 5*time.Minute, "how long one attempt at a mosaic may take")
	drain := s.Duration("drain", 60*time.Second, "how long a running job gets to finish after SIGTERM, before it is handed back")
	private := s.Bool("allow-private", false, "download photos from private addresses too: for a closed network only")
	var log config.Log
	log.Flags(s)
	s.Check(func() error {
		if *redisURL == "" {
			return errors.New("-redis: which queue to work on? (for a mosaic from local files, use: worker render)")
		}
		return nil
	})
	s.Check(func() error {
		if *storeURL == "" {
			return errors.New("-store: where to deliver mosaics?")
		}
		return nil
	})
	var q *queue.Queue
	var st *store.Remote
	s.Check(func() (err error) {
		if *redisURL != "" {
			q, err = queue.Open(queue.Config{URL: *redisURL, Password: *redisPassword})
		}
		return prefix("-redis", err)
	})
	s.Check(func() (err error) {
		if *storeURL != "" {
			st, err = store.NewRemote(store.RemoteConfig{URL: *storeURL, Password: *storePassword, CAFile: *storeCA})
		}
		return prefix("-store", err)
	})
	s.Check(func() error {
		if *cacheURL == "" {
			*cacheURL, *cachePassword = *redisURL, *redisPassword
			return nil
		}
		client, err := queue.NewClient(queue.Config{URL: *cacheURL}) // does not connect
		if err == nil {
			err = client.Close()
		}
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
	queue.LogTo(logger)
	kept, err := worker.OpenCache(queue.Config{URL: *cacheURL, Password: *cachePassword}, logger)
	if err != nil {
		return prefix("-cache", err)
	}
	defer kept.Close()
	photos := worker.Photos(st, kept, *private)
	w := &worker.Worker{
		Name: *name, Queue: q, Store: st, Photos: photos, Log: logger,
		JobTimeout: *jobTimeout, DrainTimeout: *drain,
	}
	w.Run(ctx)
	return nil
}

func prefix(flag string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}
