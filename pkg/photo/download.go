package photo

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"golang.org/x/sync/semaphore"
)

// UserAgent tells the servers that photos are fetched from who is asking.
const UserAgent = "Smalti/1 (friend mosaics)"

// DownloadConfig says how photos are fetched from the internet. The zero value is the safe one.
type DownloadConfig struct {
	Limits       Limits        // only Bytes counts here
	Timeout      time.Duration // for one photo, with all tries and redirects; default 20 s
	Try          time.Duration // for one try, with all redirects; default 10 s
	Tries        int           // default 3
	Backoff      time.Duration // about so long before the second try, then twice that; default 300 ms
	AtOnce       int           // photos at once; default 16
	PerHost      int           // photos at once from one host; default 10
	UserAgent    string        // should hold a way to reach whoever runs this; default [UserAgent]
	Ports        []string      // that may be dialled; default 80 and 443
	AllowPrivate bool          // any address and, unless there are Ports, any port: for closed networks only

	// Ask counts each request, every redirect among them, and says whether it may be sent now and, if
	// not, in how long. It is called with the host alone, and once more with the address that the host
	// has, before that is dialled or used again. nil: any host may be asked at any time.
	Ask func(ctx context.Context, host string, at netip.Addr) (wait time.Duration, ok bool)

	// Proxy chooses the proxy of a request; nil means [http.ProxyFromEnvironment]. Where a proxy is
	// used, it is the proxy that resolves names and dials. So that it is not asked for what lies
	// around it, a name is resolved here as well, and refused when any of its addresses is not
	// public; but a name that changes its mind in between reaches whatever the proxy lets it reach.
	// A proxy that the photos of strangers go through should refuse private addresses by itself.
	Proxy func(*http.Request) (*url.URL, error)
}

// Downloader fetches photos from public addresses of the internet by http and https. It keeps no
// cookies and sends no credentials. It may be used from several goroutines at once, which share its
// limits.
type Downloader struct {
	config DownloadConfig
	client *http.Client
	hosts  hosts
	seats  *semaphore.Weighted
}

// NewDownloader returns a downloader for the given configuration.
func NewDownloader(c DownloadConfig) *Downloader {
	c.Limits = c.Limits.orDefaults()
	setDefault(&c.Timeout, 20*time.Second)
	setDefault(&c.Try, 10*time.Second)
	setDefault(&c.Tries, 3)
	setDefault(&c.Backoff, 300*time.Millisecond)
	setDefault(&c.AtOnce, 16)
	setDefault(&c.PerHost, 10)
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
		seats:  semaphore.NewWeighted(int64(c.AtOnce)),
	}
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// Close ends the connections that wait for another use.
func (d *Downloader) Close() {
	g := d.client.Transport.(*guard)
	g.direct.CloseIdleConnections()
	g.proxied.CloseIdleConnections()
}

// Get fetches the bytes at u. The error is an [*Error], or that of ctx.
func (d *Downloader) Get(ctx context.Context, u *url.URL) ([]byte, error) {
	f, err := d.Fetch(ctx, u, Version{})
	return f.Data, err
}

// Fetch fetches the bytes at u, unless they are still the version that is known. What may pass, such
// as a busy server or a broken connection, is tried again. The error is an [*Error], or that of ctx;
// when ctx ends, Fetch returns at once.
func (d *Downloader) Fetch(ctx context.Context, u *url.URL, known Version) (Fetched, error) {
	// The time that is spent waiting for one's turn is not the server's fault.
	release, err := d.hosts.acquire(ctx, u.Host)
	if err != nil {
		return Fetched{}, err
	}
	f, err := d.persist(ctx, u, known)
	release(answered(ctx, err))
	if err != nil && ctx.Err() != nil {
		return Fetched{}, ctx.Err()
	}
	return f, asError(err)
}

// persist tries until it works, cannot work, or is not worth waiting for.
func (d *Downloader) persist(ctx context.Context, u *url.URL, known Version) (Fetched, error) {
	var over time.Time
	for n := 1; ; n++ {
		if err := d.seats.Acquire(ctx, 1); err != nil {
			return Fetched{}, err
		}
		if n == 1 {
			over = time.Now().Add(d.config.Timeout)
		}
		f, err := d.try(ctx, u, known, over)
		// Whoever waits for a busy server keeps its place there, and lets others to other servers.
		d.seats.Release(1)
		if err == nil || n >= d.config.Tries || ctx.Err() != nil || !mayPass(err) {
			return f, err
		}
		wait := pause(d.config.Backoff, n, err)
		if time.Until(over) < wait {
			return f, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
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
	return d.ask(limited, u, known)
}
