package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"

	"smalti/pkg/cache"
	"smalti/pkg/limit"
	"smalti/pkg/photo"
	"smalti/pkg/portrait"
	"smalti/pkg/redisconn"
	"smalti/pkg/store"
)

// UserAgent tells the servers that photos are fetched from who is asking.
const UserAgent = "Smalti/1 (friend mosaics)"

// Uploads is where the photos are that people gave.
type Uploads interface {
	OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error)
}

// Photos gets pictures from everywhere that a package may name: the open internet, the store, and
// the demo. Workers of one process should share it: its limits then hold for all of them. A nil
// cache keeps nothing; hosts, which may be nil, says how often a host may be asked.
func Photos(uploads Uploads, kept *cache.Cache, hosts *limit.Hosts, allowPrivate bool) *photo.Gatherer {
	config := photo.DownloadConfig{UserAgent: UserAgent, AllowPrivate: allowPrivate}
	if hosts != nil {
		config.Ask = hosts.Take
	}
	download := photo.NewDownloader(config)
	g := &photo.Gatherer{
		Web:  download.Fetch,
		Demo: portrait.Draw,
		Upload: func(ctx context.Context, batch, name string) (io.ReadCloser, error) {
			r, err := uploads.OpenUpload(ctx, batch, name)
			switch {
			case errors.Is(err, store.ErrNotFound):
				err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
			case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrLost):
				err = fmt.Errorf("%w: %w", photo.ErrStore, err)
			}
			return r, err
		},
	}
	if kept != nil {
		g.Cache = kept
	}
	return g
}

// OpenCache opens the cache in the Redis that c names. It does not connect.
func OpenCache(c redisconn.Config, log *slog.Logger) (*cache.Cache, error) {
	client, err := redisconn.New(c)
	if err != nil {
		return nil, err
	}
	return cache.New(client, cache.Config{Log: log}), nil
}
