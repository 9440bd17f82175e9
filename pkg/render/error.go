package render

import (
	"context"
	"errors"
	"fmt"

	"smalti/pkg/job"
	"smalti/pkg/photo"
)

// Error ends an attempt at a mosaic.
type Error struct {
	Failure job.Failure // what to tell if this was the last attempt
	Passing bool        // whether another attempt may go better
	Err     error
}

func (e *Error) Error() string    { return fmt.Sprintf("rendering (%s): %v", e.Failure.Code, e.Err) }
func (e *Error) Unwrap() error    { return e.Err }
func (e *Error) Sentence() string { return e.Failure.Sentence }

func fail(code job.Code, passing bool, err error, sentence string, args ...any) *Error {
	return &Error{
		Failure: job.Failure{Code: code, Sentence: fmt.Sprintf(sentence, args...), Detail: err.Error()},
		Passing: passing,
		Err:     err,
	}
}

// targetFailed: a picture that is no picture stays one, a server that is away may come back.
func targetFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, photo.ErrStore) {
		return storeFailed(err)
	}
	return fail(job.BadTarget, mayPass(err), err, "The picture to show cannot be used. %s", reason(err))
}

// storeFailed ends an attempt whose uploads could not be read: nobody is left out of a mosaic for that.
func storeFailed(err error) error {
	sentence := "Your photos could not be read from our store, which is our fault."
	if own, ok := job.SentenceOf(err); ok {
		sentence = own
	}
	return fail(job.NoUploads, true, err, "%s", sentence)
}

func tooFewPhotos(p *job.Package, all *people, results []photo.Result) error {
	passing := false
	var causes []error
	for i, r := range results {
		if r.Err != nil {
			passing = passing || mayPass(r.Err)
			if len(causes) < 5 {
				causes = append(causes, fmt.Errorf("%s: %w", p.Friends[i].Photo, r.Err))
			}
		}
	}
	err := errors.Join(causes...)
	if len(all.tiles) == 1 {
		return fail(job.NoPhotos, passing, err,
			"Only one of the %d photos could be read, and a mosaic takes at least two.", len(p.Friends)+len(p.Skipped))
	}
	return fail(job.NoPhotos, passing, err,
		"None of the %d photos could be read. The first one: %s", len(p.Friends)+len(p.Skipped), all.missing[0].Reason)
}

func matchingFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if s, ok := job.SentenceOf(err); ok {
		return fail(job.BadPackage, false, err, "%s", s)
	}
	return internal("matching", err)
}

func internal(doing string, err error) error {
	return fail(job.Internal, false, fmt.Errorf("%s: %w", doing, err),
		"Something went wrong on our side while making this mosaic.")
}

func undelivered(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fail(job.Undelivered, true, err, "The mosaic was made, but could not be put where you can see it.")
}

// mayPass reports whether a photo that could not be had may be had later: its server was away or
// slow. Whatever is not about the photo itself may pass too.
func mayPass(err error) bool {
	e, ok := errors.AsType[*photo.Error](err)
	return !ok || e.Kind == photo.Unreachable || e.Kind == photo.Timeout
}
