package limits

import (
	"context"
	"mime"
	"net/http"

	"smalti/pkg/limit"
	"smalti/web/internal/problem"
)

// Limits keep one client from taking what is everyone's.
type Limits struct {
	Settings
	Limiter *limit.Limiter // counts, in the Redis that all web servers share
}

// take takes from a rate of the client that sent r, or returns the problem to answer with.
func (l *Limits) take(r *http.Request, thing string, n int64, rate limit.Rate) error {
	wait, ok := l.Limiter.Take(r.Context(), thing, limit.ClientOf(r, l.Proxies), n, rate)
	if ok {
		return nil
	}
	return problem.TooOften(wait)
}

// ExtendBatch keeps the quota of a batch of photos reserved.
func (l *Limits) ExtendBatch(ctx context.Context, batch string) {
	_, _ = l.Limiter.Extend(ctx, limit.Uploads, batch, KeepUploads) // it is extended again, long before its end
}

// ClaimBatch claims a batch that was sent ahead for a mosaic, and keeps its quota reserved. Of several mosaics that want
// it at a time, one gets it. The error is a problem. Without limits, l is nil, and all claims succeed.
func (l *Limits) ClaimBatch(ctx context.Context, batch, mosaic string) (limit.Claim, error) {
	if l == nil {
		return limit.Claimed, nil
	}
	claim, err := l.Limiter.Claim(ctx, limit.Uploads, batch, mosaic, KeepUploads)
	if err != nil {
		return claim, problem.ErrPhotosAway
	}
	return claim, nil
}

// UnclaimBatch is for a batch whose mosaic was not accepted after all: another may need it for a while.
func (l *Limits) UnclaimBatch(ctx context.Context, batch, mosaic string) {
	if l != nil {
		l.Limiter.Unclaim(ctx, limit.Uploads, batch, mosaic, KeepAhead)
	}
}

// HasBatch reports whether the quota of a batch is still reserved.
func (l *Limits) HasBatch(ctx context.Context, batch string) (bool, error) {
	return l.Limiter.Holds(ctx, limit.Uploads, batch)
}

// ReleaseBatch gives back the quota of a batch.
func (l *Limits) ReleaseBatch(ctx context.Context, batch string) {
	l.Limiter.Release(ctx, limit.Uploads, batch)
}

// TakeFriends counts a list of friends, or a page of one.
func (l *Limits) TakeFriends(r *http.Request) error { return l.take(r, "friends", 1, l.Friends) }

// TakeThumb counts a friend's small picture.
func (l *Limits) TakeThumb(r *http.Request) error { return l.take(r, "thumbs", 1, l.Thumbs) }

// TakeMosaic counts a mosaic. The bytes of photos that come with it are counted as the body is read.
func (l *Limits) TakeMosaic(r *http.Request) error {
	if err := l.take(r, "mosaics", 1, l.Mosaics); err != nil {
		return err
	}
	return l.countPhotos(r)
}

// batchesPerMosaic is how many batches of photos may be sent ahead for each mosaic that a client may ask for.
// 5,000 photos take about 250.
const batchesPerMosaic = 20

// TakeBatch counts a batch of photos that is sent ahead, and its bytes as the body is read.
func (l *Limits) TakeBatch(r *http.Request) error {
	rate := l.Mosaics
	rate.Burst *= batchesPerMosaic
	if err := l.take(r, "batches", 1, rate); err != nil {
		return err
	}
	return l.countPhotos(r)
}

// countPhotos counts the bytes of a body with files as it is read.
func (l *Limits) countPhotos(r *http.Request) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return nil
	}
	// An announced size is refused before anything is sent in vain.
	if n := r.ContentLength; n > 0 {
		if wait, ok := l.Limiter.Has(r.Context(), "uploads", limit.ClientOf(r, l.Proxies), n, l.Uploads); !ok {
			return problem.TooOften(wait)
		}
	}
	r.Body = &countedBody{r.Body, l.CountBytes(r, 0)}
	return nil
}
