package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"smalti/pkg/admin"
	"smalti/pkg/config"
	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/limit"
	"smalti/pkg/setup"
	"smalti/web/internal/limits"
)

// settings is the whole configuration of the web front end.
type settings struct {
	listen    string
	publicURL string
	data      string
	keep      time.Duration

	redis setup.Redis
	cache setup.Cache
	queue queueSettings

	store    setup.Store // elsewhere
	ownStore ownStore
	scrub    int // MB a second

	photos   setup.Photos
	networks friends.Config
	limits   limits.Settings

	workers int
	memory  setup.Memory

	admin admin.Flags
	wait  time.Duration // how long people should wait for a worker, at most
	log   config.Log
}

// single reports whether this process is the whole system.
func (c *settings) single() bool { return c.redis.URL == "" }

// defineSettings defines all flags. The settings are complete once the set has been parsed.
func defineSettings(s *config.Set) *settings {
	c := &settings{}
	c.definePages(s)
	c.redis.Define(s)
	c.redis.DefineStrict(s)
	c.cache.Define(s, &c.redis)
	c.queue.define(s, &c.redis)
	c.store.Define(s)
	c.ownStore.define(s)
	c.defineScrub(s)
	c.defineRendering(s)
	c.photos.Define(s)
	defineNetworks(s, &c.networks)
	c.limits.Define(s)
	c.admin.Define(s)
	c.defineWait(s)
	c.log.Define(s)
	s.Check(c.checkStores)
	s.Check(func() error { c.fillIn(s.Getenv); return nil })
	return c
}

func (c *settings) definePages(s *config.Set) {
	s.Group("Pages")
	s.StringVar(&c.listen, "listen", "localhost:8080", "`address` of the pages")
	s.StringVar(&c.publicURL, "public-url", "", "`URL` under which browsers find the pages, as https://smalti.example; for links that are shared (default what each browser used)")
	s.StringVar(&c.data, "data", "", "`directory` for the journal and the store; one process at a time (default $STATE_DIRECTORY, or ~/.local/state/smalti)")
	s.DurationVar(&c.keep, "keep", 30*24*time.Hour, "how long a finished mosaic is kept, from 1h to ten years; a change holds for mosaics that are requested from then on")
	s.Check(func() error { return checkAddress("listen", c.listen) })
	s.Check(func() error { return checkPublicURL(c.publicURL) })
	s.Check(func() error {
		if c.keep < job.MinKeep || c.keep > job.MaxKeep {
			return errors.New("-keep: must be from 1h to ten years")
		}
		return nil
	})
}

func (c *settings) defineScrub(s *config.Set) {
	s.Group("Store")
	s.IntVar(&c.scrub, "scrub", 4, "`MB` a second at which finished mosaics are read again to find and replace damaged ones, by one web server at a time; 0 turns it off")
	s.Check(func() error {
		if c.scrub < 0 {
			return errors.New("-scrub: must not be negative")
		}
		return nil
	})
}

func (c *settings) defineRendering(s *config.Set) {
	c.memory.Define(s)
	s.IntVar(&c.workers, "workers", -1, "`N` rendering workers in this process (default 1 without -redis, 0 with)")
}

func (c *settings) defineWait(s *config.Set) {
	s.DurationVar(&c.wait, "wanted-wait", 30*time.Second, "how long a mosaic should wait for a worker, at most: the number of workers that are wanted follows from it")
	s.Check(func() error {
		if c.wait < time.Second {
			return errors.New("-wanted-wait: must be at least 1s")
		}
		return nil
	})
}

// checkStores checks what the flags of a store elsewhere and of our own say together.
func (c *settings) checkStores() error {
	if c.store.Given() {
		if c.ownStore.listen != "" || c.ownStore.cert != "" {
			return errors.New("-store: with a store elsewhere, -store-listen and -store-cert have no meaning")
		}
		return nil
	}
	if !c.single() && c.store.Password() == "" {
		return errors.New("-store-password-file: is required for the store of this process, because workers elsewhere need the password")
	}
	return nil
}

// fillIn sets the defaults that depend on other settings.
func (c *settings) fillIn(getenv func(string) string) {
	if c.data == "" {
		c.data = defaultData(getenv)
	}
	if c.ownStore.listen == "" {
		c.ownStore.listen = "localhost:2121"
		if c.single() {
			c.ownStore.listen = "localhost:0"
		}
	}
	if c.workers < 0 {
		c.workers = 0
		if c.single() {
			c.workers = 1
		}
	}
	c.publicURL = strings.TrimSuffix(c.publicURL, "/")
	c.networks.AllowPrivate = c.photos.AllowPrivate
}

// queueSettings bound what waits.
type queueSettings struct {
	minReplicas   int
	maxWaiting    int
	client, total limit.Size // of packages, in bytes
}

func (c *queueSettings) define(s *config.Set, r *setup.Redis) {
	s.IntVar(&c.minReplicas, "redis-min-replicas", 0, "accept a mosaic only once `N` replicas of Redis have it")
	s.Group("Waiting mosaics")
	s.TextVar(&c.client, "waiting-client", limit.Size(64<<20), "`bytes` of requests of one client that may wait; more are refused with 429; each friend takes a few hundred")
	s.TextVar(&c.total, "waiting-total", limit.Size(1<<30), "`bytes` of requests of all clients together that may wait; more are refused with 503; Redis needs a quarter more")
	s.IntVar(&c.maxWaiting, "max-waiting", 10_000, "`N` mosaics may wait on each of the two lists; more are refused with 503")
	s.Check(func() error {
		if c.maxWaiting < 1 {
			return errors.New("-max-waiting: must be at least 1")
		}
		if min(c.client, c.total) < job.MaxPackageBytes {
			return errors.New("-waiting-client, -waiting-total: must have room for one request, which is 4MiB")
		}
		if r.URL == "" && c.minReplicas != 0 {
			return errors.New("-redis-min-replicas: needs -redis")
		}
		return nil
	})
}

func checkAddress(flag, address string) error {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("-%s: %q is not of the form host:port", flag, address)
	}
	return nil
}

// checkPublicURL accepts a scheme and a host, because the pages are at the root of their host.
func checkPublicURL(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("-public-url: %q is not of the form https://host", address)
	}
	return nil
}

// defaultData is where systemd says, or else where a person's programs keep their state (XDG Base
// Directory Specification, $XDG_STATE_HOME).
func defaultData(getenv func(string) string) string {
	if dir := getenv("STATE_DIRECTORY"); dir != "" {
		return dir
	}
	if dir := getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "smalti")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "smalti-data"
	}
	return filepath.Join(home, ".local", "state", "smalti")
}
