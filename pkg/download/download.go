// Package download gets bytes from the public internet without giving access to private networks. Every error
// that a person should read is a [*photo.Error].
package download

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"golang.org/x/sync/semaphore"

	"smalti/pkg/pause"
	"smalti/pkg/photo"
)

// UserAgent identifies us to the servers of photos.
const UserAgent = "Smalti/1 (friend mosaics)"

// Config says how photos are downloaded. The zero value is safe.
type Config struct {
	Limits       photo.Limits  // only Bytes counts here; default 20 MiB
	Timeout      time.Duration // for one photo, with all tries and redirects; default 20 s
	Try          time.Duration // for one try, with all redirects; default 10 s
	Tries        int           // default 3
	Backoff      time.Duration // about so long before the second try, then twice that; default 300 ms
	AtOnce       int           // photos at once; default 16
	PerHost      int           // photos at once from one host; default 10
	Large        int           // photos of more than 256 KiB at once, until they are released; default 16
	UserAgent    string        // should tell how to contact the operator; default [UserAgent]
	Ports        []string      // that may be dialled; default 80 and 443
	AllowPrivate bool          // any address and, unless Ports is set, any port: for closed networks only

	// Allow counts each request, with every redirect, and says whether it may be sent now or else in how
	// long. It is called with the host alone, and again with the address of the host before that is used.
	// nil: all requests may be sent.
	Allow func(ctx context.Context, host string, at netip.Addr) (wait time.Duration, ok bool)

	// Proxy chooses the proxy of a request; nil means [http.ProxyFromEnvironment]. The proxy resolves names
	// and dials. To protect its network, names are resolved here as well, and refused if any address is not
	// public. A name that resolves differently for the proxy gets around that: the proxy should refuse
	// private addresses itself.
	Proxy func(*http.Request) (*url.URL, error)
}

// Downloader downloads photos from public addresses by http and https. It keeps no cookies and sends no
// credentials. It is safe for concurrent use; goroutines share its limits.
type Downloader struct {
	config Config
	client *http.Client
	hosts  hosts
	slots  *semaphore.Weighted
	large  *semaphore.Weighted
}

// New returns a downloader for the given configuration.
func New(c Config) *Downloader {
	setDefault(&c.Limits.Bytes, photo.DefaultDownloadBytes)
	setDefault(&c.Timeout, 20*time.Second)
	setDefault(&c.Try, 10*time.Second)
	setDefault(&c.Tries, 3)
	setDefault(&c.Backoff, 300*time.Millisecond)
	setDefault(&c.AtOnce, 16)
	setDefault(&c.PerHost, 10)
	setDefault(&c.Large, 16)
	if c.UserAgent == "" {
		c.UserAgent = UserAgent
	}
	if c.Ports == nil && !c.AllowPrivate {
		c.Ports = []string{"80", "443"}
	}
	if c.Proxy == nil {
		c.Proxy = http.ProxyFromEnvironment
	}
	return &Downloader{
		config: c,
		client: &http.Client{Transport: newGuard(c), CheckRedirect: onRedirect},
		hosts:  hosts{limit: c.PerHost},
		slots:  semaphore.NewWeighted(int64(c.AtOnce)),
		large:  semaphore.NewWeighted(int64(c.Large)),
	}
}

func setDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// Close closes idle connections.
func (d *Downloader) Close() {
	g := d.client.Transport.(*guard)
	g.direct.CloseIdleConnections()
	g.proxied.CloseIdleConnections()
}

// Fetch downloads the bytes at u, unless they are still the known version. It tries again after temporary
// failures, such as a busy server or a broken connection. The error is an [*photo.Error], or that of ctx; when ctx
// ends, Fetch returns at once.
func (d *Downloader) Fetch(ctx context.Context, u *url.URL, known Version) (Fetched, error) {
	// Waiting for a turn does not count against the server's time.
	release, err := d.hosts.acquire(ctx, u.Host)
	if err != nil {
		return Fetched{}, err
	}
	f, err := d.fetch(ctx, u, known)
	release(hostAnswered(ctx, err))
	if err != nil && ctx.Err() != nil {
		return Fetched{}, ctx.Err()
	}
	return f, asError(err)
}

// fetch tries until it succeeds, the failure is permanent, or there is no time for another try.
func (d *Downloader) fetch(ctx context.Context, u *url.URL, known Version) (Fetched, error) {
	var over time.Time
	for n := 1; ; n++ {
		if err := d.slots.Acquire(ctx, 1); err != nil {
			return Fetched{}, err
		}
		if n == 1 {
			over = time.Now().Add(d.config.Timeout)
		}
		f, err := d.try(ctx, u, known, over)
		// While waiting for a busy server, let others ask other servers.
		d.slots.Release(1)
		if err == nil || n >= d.config.Tries || ctx.Err() != nil || !temporary(err) {
			return f, err
		}
		wait := backoff(d.config.Backoff, n, err)
		if time.Until(over) < wait {
			return f, err
		}
		if !pause.For(ctx, wait) {
			return Fetched{}, ctx.Err()
		}
	}
}

func (d *Downloader) try(ctx context.Context, u *url.URL, known Version, over time.Time) (Fetched, error) {
	end := time.Now().Add(d.config.Try)
	if over.Before(end) {
		end = over
	}
	limited, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	return d.request(limited, u, known)
}
