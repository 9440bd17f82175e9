package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"smalti/pkg/friends"
	"smalti/pkg/photo"
	"smalti/pkg/store"
)

// UserAgent tells the servers that photos are fetched from who is asking.
const UserAgent = "Smalti/1 (friend mosaics)"

// Uploads is where the photos are that people gave.
type Uploads interface {
	OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error)
}

// Photos gets pictures from everywhere that a package may name: the open internet, the store, and
// the demo.
func Photos(uploads Uploads, allowPrivate bool) *photo.Gatherer {
	download := photo.NewDownloader(photo.DownloadConfig{UserAgent: UserAgent, AllowPrivate: allowPrivate})
	return &photo.Gatherer{
		Web:  download.Get,
		Demo: friends.Portrait,
		Upload: func(ctx context.Context, batch, name string) (io.ReadCloser, error) {
			r, err := uploads.OpenUpload(ctx, batch, name)
			if errors.Is(err, store.ErrNotFound) {
				err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
			}
			return r, err
		},
	}
}
