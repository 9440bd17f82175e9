package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"smalti/pkg/cache"
	"smalti/pkg/config"
	"smalti/pkg/download"
	"smalti/pkg/friends"
	"smalti/pkg/gather"
	"smalti/pkg/limit"
	"smalti/pkg/photo"
	"smalti/pkg/portrait"
	"smalti/pkg/store"
)

// DefineHEIF adds the flag without which HEIC and AVIF photos are refused.
func DefineHEIF(s *config.Set) *bool {
	return s.Bool("heif", true, "take HEIC and AVIF photos; they are decoded in processes of their own, which need executable memory")
}

// Photos says which photos are taken, from where they may be downloaded, and how often.
type Photos struct {
	HEIF         *bool
	AllowPrivate bool
	Hosts        *limit.Hosts // set its Limiter before the first download
}

// Define adds the flags. All processes should have the same limits, because they count together.
func (p *Photos) Define(s *config.Set) {
	p.Hosts = &limit.Hosts{Free: friends.CDNs}
	s.Group("Photos")
	p.HEIF = DefineHEIF(s)
	s.Group("Other servers")
	s.BoolVar(&p.AllowPrivate, "allow-private", false, "look up friends and download photos at private addresses and without TLS, too: for a closed network only")
	s.TextVar(&p.Hosts.Rate, "limit-host", limit.Rate{Burst: 2000, Per: time.Hour}, "`rate` at which all mosaics together may ask one host of the internet, its domain and its address for photos, or off; the same for all processes")
	s.TextVar(&p.Hosts.Known, "limit-known-host", limit.Rate{Burst: 30_000, Per: time.Hour}, "the same `rate` for hosts on which somebody's friends were looked up; the networks' own CDNs have no limit")
}

// Limits are the default ones, without what the flag rules out.
func (p *Photos) Limits() photo.Limits { return photo.Limits{NoHEIF: p.HEIF != nil && !*p.HEIF} }

// uploads opens photos that people uploaded.
type uploads interface {
	OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error)
}

// photosAtOnce are downloaded for one mosaic, photosOfHost of them from one host.
const photosAtOnce, photosOfHost = 16, 10

// Gatherer gets photos from everywhere that a package may name: the internet, the store, and the
// demonstration, for so many mosaics at once. Workers of one process share it, because its limits hold for all that
// use it. A nil cache keeps nothing.
func (p *Photos) Gatherer(in uploads, kept *cache.Cache, jobs int) *gather.Gatherer {
	config := download.Config{AllowPrivate: p.AllowPrivate, AtOnce: photosAtOnce * jobs, PerHost: photosOfHost * jobs}
	if p.Hosts != nil {
		config.Allow = p.Hosts.Take
	}
	g := &gather.Gatherer{
		Limits: p.Limits(),
		Web:    download.New(config).Fetch,
		Demo:   portrait.Draw,
		Upload: func(ctx context.Context, batch, name string) (io.ReadCloser, error) {
			r, err := in.OpenUpload(ctx, batch, name)
			switch {
			case errors.Is(err, store.ErrNotFound):
				err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
			case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrLost):
				err = fmt.Errorf("%w: %w", gather.ErrStore, err)
			}
			return r, err
		},
	}
	if kept != nil {
		g.Cache = kept
	}
	return g
}
