package friends

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"smalti/pkg/message"
	"smalti/pkg/photo"
)

// Config says how networks are asked. The zero value is the safe one.
type Config struct {
	// Contact is how to reach the operator, by web or mail. It is in the User-Agent, so that servers can
	// complain before they block us.
	Contact string

	// Tokens are access tokens by origin (scheme://host), and are sent nowhere else. For GitHub the origin
	// is https://api.github.com.
	Tokens map[string]string

	AllowPrivate bool // also ask servers at private addresses and without TLS: for closed networks only

	GitHub  string // origin of GitHub's API; default https://api.github.com
	Bluesky string // origin of Bluesky's AppView; default https://public.api.bsky.app

	Timeout   time.Duration     // for one request; default 10 s
	Transport http.RoundTripper // default: one that dials only public addresses, see [photo.NewTransport]
}

// Limits of one answer.
const (
	maxBody      = 4 << 20 // a page of 80 accounts with long profiles has less than 1 MB
	maxRedirects = 3
)

// client sends requests to other people's servers: it says who it is, respects their rate limits, and sends a
// token only to the server that it is for.
type client struct {
	userAgent    string
	tokens       map[string]string
	allowPrivate bool
	timeout      time.Duration
	api          *http.Client // follows redirects within the origin
	anywhere     *http.Client // follows redirects to other servers; never sends a token
	holds        holds
}

func newClient(c Config) *client {
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Transport == nil {
		c.Transport = photo.NewTransport(photo.DownloadConfig{AllowPrivate: c.AllowPrivate})
	}
	agent := "Smalti/1"
	if c.Contact != "" {
		agent += " (+" + c.Contact + ")"
	}
	made := &client{
		userAgent: agent, tokens: c.Tokens, allowPrivate: c.AllowPrivate, timeout: c.Timeout,
		api: &http.Client{Transport: c.Transport, CheckRedirect: sameOrigin},
	}
	made.anywhere = &http.Client{Transport: c.Transport, CheckRedirect: made.fewRedirects}
	return made
}

// errPort refuses unusual ports, so that nobody can make us connect to mail servers and databases.
var errPort = errors.New("the port is not one of the web")

func usualPort(u *url.URL) bool {
	return u.Port() == "" || u.Port() == "443" && u.Scheme == "https" || u.Port() == "80" && u.Scheme == "http"
}

// sameOrigin follows redirects within the origin. Any other is returned as the answer.
func sameOrigin(r *http.Request, via []*http.Request) error {
	if r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

func (c *client) fewRedirects(r *http.Request, via []*http.Request) error {
	if !c.allowPrivate && !usualPort(r.URL) {
		return errPort
	}
	if len(via) > maxRedirects || via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return http.ErrUseLastResponse
	}
	return nil
}

// call is one request.
type call struct {
	origin, path string // the path is escaped already
	query        url.Values
	header       map[string]string
	etag         string // of the answer that we have
	tokenHeader  string // the name of the header that takes the token, and what stands before it
	tokenPrefix  string
	anyServer    bool   // may be redirected to another server
	network      string // how people call a server whose host nobody typed; empty: its host
}

// answer is a response of any status.
type answer struct {
	origin string // that of the call, with http where the server has no TLS
	host   string
	name   string // of the server or network, for messages
	status int
	header http.Header
	body   []byte
}

// get sends a request. The error is an [*Error] of the kinds [Unreachable], [Slow], [Offline], [Refused],
// [LoginNeeded], [Broken] or [Busy], or that of ctx.
func (c *client) get(ctx context.Context, q call) (*answer, error) {
	a, err := c.once(ctx, q)
	// Closed networks often have no certificates. The lack of TLS shows before anything is sent, and a token
	// is only sent to its own origin.
	if rest, isTLS := strings.CutPrefix(q.origin, "https://"); isTLS && c.allowPrivate && errors.Is(err, http.ErrSchemeMismatch) {
		q.origin = "http://" + rest
		a, err = c.once(ctx, q)
	}
	return a, err
}

func (c *client) once(ctx context.Context, q call) (*answer, error) {
	u, err := url.Parse(q.origin + q.path)
	if err != nil {
		return nil, fail(BadHandle, err, message.New("friends.bad_server", "host", strings.TrimPrefix(q.origin, "https://")))
	}
	u.RawQuery = q.query.Encode()
	host := u.Host
	if !c.allowPrivate && !usualPort(u) {
		return nil, refused(host, errPort)
	}
	name := host
	if q.network != "" {
		name = q.network
	}
	if left := c.holds.left(host); left > 0 {
		return nil, busy(name, left)
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(limited, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fail(BadHandle, err, message.New("friends.bad_server", "host", strings.TrimPrefix(q.origin, "https://")))
	}
	c.setHeaders(r, q)
	way := c.api
	if q.anyServer {
		way = c.anywhere
	}
	res, err := way.Do(r)
	if err != nil {
		return nil, requestError(ctx, q, name, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return nil, requestError(ctx, q, name, err)
	}
	if len(body) > maxBody {
		return nil, broken(name, fmt.Errorf("more than %d bytes", maxBody))
	}
	a := &answer{origin: q.origin, host: host, name: name, status: res.StatusCode, header: res.Header, body: body}
	if err := c.noteRateLimit(a); err != nil {
		return a, err
	}
	return a, c.refusal(a)
}

// refusal is what a status means on every network.
func (c *client) refusal(a *answer) error {
	switch {
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		var cause error
		if c.tokens[a.origin] != "" {
			cause = errors.New("the token was refused")
		}
		return loginNeeded(a.name, cause)
	case a.status >= 500:
		return serverError(a.name, a.status)
	}
	return nil
}

// setHeaders adds the User-Agent, what is accepted, and the token.
func (c *client) setHeaders(r *http.Request, q call) {
	r.Header.Set("User-Agent", c.userAgent)
	r.Header.Set("Accept", "application/json")
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	if q.etag != "" {
		r.Header.Set("If-None-Match", q.etag)
	}
	if token := c.tokens[q.origin]; token != "" && q.tokenHeader != "" && !q.anyServer {
		r.Header.Set(q.tokenHeader, q.tokenPrefix+token)
	}
}

// noteRateLimit remembers until when a server wants no more requests.
func (c *client) noteRateLimit(a *answer) error {
	d := wait(a.header, time.Now())
	spent := exhausted(a.header)
	switch a.status {
	case http.StatusTooManyRequests:
	case http.StatusForbidden: // GitHub's way to say 429
		if !spent && a.header.Get("Retry-After") == "" {
			return nil
		}
	case http.StatusServiceUnavailable:
		if a.header.Get("Retry-After") == "" {
			return nil
		}
	default:
		if spent && d > 0 {
			c.holds.put(a.host, d) // this answer is good; the next would not be
		}
		return nil
	}
	if d == 0 {
		d = defaultWait
	}
	c.holds.put(a.host, d)
	return busy(a.name, d)
}

// requestError says why there is no answer.
func requestError(ctx context.Context, q call, name string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if errors.Is(err, errPort) {
		return refused(name, err)
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return fail(Unreachable, err, message.New("friends.no_tls", "host", name))
	}
	if e, ok := errors.AsType[*photo.Error](err); ok && e.Kind == photo.PutOff {
		return tryLater(e.Wait, err, message.New("friends.asked_often", "host", name, "wait", e.Wait))
	}
	if e, ok := errors.AsType[*photo.Error](err); ok && e.Kind == photo.Refused {
		if q.network != "" { // our name server says so
			return unreachableFromHere(name, err)
		}
		return refused(name, err)
	}
	if offline(q, err) {
		return unreachableFromHere(name, err)
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return fail(Slow, err, message.New("friends.too_slow", "host", name))
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok && d.IsNotFound {
		return fail(Unreachable, err, message.New("friends.no_such_server", "host", name))
	}
	if badCertificate(err) {
		return fail(Unreachable, err, message.New("friends.bad_certificate", "host", name))
	}
	return fail(Unreachable, err, message.New("friends.unreachable", "host", name))
}

// isJSON reports whether the answer claims to be JSON: servers of other kinds answer any address
// with a page.
func (a *answer) isJSON() bool {
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// decode reads the whole answer into v.
func (a *answer) decode(v any) error {
	if !a.isJSON() {
		return fmt.Errorf("%q is not JSON", a.header.Get("Content-Type"))
	}
	return json.Unmarshal(a.body, v)
}

// list reads the answer as an array, one element at a time: one that makes no sense costs the others
// nothing. No more than most are read.
func list[T any](data []byte, most int) (all []T, err error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	for _, r := range raw[:min(len(raw), most)] {
		var v T
		if json.Unmarshal(r, &v) == nil {
			all = append(all, v)
		}
	}
	return all, nil
}
