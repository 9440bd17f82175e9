package photo

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
)

// maxRedirects is how often one photo may send us elsewhere.
const maxRedirects = 5

// guard is the way out: it lets through what is http or https and goes to a public address. It sees
// every hop of a redirect, and looks at the address that is dialled rather than at its name, so that
// a name that resolves differently the second time gains nothing.
type guard struct {
	allowPrivate bool
	ports        []string // empty: any
	proxy        func(*http.Request) (*url.URL, error)
	dialer       *net.Dialer     // dials public addresses only
	direct       *http.Transport // dials by dialer
	proxied      *http.Transport // dials the proxy that proxy names
	ask          func(ctx context.Context, host string, at netip.Addr) (time.Duration, bool)
	reached      reached
}

func newGuard(c DownloadConfig) *guard {
	g := &guard{allowPrivate: c.AllowPrivate, ports: c.Ports, proxy: c.Proxy, ask: c.Ask}
	g.dialer = &net.Dialer{Timeout: connectTimeout, ControlContext: g.control}
	g.direct = transport(g.dial, c.PerHost)
	g.proxied = transport((&net.Dialer{Timeout: connectTimeout}).DialContext, c.AtOnce)
	g.proxied.Proxy = c.Proxy
	return g
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
		// Pictures do not get smaller, and a compressed answer would have to be counted twice.
		DisableCompression: true,
	}
}

// dialled is the key of the host and port that are being dialled.
type dialled struct{}

// dial tells control whose addresses come, and remembers the one that answered.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := g.dialer.DialContext(context.WithValue(ctx, dialled{}, address), network, address)
	if err != nil {
		return nil, err
	}
	if to, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil && g.ask != nil {
		g.reached.note(address, to.Addr().Unmap())
	}
	return c, nil
}

// control is called with each address right before it is dialled.
func (g *guard) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if !g.allowPrivate && (err != nil || !Public(a.Addr())) {
		return &Error{Kind: Refused, Err: fmt.Errorf("%s is not public", address)}
	}
	host, _ := ctx.Value(dialled{}).(string)
	if at := a.Addr().Unmap(); at.IsValid() && at != g.reached.at(host) {
		return g.mayAsk(ctx, host, at)
	}
	return nil
}

// RoundTrip implements [http.RoundTripper].
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.allowed(r.URL); err != nil {
		return nil, err
	}
	if err := g.mayAsk(r.Context(), r.URL.Host, netip.Addr{}); err != nil {
		return nil, err
	}
	if at := g.reached.at(net.JoinHostPort(r.URL.Hostname(), port(r.URL))); at.IsValid() {
		if err := g.mayAsk(r.Context(), r.URL.Host, at); err != nil {
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
	if err := g.resolved(r.Context(), r.URL); err != nil {
		return nil, err
	}
	return g.proxied.RoundTrip(r)
}

// allowed judges what an address says by itself.
func (g *guard) allowed(u *url.URL) error {
	refuse := func(why string) error {
		return &Error{Kind: Refused, Err: fmt.Errorf("%s %s", u.Redacted(), why)}
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
	if a, err := netip.ParseAddr(host); err == nil && !Public(a.Unmap()) {
		return refuse("is not public")
	}
	return nil
}

// resolved judges the addresses behind a name that a proxy is going to dial.
func (g *guard) resolved(ctx context.Context, u *url.URL) error {
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
		if !Public(a.Unmap()) {
			return &Error{Kind: Refused, Err: fmt.Errorf("%s is %s, which is not public", host, a)}
		}
	}
	if key, at := net.JoinHostPort(host, port(u)), all[0].Unmap(); g.ask != nil && at != g.reached.at(key) {
		g.reached.note(key, at)
		return g.mayAsk(ctx, u.Host, at)
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

// onRedirect limits how many there are. Where they lead, RoundTrip judges. From https to http is
// allowed: nothing secret is ever sent, and a photo is no more trusted for having come by https.
func onRedirect(_ *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errTooManyRedirects
	}
	return nil
}
