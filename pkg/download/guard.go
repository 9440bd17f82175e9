package download

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"smalti/pkg/photo"
)

// guard is a transport that sends requests by http and https to public addresses only. It sees every
// redirect, and checks the address that is dialled, so that a name that resolves differently the second time
// does not get around it.
type guard struct {
	allowPrivate bool
	ports        []string // empty: any
	proxy        func(*http.Request) (*url.URL, error)
	dialer       *net.Dialer     // dials public addresses only
	direct       *http.Transport // dials by dialer
	proxied      *http.Transport // dials the proxy that proxy names
	allow        func(ctx context.Context, host string, at netip.Addr) (time.Duration, bool)
	lastAddress  addressCache
}

func newGuard(c Config) *guard {
	g := &guard{allowPrivate: c.AllowPrivate, ports: c.Ports, proxy: c.Proxy, allow: c.Allow}
	g.dialer = &net.Dialer{Timeout: connectTimeout, ControlContext: g.control}
	g.direct = transport(g.dial, c.PerHost)
	g.proxied = transport((&net.Dialer{Timeout: connectTimeout}).DialContext, c.AtOnce)
	g.proxied.Proxy = c.Proxy
	return g
}

// NewTransport returns the transport of a [Downloader], to ask servers of strangers for other things than
// photos: it dials public addresses only. Of the configuration it uses AllowPrivate, Proxy and Allow. A
// refusal is an [*photo.Error] of kind [photo.Refused].
func NewTransport(c Config) http.RoundTripper {
	if c.Proxy == nil {
		c.Proxy = http.ProxyFromEnvironment
	}
	return newGuard(c)
}

// CloseIdleConnections is called by [http.Client].
func (g *guard) CloseIdleConnections() {
	g.direct.CloseIdleConnections()
	g.proxied.CloseIdleConnections()
}

const (
	connectTimeout = 5 * time.Second
	headerTimeout  = 10 * time.Second
)

func transport(dial func(ctx context.Context, network, address string) (net.Conn, error), idle int) *http.Transport {
	return &http.Transport{
		DialContext:            dial,
		TLSHandshakeTimeout:    connectTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    idle,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
		// Pictures do not get smaller by compression, which would get around the limit of bytes.
		DisableCompression: true,
	}
}

// dialled is the key of the host and port that are being dialled.
type dialled struct{}

// dial passes the host on to control, and remembers the address that answered.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := g.dialer.DialContext(context.WithValue(ctx, dialled{}, address), network, address)
	if err != nil {
		return nil, err
	}
	if to, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil && g.allow != nil {
		g.lastAddress.set(address, to.Addr().Unmap())
	}
	return c, nil
}

// control checks each address right before it is dialled.
func (g *guard) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if !g.allowPrivate && (err != nil || !isPublic(a.Addr())) {
		return &photo.Error{Kind: photo.Refused, Err: fmt.Errorf("%s is not public", address)}
	}
	host, _ := ctx.Value(dialled{}).(string)
	if at := a.Addr().Unmap(); at.IsValid() && at != g.lastAddress.get(host) {
		return g.checkAllowed(ctx, host, at)
	}
	return nil
}

// RoundTrip implements [http.RoundTripper].
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.checkURL(r.URL); err != nil {
		return nil, err
	}
	if err := g.checkAllowed(r.Context(), r.URL.Host, netip.Addr{}); err != nil {
		return nil, err
	}
	if at := g.lastAddress.get(net.JoinHostPort(r.URL.Hostname(), port(r.URL))); at.IsValid() {
		if err := g.checkAllowed(r.Context(), r.URL.Host, at); err != nil {
			return nil, err
		}
	}
	p, err := g.proxy(r)
	if err != nil {
		return nil, fmt.Errorf("choosing a proxy: %w", err)
	}
	if p == nil {
		return g.direct.RoundTrip(r)
	}
	if err := g.checkResolved(r.Context(), r.URL); err != nil {
		return nil, err
	}
	return g.proxied.RoundTrip(r)
}

// checkURL checks what can be told without resolving the host.
func (g *guard) checkURL(u *url.URL) error {
	refuse := func(why string) error {
		return &photo.Error{Kind: photo.Refused, Err: fmt.Errorf("%s %s", u.Redacted(), why)}
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse("is neither http nor https")
	case u.User != nil:
		return refuse("has a user name")
	case u.Hostname() == "":
		return refuse("has no host")
	case len(g.ports) > 0 && !slices.Contains(g.ports, port(u)):
		return refuse("has a port that is not dialled")
	case g.allowPrivate:
		return nil
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if numeric(host) || local(host) {
		return refuse("does not name a public host")
	}
	if a, err := netip.ParseAddr(host); err == nil && !isPublic(a.Unmap()) {
		return refuse("is not public")
	}
	return nil
}

// checkResolved checks the addresses of a host that a proxy is going to dial.
func (g *guard) checkResolved(ctx context.Context, u *url.URL) error {
	if g.allowPrivate {
		return nil
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return nil // judged already
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return fmt.Errorf("resolving for the proxy: %w", err)
	}
	for _, a := range all {
		if !isPublic(a.Unmap()) {
			return &photo.Error{Kind: photo.Refused, Err: fmt.Errorf("%s is %s, which is not public", host, a)}
		}
	}
	if key, at := net.JoinHostPort(host, port(u)), all[0].Unmap(); g.allow != nil && at != g.lastAddress.get(key) {
		g.lastAddress.set(key, at)
		return g.checkAllowed(ctx, u.Host, at)
	}
	return nil
}

// port is the port that an address leads to.
func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
