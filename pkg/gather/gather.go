// Package gather gets the photos of one mosaic: each friend's tile and the target, from the web, the store of
// uploads or the demonstration. Tiles from the web may be kept in a cache.
package gather

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"smalti/pkg/download"
	"smalti/pkg/job"
	"smalti/pkg/photo"
)

// Gatherer gets many photos at once, each from where its address says: the web, the store of uploads, or
// the demonstration. Addresses whose field is nil are refused. It is safe for concurrent use; goroutines
// share its limits.
type Gatherer struct {
	Web    func(ctx context.Context, u *url.URL, known download.Version) (download.Fetched, error) // such as [download.Downloader.Fetch]
	Upload func(ctx context.Context, batch, name string) (io.ReadCloser, error)                    // fs.ErrNotExist: it is gone; an ErrStore is not tried again
	Demo   func(number, side int) *image.NRGBA

	Cache    Cache         // of tiles from the web; nil: none
	FreshFor time.Duration // for how long they are used without asking their server; default 10 min

	Observe func(how Outcome, bytes int) // called for each address, by several goroutines at once; may be nil

	Limits   photo.Limits
	Parallel int           // photos at once of one mosaic, and uploads of all; default 16. An upload may hold 20 MiB, and one of them Limits.Bytes
	Memory   int64         // bytes for decoding all of them; default 1 GiB. One that needs more waits for all of it
	Timeout  time.Duration // for all photos from the web in one mosaic; default 3 min
	Backoff  time.Duration // before the second try of an upload, then twice that; default 300 ms

	once    sync.Once
	decoder *photo.Decoder
	uploads *semaphore.Weighted // held at once, by all mosaics
	large   *semaphore.Weighted // for an upload of more bytes than downloads have
}

// Result is one friend's tile, or why there is none.
type Result struct {
	Tile *image.NRGBA // opaque; shared by friends of the same address
	Err  error        // with a sentence in its chain, or an ErrStore, or the context's
}

func (g *Gatherer) prepare() {
	g.once.Do(func() {
		setDefault(&g.Parallel, 16)
		setDefault(&g.FreshFor, defaultFreshFor)
		setDefault(&g.Timeout, 3*time.Minute)
		setDefault(&g.Backoff, 300*time.Millisecond)
		setDefault(&g.Memory, 1<<30)
		setDefault(&g.Limits.Bytes, photo.DefaultBytes)
		g.uploads, g.large = semaphore.NewWeighted(int64(g.Parallel)), semaphore.NewWeighted(1)
		g.decoder = photo.NewDecoder(g.Limits, g.Memory)
	})
}

func setDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// Tiles gets the tile of each friend, side x side pixels, in their order. A failure concerns only its own
// photo. An address that several friends have is fetched once. served, which may be nil, is called once for each
// address, as soon as its photo is there or has failed, with the friends who have it, as indices; by several goroutines
// at once, at most Parallel. When ctx ends, or after an [ErrStore], Tiles returns soon, with that error for the friends
// whose photos are not there. No call of served outlasts it.
func (g *Gatherer) Tiles(ctx context.Context, friends []job.Friend, side int, served func(who []int, r Result)) []Result {
	g.prepare()
	results := make([]Result, len(friends))
	var addresses []string
	who := make(map[string][]int)
	for i, f := range friends {
		if who[f.Photo] == nil {
			addresses = append(addresses, f.Photo)
		}
		who[f.Photo] = append(who[f.Photo], i)
	}

	serve := func(address string, r Result) {
		for _, i := range who[address] {
			results[i] = r
		}
		if served != nil {
			served(who[address], r)
		}
	}

	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	patient, cancel := context.WithTimeoutCause(ctx, g.Timeout, errAllTooSlow)
	defer cancel()
	var kept map[string]cachedTile
	if g.Cache != nil {
		kept = g.tileCache(side).lookUp(patient, addresses)
	}
	var fresh, unknown, stale, uploads []string
	for _, address := range addresses {
		switch k := kept[address]; {
		case k.fresh:
			fresh = append(fresh, address)
		case k.tile != nil:
			stale = append(stale, address)
		case isUpload(address):
			uploads = append(uploads, address)
		default:
			unknown = append(unknown, address)
		}
	}
	// Photos without a cached tile come first, since a host may be asked only so often. Uploads come last:
	// their time does not count against the timeout.
	get := func(ctx context.Context) func(address string) {
		return func(address string) {
			r := g.tile(ctx, address, side, kept[address])
			if errors.Is(r.Err, ErrStore) {
				giveUp(r.Err)
			}
			serve(address, r)
		}
	}
	g.each(fresh, func(address string) {
		g.observe(Cached, 0)
		serve(address, Result{Tile: kept[address].tile})
	})
	g.each(unknown, get(patient))
	g.each(stale, get(patient))
	g.each(uploads, get(ctx))
	return results
}

func isUpload(address string) bool { return strings.HasPrefix(address, string(job.Upload)+":") }

// each calls f for each address, for several at once.
func (g *Gatherer) each(addresses []string, f func(address string)) {
	var group errgroup.Group
	group.SetLimit(g.Parallel)
	for _, address := range addresses {
		group.Go(func() error {
			f(address)
			return nil
		})
	}
	_ = group.Wait() // f reports its own errors
}

func (g *Gatherer) tileCache(side int) *tileCache { return &tileCache{g.Cache, side, g.FreshFor} }

// errAllTooSlow ends the wait for photos from the web, but not the mosaic.
var errAllTooSlow = errors.New("all photos together took too long")

// tile gets one tile. was is what the cache has of it, if anything.
func (g *Gatherer) tile(ctx context.Context, address string, side int, was cachedTile) (r Result) {
	var f download.Fetched
	r.Tile, r.Err = g.get(ctx, address, side, was.entry.Version, func(got download.Fetched) (*image.NRGBA, error) {
		f = got
		if f.Unchanged || was.entry.ContentHash != "" && was.entry.ContentHash == contentHash(f.Data) {
			return was.tile, nil
		}
		return g.decoder.Tile(ctx, f.Data, side)
	})
	own, isOwn := errors.AsType[*photo.Error](r.Err)
	if isOwn && own.Kind == photo.PutOff && was.tile != nil {
		g.observe(Cached, 0) // as it was a few hours ago
		return Result{Tile: was.tile}
	}
	switch {
	case r.Err != nil:
		g.observe(Missing, len(f.Data))
	case f.Data == nil && !f.Unchanged:
		g.observe(Drawn, 0)
	case r.Tile == was.tile:
		g.observe(Unchanged, len(f.Data))
	default:
		g.observe(Downloaded, len(f.Data))
	}
	switch {
	case r.Err != nil && !isOwn && errors.Is(context.Cause(ctx), errAllTooSlow):
		r.Err = fmt.Errorf("getting %s: %w", address, &photo.Error{Kind: photo.Timeout, Err: errAllTooSlow})
	case r.Err != nil:
		r.Err = fmt.Errorf("getting %s: %w", address, r.Err)
	case g.Cache != nil && (f.Data != nil || f.Unchanged):
		r.Tile = g.tileCache(side).store(address, f, r.Tile, was)
	}
	return r
}

// Target gets the picture that the mosaic will show, its longer side at most maxSide pixels.
func (g *Gatherer) Target(ctx context.Context, address string, maxSide int) (*image.NRGBA, error) {
	g.prepare()
	img, err := g.get(ctx, address, maxSide, download.Version{}, func(f download.Fetched) (*image.NRGBA, error) {
		return g.decoder.Target(ctx, f.Data, maxSide)
	})
	if err != nil {
		return nil, fmt.Errorf("getting the target %s: %w", address, err)
	}
	return img, nil
}

// get fetches an address and makes a picture of what came, or draws it.
func (g *Gatherer) get(ctx context.Context, address string, side int, v download.Version, use func(download.Fetched) (*image.NRGBA, error)) (*image.NRGBA, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a, err := job.ParseAddress(address)
	if err != nil {
		return nil, &photo.Error{Kind: photo.Refused, Err: err}
	}
	if a.Scheme == job.Demo && g.Demo != nil {
		return g.Demo(a.Number, side), nil
	}
	f, release, err := g.fetch(ctx, a, v)
	defer release()
	if err != nil {
		return nil, err
	}
	return use(f)
}

// fetch gets the bytes at an address. release is to be called when they are no longer held.
func (g *Gatherer) fetch(ctx context.Context, a job.Address, v download.Version) (f download.Fetched, release func(), err error) {
	release = func() {}
	switch {
	case a.Scheme == job.Web && g.Web != nil:
		f, err = g.Web(ctx, a.URL, v)
		release = f.Release
	case a.Scheme == job.Upload && g.Upload != nil:
		f.NoStore = true
		if err = g.uploads.Acquire(ctx, 1); err != nil {
			return f, release, err
		}
		var released func()
		f.Data, released, err = g.upload(ctx, a)
		release = func() { released(); g.uploads.Release(1) }
	default:
		err = &photo.Error{Kind: photo.Refused, Err: fmt.Errorf("no photos are taken from %s: here", a.Scheme)}
	}
	return f, release, err
}
