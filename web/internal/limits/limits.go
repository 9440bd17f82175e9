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
	l.Limiter.Extend(ctx, limit.Uploads, batch, KeepUploads)
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
