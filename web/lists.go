package main

import (
	"fmt"
	"net/http"
	"time"

	"smalti/pkg/cache"
	"smalti/pkg/download"
	"smalti/pkg/friends"
	"smalti/pkg/metrics"
	"smalti/pkg/redisconn"
	"smalti/web/internal/lookup"
)

// newLookup makes what asks the networks, with caches of its own.
func (sys *system) newLookup(b *backends, refuse func(http.ResponseWriter, *http.Request, error)) (*lookup.Handler, error) {
	p := &sys.settings.photos
	faces := b.photos.Apart()
	thumbs := lookup.NewThumbs(faces, p.Hosts.Take, p.AllowPrivate)
	sys.onClose(thumbs.Close)
	known, err := sys.openListCache()
	if err != nil {
		return nil, err
	}
	sys.registry.MustRegister(metrics.Caches{"photos": b.photos.Stats, "thumbs": faces.Stats, "friends": known.Stats})
	return &lookup.Handler{Lists: sys.openLists(known), Thumbs: thumbs, Hosts: p.Hosts, Log: sys.log, Refuse: refuse}, nil
}

// openListCache opens the cache of lists, which all web servers share: a list that was begun on one is
// continued on any.
func (sys *system) openListCache() (*cache.Shared, error) {
	client, err := redisconn.New(sys.redis)
	if err != nil {
		return nil, fmt.Errorf("-redis: %w", err)
	}
	// Some thousand lists of a few hundred people.
	c := cache.NewShared(client, cache.Config{Name: "lists", Shared: 128 << 20, Value: 4 << 20, Patience: 2 * time.Second, Log: sys.log})
	sys.onClose(c.Close)
	return c, nil
}

// openLists prepares to ask the networks; nobody is asked yet.
func (sys *system) openLists(known *cache.Shared) *friends.Lists {
	c := &sys.settings.networks
	if c.Transport == nil {
		c.Transport = download.NewTransport(download.Config{AllowPrivate: c.AllowPrivate, Allow: sys.settings.photos.Hosts.Take})
	}
	return friends.NewLists(friends.Networks(sys.settings.networks), known)
}
