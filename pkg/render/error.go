package render

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/mosaic"
	"smalti/pkg/photo"
)

// Error ends an attempt at a mosaic.
type Error struct {
	Failure job.Failure // what to report if this was the last attempt
	Passing bool        // whether another attempt may succeed
	Err     error
}

func (e *Error) Error() string { return fmt.Sprintf("rendering (%s): %v", e.Failure.Code, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Message is for the person who asked for the mosaic.
func (e *Error) Message() message.Message { return e.Failure.Says }

func fail(code job.Code, passing bool, err error, m message.Message) *Error {
	return &Error{Failure: job.Fail(code, m, err.Error()), Passing: passing, Err: err}
}

// targetFailed allows another attempt only if the target's server may come back.
func targetFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, gather.ErrStore) {
		return storeFailed(err)
	}
	return fail(job.BadTarget, mayPass(err), err, message.New("failure.target").Followed(reason(err)))
}

// storeFailed ends an attempt whose uploads could not be read: nobody is left out because our own store failed.
func storeFailed(err error) error {
	m, ok := message.Of(err)
	if !ok {
		m = message.New("failure.uploads")
	}
	return fail(job.NoUploads, true, err, m)
}

func tooFewPhotos(p *job.Package, all *people, results []gather.Result) error {
	passing := false
	var causes []error
	var first message.Message
	for i, r := range results {
		if r.Err != nil {
			if first.Code == "" {
				first = reason(r.Err)
			}
			passing = passing || mayPass(r.Err)
			if len(causes) < 5 {
				causes = append(causes, fmt.Errorf("%s: %w", p.Friends[i].Photo, r.Err))
			}
		}
	}
	err := errors.Join(causes...)
	n := len(p.Friends) + len(p.Skipped)
	m := message.New("failure.one_photo", "n", n)
	if len(all.tiles) == 0 {
		m = message.New("failure.no_photos", "n", n).Followed(first)
	}
	return fail(job.NoPhotos, passing, err, m)
}

func matchingFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := errors.AsType[*mosaic.Error](err); ok {
		return fail(job.BadPackage, false, err, message.New("failure.impossible"))
	}
	return internal("matching", err)
}

func internal(doing string, err error) error {
	return fail(job.Internal, false, fmt.Errorf("%s: %w", doing, err), message.New("failure.internal"))
}

func undelivered(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fail(job.Undelivered, true, err, message.New("failure.undelivered"))
}

// mayPass reports whether another attempt at a photo may succeed: its server was away or slow, or the error is not
// about the photo at all.
func mayPass(err error) bool {
	e, ok := errors.AsType[*photo.Error](err)
	return !ok || e.Kind == photo.Unreachable && !isNobody(err) || e.Kind == photo.BrokenOff || e.Kind == photo.Timeout
}

// isNobody reports whether it is certain that nobody serves an address: there is no such name, its certificate is
// another's, or its port was closed each time that a download tried. A network that is away has other errors.
func isNobody(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsNotFound
	}
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	return badCertificate || errors.Is(err, syscall.ECONNREFUSED)
}
