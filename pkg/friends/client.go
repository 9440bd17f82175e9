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
	// Contact is a way to reach whoever runs this, an address of the web or of mail: servers are
	// told it, and can complain before they lock us out.
	Contact string

	// Tokens are what some servers want to be shown, by origin (scheme://host). Nobody else ever
	// sees them. For GitHub the origin is https://api.github.com.
	Tokens map[string]string

	AllowPrivate bool // ask servers at private addresses, and without TLS, too: for closed networks only

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

// client asks servers of strangers, politely: it says who it is, keeps to the limits they set, and
// shows tokens to nobody but whom they are for.
type client struct {
	userAgent    string
	tokens       map[string]string
	allowPrivate bool
	timeout      time.Duration
	api          *http.Client // stays with the server that was asked
	roaming      *http.Client // may be sent elsewhere; never carries a token
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
		api: &http.Client{Transport: c.Transport, CheckRedirect: stayAtHome},
	}
	made.roaming = &http.Client{Transport: c.Transport, CheckRedirect: made.fewRedirects}
	return made
}

// errPort keeps strangers from having us knock at the mail servers and databases of others.
var errPort = errors.New("the port is not one of the web")

func usualPort(u *url.URL) bool {
	return u.Port() == "" || u.Port() == "443" && u.Scheme == "https" || u.Port() == "80" && u.Scheme == "http"
}

// stayAtHome follows a redirect only within the origin; any other becomes the answer.
func stayAtHome(r *http.Request, via []*http.Request) error {
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

// call is one question to a server.
type call struct {
	origin, path string // the path is escaped already
	query        url.Values
	header       map[string]string
	etag         string // of the answer that is known already
	tokenHeader  string // the name of the header that takes the token, and what stands before it
	tokenPrefix  string
	roams        bool   // may be redirected to other servers
	network      string // what the server is called that nobody typed; empty: it has the name of its host
}

// answer is what came back, whatever its status.
type answer struct {
	origin string // that of the call, but for the scheme where the server has no TLS
	host   string
	name   string // of the server or network, for sentences
	status int
	header http.Header
	body   []byte
}

// get asks. The error, if any, has a sentence, and is of one of the kinds [Unreachable], [Slow],
// [Offline], [Refused], [Broken] and [Busy]; or it is that of ctx.
func (c *client) get(ctx context.Context, q call) (*answer, error) {
	a, err := c.once(ctx, q)
	// A closed network often has no certificates. That there is no TLS is known before anything has
	// been said, and a token is only ever shown to the very origin that it is for.
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
	c.introduce(r, q)
	way := c.api
	if q.roams {
		way = c.roaming
	}
	res, err := way.Do(r)
	if err != nil {
		return nil, onTheWay(ctx, q, name, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return nil, onTheWay(ctx, q, name, err)
	}
	if len(body) > maxBody {
		return nil, broken(name, fmt.Errorf("more than %d bytes", maxBody))
	}
	a := &answer{origin: q.origin, host: host, name: name, status: res.StatusCode, header: res.Header, body: body}
	return a, c.heed(a)
}

// introduce says who asks, for what, and with which right.
func (c *client) introduce(r *http.Request, q call) {
	r.Header.Set("User-Agent", c.userAgent)
	r.Header.Set("Accept", "application/json")
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	if q.etag != "" {
		r.Header.Set("If-None-Match", q.etag)
	}
	if token := c.tokens[q.origin]; token != "" && q.tokenHeader != "" && !q.roams {
		r.Header.Set(q.tokenHeader, q.tokenPrefix+token)
	}
}

// hasToken reports whether there is a token for an origin, so that a refusal means something else.
func (c *client) hasToken(origin string) bool { return c.tokens[origin] != "" }

// heed remembers when a server wants to be left alone.
func (c *client) heed(a *answer) error {
	d := wait(a.header, time.Now())
	spent := exhausted(a.header)
	switch a.status {
	case http.StatusTooManyRequests:
		spent = false
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

// onTheWay says in words why there is no answer.
func onTheWay(ctx context.Context, q call, name string, err error) error {
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
		return comeBack(e.Wait, err, message.New("friends.asked_often", "host", name, "wait", e.Wait))
	}
	if e, ok := errors.AsType[*photo.Error](err); ok && e.Kind == photo.Refused {
		if q.network != "" { // our name server says so
			return cannotReach(name, err)
		}
		return refused(name, err)
	}
	if offline(q, err) {
		return cannotReach(name, err)
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
