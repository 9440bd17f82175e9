package download

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

	"smalti/pkg/pause"
	"smalti/pkg/photo"
)

// temporaryStatuses are those that the same request may not get again.
var temporaryStatuses = []int{
	http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusInternalServerError,
	http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// busyError is an answer that is no photo, of a server that may have said when it wants to be asked again.
type busyError struct {
	error // a photo.Error
	after time.Duration
}

func (e *busyError) Unwrap() error { return e.error }

// temporary reports whether another try may succeed.
func temporary(err error) bool {
	if e, ok := errors.AsType[*photo.Error](err); ok {
		return slices.Contains(temporaryStatuses, e.Status)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return !dns.IsNotFound
	}
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	return !badCertificate
}

// backoff is how long to wait after the n-th try: what the server asked for, or twice as long each time. It
// is random, so that requests that were refused together are not repeated together.
func backoff(first time.Duration, n int, err error) time.Duration {
	if e, ok := errors.AsType[*busyError](err); ok && e.after > 0 {
		return e.after + rand.N(first)
	}
	return pause.Jitter(first << (n - 1))
}

// retryAfter reads the header Retry-After, in seconds or as a date (RFC 9110, 10.2.3); 0 without it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	const longest = time.Hour // longer than anyone waits, and too short to overflow
	v := h.Get("Retry-After")
	if n, err := strconv.ParseUint(v, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, longest)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), longest)
	}
	return 0
}

// hostAnswered reports whether the host answered at all: an [*photo.Error] comes from an answer.
func hostAnswered(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return true
	}
	_, said := errors.AsType[*photo.Error](err)
	return said
}

// asError turns an error of the network into an [*photo.Error].
func asError(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*photo.Error](err); ok {
		return e
	}
	n, ok := errors.AsType[net.Error](err)
	if ok && n.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return &photo.Error{Kind: photo.Timeout, Err: err}
	}
	if errors.Is(err, errBrokenOff) {
		return &photo.Error{Kind: photo.BrokenOff, Err: err}
	}
	return &photo.Error{Kind: photo.Unreachable, Err: err}
}
