package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/alicebob/miniredis/v2"

	"smalti/pkg/cache"
	"smalti/pkg/ftpserver"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
	"smalti/pkg/store"
	"smalti/pkg/systemd"
	"smalti/pkg/worker"
)

// openQueue opens the queue on the Redis that was asked for, or on one inside this process.
func (sys *system) openQueue() (*queue.Queue, error) {
	c := queue.Config{
		Redis: redisconn.Config{URL: sys.settings.redis, Password: sys.settings.redisPassword}, Retention: sys.settings.keep,
		MinReplicas: sys.settings.minReplicas, MaxWaiting: sys.settings.maxWaiting,
		ClientBytes: int64(sys.settings.waitingClient), TotalBytes: int64(sys.settings.waitingTotal),
	}
	if sys.settings.single() {
		embedded := miniredis.NewMiniRedis()
		c.Redis.Password = rand.Text()
		embedded.RequireAuth(c.Redis.Password)
		embedded.ClockTTL(true) // keys must expire by themselves, as in a real one
		if err := embedded.StartAddr("127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("starting the embedded Redis: %w", err)
		}
		sys.onClose(func() error { embedded.Close(); return nil })
		c.Redis.URL = "redis://" + embedded.Addr() + "/0"
	}
	sys.redis = c.Redis
	q, err := queue.Open(c)
	if err != nil {
		return nil, fmt.Errorf("-redis: %w", err)
	}
	sys.onClose(q.Close)
	if sys.settings.single() {
		return q, nil
	}
	return q, sys.inspect(q)
}

// openCache opens what this process keeps prepared photos in; without a Redis, that is memory.
func (sys *system) openCache() (*cache.Cache, error) {
	c := sys.settings
	url, password := c.cache, c.cachePassword
	if url == "" {
		url, password = c.redis, c.redisPassword
	}
	kept := cache.New(nil, cache.Config{})
	if url != "" {
		var err error
		if kept, err = worker.OpenCache(redisconn.Config{URL: url, Password: password}, sys.log); err != nil {
			return nil, fmt.Errorf("-cache: %w", err)
		}
	}
	sys.onClose(kept.Close)
	return kept, nil
}

// openedStore is a store as the parts of this process see it.
type openedStore struct {
	files   files
	worker  store.Closable              // as a worker in this process reaches it; nil without one
	catchUp func()                      // keeps a pair of stores the same, until the system ends; nil without a pair
	cleaner func(context.Context) error // removes what has expired
	cache   *store.Mirror               // that files is, or nil
}

// openStore opens the store that was asked for, or serves one from this process. deleted says which
// mosaics were deleted.
func (sys *system) openStore(deleted func(id string) bool) (*openedStore, error) {
	if sys.settings.store != "" {
		return sys.openStoreElsewhere(deleted)
	}
	return sys.openOwnStore()
}

// storePatience is for how long somebody at a browser waits for a session of a store elsewhere.
const storePatience = 15 * time.Second

// openStoreElsewhere puts a local cache before somebody else's FTP server: the second reader of a
// mosaic costs that server nothing.
func (sys *system) openStoreElsewhere(deleted func(id string) bool) (*openedStore, error) {
	c := sys.settings
	remote, err := store.OpenRemotes(c.store, store.RemoteConfig{Password: c.storePassword, CAFile: c.storeCA, ReadBack: c.storeReadBack, Patience: storePatience})
	if err != nil {
		return nil, fmt.Errorf("-store: %w", err)
	}
	sys.onClose(remote.Close)
	cache, err := store.OpenCache(filepath.Join(c.data, "cache"))
	if err != nil {
		return nil, err
	}
	sys.onClose(cache.Close)
	mirror := store.NewMirror(remote, cache)
	sys.onClose(mirror.Close)
	opened := &openedStore{files: mirror, cache: mirror, worker: remote, cleaner: sys.cleanerOf(mirror)}
	if pair, ok := remote.(*store.Pair); ok {
		pair.Deleted = deleted
		opened.catchUp = func() { pair.KeepUp(sys.ctx, c.keep, sys.log) }
	}
	return opened, nil
}

func (sys *system) openOwnStore() (*openedStore, error) {
	c := sys.settings
	dir, err := store.OpenDir(filepath.Join(c.data, "store"))
	if err != nil {
		return nil, err
	}
	sys.onClose(dir.Close)
	if c.storePassword == "" {
		c.storePassword = rand.Text()
	}
	s := ftpserver.Config{
		User: c.storeUser, Password: c.storePassword, PassivePorts: c.storePorts, PublicIP: c.storePubIP, Log: sys.log,
		RequireTLS: c.storeRequireTLS,
		Refused:    sys.refused, MaxSessions: c.storeSessions, MaxPerClient: c.storeSessionsPerClient,
	}
	scheme, ca := "ftp", ""
	if c.storeCert != "" {
		cert, err := tls.LoadX509KeyPair(c.storeCert, c.storeKey)
		if err != nil {
			return nil, fmt.Errorf("-store-cert: %w", err)
		}
		s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
		scheme, ca = "ftps", c.storeCert
	}
	if s.Listener, err = systemd.Listen("store", c.storeListen); err != nil {
		return nil, fmt.Errorf("-store-listen: %w", err)
	}
	ftp, err := store.ServeFTP(dir, store.Limits{Bytes: int64(c.storeQuota) * 1e9}, s)
	if err != nil {
		return nil, fmt.Errorf("-store-listen: %w", err)
	}
	sys.onClose(ftp.Close)
	sys.storeAddr = ftp.Addr()
	opened := &openedStore{files: dir, cleaner: sys.cleanerOf(dir)}
	if c.workers > 0 {
		_, port, _ := net.SplitHostPort(ftp.Addr().String())
		opened.worker, err = store.NewRemote(store.RemoteConfig{
			URL: fmt.Sprintf("%s://%s@localhost:%s/", scheme, c.storeUser, port), Password: c.storePassword, CAFile: ca,
		})
		if err != nil {
			return nil, err
		}
		sys.onClose(opened.worker.Close)
	}
	return opened, nil
}

func (sys *system) onClose(f func() error) { sys.closers = append(sys.closers, f) }

// cleanable is a part of the store that forgets by age.
type cleanable interface {
	Clean(ctx context.Context, ages store.Ages) (store.Cleaned, error)
}

func (sys *system) cleanerOf(c cleanable) func(context.Context) error {
	ages := store.DefaultAges()
	ages.Mosaics = sys.settings.keep
	ages.Uploads, ages.Needed = keepUploads, sys.needed
	return func(ctx context.Context) error {
		cleaned, err := c.Clean(ctx, ages)
		if cleaned != (store.Cleaned{}) {
			sys.log.Info("expired", slog.Any("removed", cleaned))
		}
		return err
	}
}

// janitor cleans at once, and every hour from then on.
func (sys *system) janitor(clean func(context.Context) error) {
	for {
		if err := clean(sys.ctx); err != nil && sys.ctx.Err() == nil {
			sys.log.Error("cleaning the store", "error", err)
		}
		select {
		case <-sys.ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}
