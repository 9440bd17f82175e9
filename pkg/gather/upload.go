package gather

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"smalti/pkg/job"
	"smalti/pkg/pause"
	"smalti/pkg/photo"
)

// ErrStore means that the store did not give out an uploaded photo, which is no fault of the photo: it may
// be had later, and nobody may be left out of a mosaic for it.
var ErrStore = errors.New("the store did not give out an uploaded photo")

// uploadTries is how often an upload is read before the store counts as unavailable.
const uploadTries = 3

// upload reads an uploaded photo. That it is missing or has too many bytes is an [*photo.Error]. Everything else is
// an [ErrStore]: the store has accepted the photo, and is responsible for it. release is to be called when data
// is no longer held.
func (g *Gatherer) upload(ctx context.Context, a job.Address) (data []byte, release func(), err error) {
	for n := 1; ; n++ {
		data, release, err = g.readUpload(ctx, a)
		if err == nil || ctx.Err() != nil {
			return data, release, err
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, release, &photo.Error{Kind: photo.Gone, Err: err}
		}
		if own, ok := errors.AsType[*photo.Error](err); ok {
			return nil, release, own
		}
		if errors.Is(err, ErrStore) {
			return nil, release, err // the store has tried again already
		}
		if n == uploadTries {
			return nil, release, fmt.Errorf("%w: %w", ErrStore, err)
		}
		if !pause.For(ctx, pause.Jitter(g.Backoff<<(n-1))) {
			return nil, release, ctx.Err()
		}
	}
}

// readUpload reads a large upload only while no other is held. It begins again for it: while it waits, no
// connection to the store stands idle.
func (g *Gatherer) readUpload(ctx context.Context, a job.Address) (data []byte, release func(), err error) {
	release = func() {}
	most, ordinary := g.Limits.Bytes, min(g.Limits.Bytes, photo.DefaultDownloadBytes)
	data, err = g.readStored(ctx, a, ordinary, 0)
	if own, ok := errors.AsType[*photo.Error](err); !ok || own.Kind != photo.TooLarge || ordinary == most {
		return data, release, err
	}
	if err := g.large.Acquire(ctx, 1); err != nil {
		return nil, release, err
	}
	if data, err = g.readStored(ctx, a, most, most); err != nil {
		g.large.Release(1)
		return nil, release, err
	}
	return data, func() { g.large.Release(1) }, nil
}

func (g *Gatherer) readStored(ctx context.Context, a job.Address, most, size int64) ([]byte, error) {
	r, err := g.Upload(ctx, a.Batch, a.Name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return photo.Read(r, photo.Limits{Bytes: most}, size)
}
