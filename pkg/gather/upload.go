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
// an [ErrStore]: the store has accepted the photo, and is responsible for it.
func (g *Gatherer) upload(ctx context.Context, a job.Address) (data []byte, err error) {
	for n := 1; ; n++ {
		data, err = g.readUpload(ctx, a)
		if err == nil || ctx.Err() != nil {
			return data, err
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &photo.Error{Kind: photo.Gone, Err: err}
		}
		if own, ok := errors.AsType[*photo.Error](err); ok {
			return nil, own
		}
		if errors.Is(err, ErrStore) {
			return nil, err // the store has tried again already
		}
		if n == uploadTries {
			return nil, fmt.Errorf("%w: %w", ErrStore, err)
		}
		if !pause.For(ctx, pause.Jitter(g.Backoff<<(n-1))) {
			return nil, ctx.Err()
		}
	}
}

func (g *Gatherer) readUpload(ctx context.Context, a job.Address) ([]byte, error) {
	r, err := g.Upload(ctx, a.Batch, a.Name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return photo.Read(r, g.Limits, 0)
}
