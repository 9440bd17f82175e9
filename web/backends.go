package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/alicebob/miniredis/v2"

	"smalti/pkg/cache"
	"smalti/pkg/fleet"
	"smalti/pkg/journal"
	"smalti/pkg/pause"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
	"smalti/pkg/setup"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/mirror"
	"smalti/pkg/store/pairstore"
	"smalti/web/internal/limits"
	"smalti/web/internal/upkeep"
)

// backends are what the front end stands on.
type backends struct {
	journal *journal.Journal
	queue   *queue.Queue
	store   *openedStore
	stores  *fleet.StoreCheck
	limits  *limits.Limits
	photos  *cache.Cache // prepared ones
}

// openBackends opens them in the order in which they need each other. They are closed with the system.
func (sys *system) openBackends() (*backends, error) {
	c, b := sys.settings, &backends{}
	var err error
	if b.journal, err = journal.Open(filepath.Join(c.data, "journal")); err != nil {
		return nil, err
	}
	sys.onClose(b.journal.Close)
	sys.redis = c.redis.Conn()
	if c.single() {
		if sys.redis, err = sys.startEmbeddedRedis(); err != nil {
			return nil, err
		}
	}
	if b.queue, err = sys.openQueue(); err != nil {
		return nil, err
	}
	if err := sys.inspectRedis(b.queue); err != nil {
		return nil, err
	}
	sys.needed = func(ctx context.Context, id string, since time.Time) (bool, error) {
		return upkeep.Needed(ctx, b.queue, b.journal, c.keep, id, since)
	}
	if b.store, err = sys.openStore(b.journal.IsDeleted); err != nil {
		return nil, err
	}
	if b.stores, err = sys.checkStores(b.queue, b.store.files); err != nil {
		return nil, err
	}
	if b.limits, err = sys.openLimits(); err != nil {
		return nil, err
	}
	if b.photos, err = c.cache.Open(sys.log); err != nil {
		return nil, err
	}
	sys.onClose(b.photos.Close)
	return b, nil
}

func (sys *system) openQueue() (*queue.Queue, error) {
	c := sys.settings
	q, err := queue.Open(queue.Config{
		Redis: sys.redis, Retention: c.keep, MinReplicas: c.queue.minReplicas, MaxWaiting: c.queue.maxWaiting,
		ClientBytes: int64(c.queue.client), TotalBytes: int64(c.queue.total),
	})
	if err != nil {
		return nil, fmt.Errorf("-redis: %w", err)
	}
	sys.onClose(q.Close)
	return q, nil
}

func (sys *system) startEmbeddedRedis() (redisconn.Config, error) {
	embedded, password := miniredis.NewMiniRedis(), rand.Text()
	embedded.RequireAuth(password)
	embedded.ClockTTL(true) // keys must expire by themselves, as in a real one
	if err := embedded.StartAddr("127.0.0.1:0"); err != nil {
		return redisconn.Config{}, fmt.Errorf("starting the embedded Redis: %w", err)
	}
	sys.onClose(func() error { embedded.Close(); return nil })
	return redisconn.Config{URL: "redis://" + embedded.Addr() + "/0", Password: password}, nil
}

// inspectRedis warns of a Redis that may lose jobs, as soon as it can be reached. With -strict, that ends
// the front end: before anything listens, where Redis answers now.
func (sys *system) inspectRedis(q *queue.Queue) error {
	r := &sys.settings.redis
	if sys.settings.single() {
		return nil
	}
	if r.Strict {
		ctx, cancel := context.WithTimeout(sys.ctx, 3*time.Second)
		defer cancel()
		if err := r.Inspect(ctx, q, sys.log); err != nil {
			return err
		}
	}
	sys.running.Go(func() {
		if err := r.Inspect(sys.ctx, q, sys.log); err != nil {
			sys.served <- err
		}
	})
	return nil
}

// storage is what the front end needs of the store.
type storage interface {
	Ping(ctx context.Context) error
	Manifest(ctx context.Context, id string) (*store.Manifest, error)
	OpenFile(ctx context.Context, id, name string) (*os.File, store.File, error)
	OpenLookFile(ctx context.Context, id, token, name string) (*os.File, store.File, error)
	List(ctx context.Context) ([]string, error)
	Identities(ctx context.Context) ([]string, error)
	Mend(ctx context.Context, id string, depth store.Depth, pace store.Pace) (mended bool, err error)
	Delete(ctx context.Context, id string) error
	PutUpload(ctx context.Context, id, name string, r io.Reader, max int64) error
	OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error)
	DeleteUploads(ctx context.Context, id string) error
}

// openedStore is a store as the parts of this process see it.
type openedStore struct {
	files   storage
	worker  store.Closable              // as a worker in this process reaches it; nil without one
	catchUp func()                      // keeps a pair of stores the same, until the system ends; nil without a pair
	cleaner func(context.Context) error // removes what has expired
	cache   *mirror.Store               // that files is, or nil
}

// openStore opens the store that was asked for, or serves one from this process. deleted says which
// mosaics were deleted.
func (sys *system) openStore(deleted func(id string) bool) (*openedStore, error) {
	if sys.settings.store.Given() {
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
	remote, err := c.store.Open(ftpstore.Config{Patience: storePatience})
	if err != nil {
		return nil, err
	}
	sys.onClose(remote.Close)
	cache, err := dirstore.OpenCache(filepath.Join(c.data, "cache"))
	if err != nil {
		return nil, err
	}
	sys.onClose(cache.Close)
	mirror := mirror.New(remote, cache)
	sys.onClose(mirror.Close)
	opened := &openedStore{files: mirror, cache: mirror, worker: remote, cleaner: sys.cleanerOf(mirror)}
	if pair, ok := remote.(*pairstore.Store); ok {
		pair.Deleted = deleted
		opened.catchUp = func() { pair.KeepUp(sys.ctx, c.keep, sys.log) }
	}
	return opened, nil
}

func (sys *system) onClose(f func() error) { sys.closers = append(sys.closers, f) }

// cleanable is a part of the store that forgets by age.
type cleanable interface {
	Clean(ctx context.Context, ages dirstore.Ages) (dirstore.Cleaned, error)
}

func (sys *system) cleanerOf(c cleanable) func(context.Context) error {
	ages := dirstore.DefaultAges()
	ages.Mosaics = sys.settings.keep
	ages.Uploads, ages.Needed = limits.KeepUploads, sys.needed
	return func(ctx context.Context) error {
		cleaned, err := c.Clean(ctx, ages)
		if cleaned != (dirstore.Cleaned{}) {
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
		if !pause.For(sys.ctx, time.Hour) {
			return
		}
	}
}

// openLimits opens the limits, which are counted in the Redis that all web servers share.
func (sys *system) openLimits() (*limits.Limits, error) {
	c := sys.settings
	counts, err := setup.OpenLimiter(sys.redis, sys.log)
	if err != nil {
		return nil, err
	}
	sys.onClose(counts.Close)
	c.photos.Hosts.Limiter = counts
	return &limits.Limits{Settings: c.limits, Limiter: counts}, nil
}
