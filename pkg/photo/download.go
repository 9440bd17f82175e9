package photo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// DownloadConfig says how photos are fetched from the internet. The zero value is the safe one.
type DownloadConfig struct {
	Limits       Limits        // only Bytes counts here
	Timeout      time.Duration // for one photo, all redirects included; default 15 s
	PerHost      int           // at most so many at once from one host; default 4
	UserAgent    string        // should hold a way to reach whoever runs this; default "Smalti"
	AllowPrivate bool          // dial addresses that are not public too: for closed networks only

	// Proxy chooses the proxy of a request; nil means [http.ProxyFromEnvironment]. Where a proxy is
	// used, it is the proxy that resolves names, so it is the proxy that has to refuse the names of
	// private hosts; private addresses in figures are refused here all the same.
	Proxy func(*http.Request) (*url.URL, error)
}

// Downloader fetches photos from public addresses of the internet, any port, by http and https. It
// keeps no cookies and sends no credentials. It may be used from several goroutines at once.
type Downloader struct {
	config DownloadConfig
	client *http.Client
	hosts  hosts
}

// NewDownloader returns a downloader for the given configuration.
func NewDownloader(c DownloadConfig) *Downloader {
	c.Limits = c.Limits.orDefaults()
	if c.Timeout <= 0 {
		c.Timeout = 15 * time.Second
	}
	if c.PerHost <= 0 {
		c.PerHost = 4
	}
	if c.UserAgent == "" {
		c.UserAgent = "Smalti"
	}
	if c.Proxy == nil {
		c.Proxy = http.ProxyFromEnvironment
	}
	return &Downloader{
		config: c,
		client: &http.Client{Transport: newGuard(c), CheckRedirect: onRedirect},
		hosts:  hosts{limit: c.PerHost},
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
	// The time that is spent waiting for one's turn is not the server's fault.
	release, err := d.hosts.acquire(ctx, u.Hostname())
	if err != nil {
		return nil, err
	}
	defer release()
	limited, cancel := context.WithTimeout(ctx, d.config.Timeout)
	defer cancel()
	data, err := d.get(limited, u)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return data, asError(err)
}

func (d *Downloader) get(ctx context.Context, u *url.URL) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", d.config.UserAgent)
	r.Header.Set("Accept", "image/jpeg, image/png, image/webp, image/gif;q=0.9, */*;q=0.1")
	resp, err := d.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return nil, &Error{Kind: Gone, Status: resp.StatusCode}
	default:
		return nil, &Error{Kind: Unreachable, Status: resp.StatusCode}
	}
	most := d.config.Limits.Bytes
	if resp.ContentLength > most {
		return nil, &Error{Kind: TooLarge, Got: resp.ContentLength, Limit: most}
	}
	return readAll(resp.Body, most)
}

// readAll reads at most so many bytes, and refuses more, and none.
func readAll(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading: %w", err)
	case int64(len(data)) > most:
		return nil, &Error{Kind: TooLarge, Limit: most}
	case len(data) == 0:
		return nil, &Error{Kind: Empty}
	}
	return data, nil
}

// asError makes an [*Error] of what went wrong on the way.
func asError(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	n, ok := errors.AsType[net.Error](err)
	if ok && n.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: Timeout, Err: err}
	}
	return &Error{Kind: Unreachable, Err: err}
}
