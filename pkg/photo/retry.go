package photo

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"
)

// passing are the statuses that the same request may not get again.
var passing = []int{
	http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusInternalServerError,
	http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

var errTooManyRedirects = errors.New("too many redirects")

// mayPass reports whether trying again may go better: not where the server, its name or its
// certificate says no.
func mayPass(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return slices.Contains(passing, e.Status)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return !dns.IsNotFound
	}
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	return !badCertificate && !errors.Is(err, errTooManyRedirects)
}

// pause is how long to wait after the n-th try: as long as the server asked for, or else twice as
// long each time; a little more or less, so that those who were refused together do not come back
// together.
func pause(first time.Duration, n int, err error) time.Duration {
	wait := first << (n - 1)
	if e, ok := errors.AsType[*Error](err); ok && e.after > 0 {
		return e.after + rand.N(first)
	}
	return wait/2 + rand.N(wait)
}

// retryAfter reads a server's wish, in seconds or as a date (RFC 9110, 10.2.3); zero where there is
// none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	const longest = time.Hour // nobody waits so long; it keeps the arithmetic from overflowing
	v := h.Get("Retry-After")
	if n, err := strconv.ParseUint(v, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, longest)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), longest)
	}
	return 0
}

// answered reports whether there is somebody at a host: only a host that has nothing to say for
// itself, photo after photo, is given up.
func answered(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return true
	}
	_, said := errors.AsType[*Error](err)
	return said
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
