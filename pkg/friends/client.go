package friends

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"smalti/pkg/download"
	"smalti/pkg/message"
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
	Transport http.RoundTripper // default: one that dials only public addresses, see [download.NewTransport]
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
		c.Transport = download.NewTransport(download.Config{AllowPrivate: c.AllowPrivate})
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
	body, err := readBody(res)
	if isBroken(err) {
		return nil, broken(name, err)
	}
	if err != nil {
		return nil, requestError(ctx, q, name, err)
	}
	a := &answer{origin: q.origin, host: host, name: name, status: res.StatusCode, header: res.Header, body: body}
	if err := c.noteRateLimit(a); err != nil {
		return a, err
	}
	return a, c.refusal(a)
}

// setHeaders adds the User-Agent, what is accepted, in which encoding, and the token.
func (c *client) setHeaders(r *http.Request, q call) {
	r.Header.Set("User-Agent", c.userAgent)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Accept-Encoding", coding)
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
