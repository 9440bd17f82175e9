package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/limit"
	"smalti/pkg/setup"
	"smalti/web/internal/problem"
)

// limitSettings say what one client may have, and who may speak for clients.
type limitSettings struct {
	mosaics, friends, thumbs, uploads limit.Rate
	quota                             limit.Quota // of photos that wait for their mosaic
	connections                       int         // of one client, or requests of it through a proxy; 0: no limit
	proxies                           []netip.Prefix
}

func (c *limitSettings) define(s *config.Set) {
	s.Group("Limits of one client")
	s.TextVar(&c.mosaics, "limit-mosaics", limit.Rate{Burst: 60, Per: 10 * time.Minute}, "`rate` at which one client may ask for mosaics, as 60/10m, or off")
	s.TextVar(&c.friends, "limit-friends", limit.Rate{Burst: 120, Per: 10 * time.Minute}, "`rate` at which one client may have friends looked up, or off")
	s.TextVar(&c.thumbs, "limit-thumbs", limit.Rate{Burst: 6000, Per: 10 * time.Minute}, "`rate` at which one client may have small pictures of looked-up friends, or off")
	s.TextVar(&c.uploads, "limit-uploads", limit.Rate{Burst: 4 << 30, Per: time.Hour}, "`rate` at which one client may send photos, as 4GiB/1h, or off")
	s.TextVar(&c.quota.Client, "quota-client", limit.Size(2<<30), "`bytes` of photos that may wait for the mosaics of one client, as 2GiB, or off")
	s.TextVar(&c.quota.Total, "quota-total", limit.Size(50<<30), "`bytes` of photos that may wait for all mosaics together, or off")
	s.IntVar(&c.connections, "limit-connections", 250, "`connections` with requests being answered that one client may have, or requests at once through a trusted proxy; 0: no limit")
	proxies := s.String("trust-proxy", "", "`addresses` of the proxies whose X-Forwarded-For is believed, as 10.0.0.0/8,2001:db8::7 (default none)")
	s.Check(func() error {
		if c.connections < 0 {
			return errors.New("-limit-connections: must not be negative")
		}
		return nil
	})
	s.Check(func() (err error) {
		c.proxies, err = parsePrefixes(*proxies)
		return err
	})
}

func parsePrefixes(list string) (all []netip.Prefix, err error) {
	if list == "" {
		return nil, nil
	}
	for s := range strings.SplitSeq(list, ",") {
		s = strings.TrimSpace(s)
		p, err := netip.ParsePrefix(s)
		if a, plain := netip.ParseAddr(s); plain == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("-trust-proxy: %q is neither an address nor a network", s)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// limits keep one client from taking what is everybody's.
type limits struct {
	limitSettings
	hosts *limit.Hosts
	taken *limit.Limiter
}

// openLimits opens the limits, which are counted in the Redis that all web servers share.
func (sys *system) openLimits() (*limits, error) {
	c := sys.settings
	taken, err := setup.OpenLimiter(sys.redis, sys.log)
	if err != nil {
		return nil, err
	}
	sys.onClose(taken.Close)
	c.photos.Hosts.Limiter = taken
	return &limits{limitSettings: c.limits, hosts: c.photos.Hosts, taken: taken}, nil
}

// take takes from what the sender of r may have, or returns the problem to answer with.
func (l *limits) take(r *http.Request, thing string, n int64, rate limit.Rate) error {
	wait, ok := l.taken.Take(r.Context(), thing, limit.ClientOf(r, l.proxies), n, rate)
	if ok {
		return nil
	}
	return problem.TooOften(wait)
}

// extend holds the room of a batch for longer.
func (l *limits) extend(ctx context.Context, batch string) {
	l.taken.Extend(ctx, limit.Uploads, batch, keepUploads)
}

// release gives back the room of a batch.
func (l *limits) release(ctx context.Context, batch string) {
	l.taken.Release(ctx, limit.Uploads, batch)
}

// limited lets a request through that pays for what it asks for.
func (s *server) limited(pay func(*limits, *http.Request) error, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.limits != nil {
			if err := pay(s.limits, r); err != nil {
				s.refuse(w, r, err)
				return
			}
		}
		next(w, r)
	}
}

// payFriends pays for a list of friends, or a page of one.
func (l *limits) payFriends(r *http.Request) error { return l.take(r, "friends", 1, l.friends) }

// payThumb pays for a friend's small picture.
func (l *limits) payThumb(r *http.Request) error { return l.take(r, "thumbs", 1, l.thumbs) }

// payMosaic pays for a mosaic, and for the bytes of photos that come with it.
func (l *limits) payMosaic(r *http.Request) error {
	if err := l.take(r, "mosaics", 1, l.mosaics); err != nil {
		return err
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return nil
	}
	// What is announced is asked for at once, before it is sent in vain; it is paid for as it comes.
	if n := r.ContentLength; n > 0 {
		if wait, ok := l.taken.Has(r.Context(), "uploads", limit.ClientOf(r, l.proxies), n, l.uploads); !ok {
			return problem.TooOften(wait)
		}
	}
	r.Body = &metered{r.Body, l.tollOf(r)}
	return nil
}

// tollOf is for the bytes of photos that r brings.
func (l *limits) tollOf(r *http.Request) *toll {
	return &toll{take: func(n int64) error { return l.take(r, "uploads", n, l.uploads) }}
}

// toll pays for bytes, a piece in advance. It is free where it is nil.
type toll struct {
	take func(n int64) error
	paid int64
}

// piece is small beside a photo, so that little is paid for nothing.
const piece = 1 << 20

func (t *toll) pay(n int64) error {
	if t == nil {
		return nil
	}
	for ; t.paid < n; t.paid += piece {
		if err := t.take(piece); err != nil {
			return err
		}
	}
	t.paid -= n
	return nil
}

// metered pays for a body while it comes.
type metered struct {
	io.ReadCloser
	toll *toll
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	if paid := m.toll.pay(int64(n)); paid != nil {
		return 0, paid
	}
	return n, err
}
