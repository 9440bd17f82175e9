// Package setup defines the flags that web and worker have in common, and opens what they stand for:
// Redis, the cache, the limits, the store, photos, memory and the admin listener.
package setup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"smalti/pkg/cache"
	"smalti/pkg/config"
	"smalti/pkg/limit"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
)

// Redis says which Redis the queue and the limits are in.
type Redis struct {
	URL    string // empty: none
	Strict bool   // an unsafe Redis or another store is an error, not a warning

	password *string
}

// Define adds the flags.
func (r *Redis) Define(s *config.Set) {
	s.Group("Redis")
	s.StringVar(&r.URL, "redis", "", "`URL` of Redis, as redis://host:6379/0, rediss://host, redis+sentinel://a,b/0?master=NAME or redis+cluster://a,b; without it, web is the whole system in one process")
	r.password = s.Password("redis-password", "`file` with the password of Redis")
	s.Check(func() error {
		if r.URL == "" && *r.password != "" {
			return errors.New("-redis-password-file: there is no -redis to use it for")
		}
		return checkURL("redis", r.URL)
	})
}

// DefineStrict adds the flag -strict.
func (r *Redis) DefineStrict(s *config.Set) {
	s.BoolVar(&r.Strict, "strict", false, "exit with code 78, instead of warning, where Redis may lose what it acknowledges, or where the store is not the one that the others of this Redis use")
}

func checkURL(flag, url string) error {
	if url == "" {
		return nil
	}
	if _, err := (redisconn.Config{URL: url}).Options(); err != nil {
		return fmt.Errorf("-%s: %w", flag, err)
	}
	return nil
}

// Conn says how to connect.
func (r *Redis) Conn() redisconn.Config { return redisconn.Config{URL: r.URL, Password: *r.password} }

// OpenLimiter opens the limits, which are counted in Redis. It does not connect.
func OpenLimiter(c redisconn.Config, log *slog.Logger) (*limit.Limiter, error) {
	client, err := redisconn.New(c)
	if err != nil {
		return nil, fmt.Errorf("-redis: %w", err)
	}
	return limit.New(client, log), nil
}

// Inspect waits until Redis can be reached, and then warns of each way in which it may lose jobs; where
// Strict, that is an error instead. Once ctx has ended, it returns nil.
func (r *Redis) Inspect(ctx context.Context, q *queue.Queue, log *slog.Logger) error {
	faults := q.Ops().InspectOnce(ctx)
	if r.Strict {
		return config.Invalid("-redis", faults...)
	}
	for _, f := range faults {
		log.Warn("redis may lose jobs", "why", f)
	}
	return nil
}

// Cache says where prepared photos are kept.
type Cache struct {
	redis    *Redis
	url      string
	password *string
}

// Define adds the flags. Without them, the cache is in r.
func (c *Cache) Define(s *config.Set, r *Redis) {
	s.Group("Redis")
	c.redis = r
	s.StringVar(&c.url, "cache", "", "`URL` of a Redis that keeps prepared photos for a day, and may lose them at any time (default the one of -redis; without one, memory)")
	c.password = s.Password("cache-password", "`file` with the password of that Redis")
	s.Check(func() error { return checkURL("cache", c.url) })
}

// Open opens the cache. It does not connect.
func (c *Cache) Open(log *slog.Logger) (*cache.Cache, error) {
	conn := redisconn.Config{URL: c.url, Password: *c.password}
	if c.url == "" {
		conn = c.redis.Conn()
	}
	if conn.URL == "" {
		return cache.New(nil, cache.Config{}), nil
	}
	client, err := redisconn.New(conn)
	if err != nil {
		return nil, fmt.Errorf("-cache: %w", err)
	}
	return cache.New(client, cache.Config{Log: log}), nil
}
