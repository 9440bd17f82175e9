package friends

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"smalti/pkg/message"
	"smalti/pkg/photo"
)

// answer is a response of any status.
type answer struct {
	origin string // that of the call, with http where the server has no TLS
	host   string
	name   string // of the server or network, for messages
	status int
	header http.Header
	body   []byte
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
