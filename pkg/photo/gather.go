package photo

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"smalti/pkg/job"
)

// Gatherer gets many photos at once: from the internet, from a store, or drawn on the spot, each as
// its address says. A field that is nil makes its addresses an error. It may be used from several
// goroutines at once; they share its limits.
type Gatherer struct {
	Web    func(ctx context.Context, u *url.URL, known Version) (Fetched, error) // such as [Downloader.Fetch]
	Upload func(ctx context.Context, batch, name string) (io.ReadCloser, error)  // fs.ErrNotExist: this one is gone, for certain; an ErrStore is not tried again
	Demo   func(number, side int) *image.NRGBA

	Cache Cache         // of tiles of the web that were cut by [Subject]; nil: none
	Fresh time.Duration // for how long they are used without asking; default [DefaultFresh]

	Got func(how Got, bytes int) // told of each address; from several goroutines at once; nil: nobody

	Limits   Limits
	Crop     Crop          // nil: [Subject]
	Parallel int           // photos at once; default 16. Each may hold Limits.Bytes
	Memory   int64         // for decoding, all together; default 1 GiB. What needs more alone waits for all of it
	Patience time.Duration // for all photos of the web in one mosaic; those that are not there by then took too long. Default 3 min
	Backoff  time.Duration // about so long before an upload is read a second time, then twice that; default 300 ms

	once     sync.Once
	memory   *semaphore.Weighted
	decoders *semaphore.Weighted
}

// Result is one friend's tile, or why there is none.
type Result struct {
	Tile *image.NRGBA // opaque; shared by friends of the same address
	Err  error        // with a sentence in its chain, or an ErrStore, or the context's
}

func (g *Gatherer) prepare() {
	g.once.Do(func() {
		g.Limits = g.Limits.orDefaults()
		if g.Crop != nil {
			g.Cache = nil
		} else {
			g.Crop = Subject
		}
		setDefault(&g.Parallel, 16)
		setDefault(&g.Fresh, DefaultFresh)
		setDefault(&g.Patience, 3*time.Minute)
		setDefault(&g.Backoff, 300*time.Millisecond)
		if g.Memory <= 0 {
			g.Memory = 1 << 30
		}
		g.memory = semaphore.NewWeighted(g.Memory)
		g.decoders = semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0)))
	})
}

// Tiles gets the tile of each friend, side x side pixels, in their order. A photo that fails costs
// nobody else anything. An address that several friends have is fetched once. progress, if it is not
// nil, is called after each photo, by one goroutine at a time, with the number of friends served so
// far. When ctx ends, Tiles returns soon, with the error of ctx for those who were not served. So it does
// after an [ErrStore]: without the store, the rest need not be tried.
func (g *Gatherer) Tiles(ctx context.Context, friends []job.Friend, side int, progress func(done, total int)) []Result {
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

	var mu sync.Mutex // of done and the calls of progress
	done := 0
	serve := func(address string, r Result) {
		for _, i := range who[address] {
			results[i] = r
		}
		mu.Lock()
		defer mu.Unlock()
		done += len(who[address])
		if progress != nil {
			progress(done, len(friends))
		}
	}

	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	patient, cancel := context.WithTimeoutCause(ctx, g.Patience, errImpatient)
	defer cancel()
	var kept map[string]known
	if g.Cache != nil {
		kept = g.keeper(side).recall(patient, addresses)
	}
	var unknown, stale, uploads []string
	for _, address := range addresses {
		switch k := kept[address]; {
		case k.fresh:
			g.got(Kept, 0)
			serve(address, Result{Tile: k.tile})
		case k.tile != nil:
			stale = append(stale, address)
		case isUpload(address):
			uploads = append(uploads, address)
		default:
			unknown = append(unknown, address)
		}
	}
	// A host may be asked only so often, and the photos whose tiles are kept do not depend on it.
	// Uploads come last: what the store takes for them is taken from nobody's patience.
	get := func(ctx context.Context) func(address string) {
		return func(address string) {
			r := g.tile(ctx, address, side, kept[address])
			if errors.Is(r.Err, ErrStore) {
				giveUp(r.Err)
			}
			serve(address, r)
		}
	}
	g.each(unknown, get(patient))
	g.each(stale, get(patient))
	g.each(uploads, get(ctx))
	return results
}

func isUpload(address string) bool { return strings.HasPrefix(address, string(job.Upload)+":") }

// each calls f for each address, for so many at once as are allowed.
func (g *Gatherer) each(addresses []string, f func(address string)) {
	next := make(chan string)
	var workers sync.WaitGroup
	for range min(g.Parallel, len(addresses)) {
		workers.Go(func() {
			for address := range next {
				f(address)
			}
		})
	}
	for _, address := range addresses {
		next <- address
	}
	close(next)
	workers.Wait()
}

func (g *Gatherer) keeper(side int) *keeper { return &keeper{g.Cache, side, g.Fresh} }

// errImpatient ends the wait for photos, but not the mosaic.
var errImpatient = errors.New("all photos together took too long")

// tile gets one tile. was is what the cache had of it, if anything.
func (g *Gatherer) tile(ctx context.Context, address string, side int, was known) (r Result) {
	var f Fetched
	r.Tile, r.Err = g.get(ctx, address, side, was.about.Version, func(got Fetched) (*image.NRGBA, error) {
		f = got
		if f.Unchanged || was.about.Content != "" && was.about.Content == contentHash(f.Data) {
			return was.tile, nil
		}
		return g.decode(ctx, f.Data, func() (*image.NRGBA, error) { return tile(ctx, f.Data, side, g.Limits, g.Crop) })
	})
	own, isOwn := errors.AsType[*Error](r.Err)
	if isOwn && own.Kind == PutOff && was.tile != nil {
		g.got(Kept, 0) // as it was a few hours ago
		return Result{Tile: was.tile}
	}
	switch {
	case r.Err != nil:
		g.got(Missing, len(f.Data))
	case f.Data == nil && !f.Unchanged:
		g.got(Drawn, 0)
	case r.Tile == was.tile:
		g.got(Unchanged, len(f.Data))
	default:
		g.got(Loaded, len(f.Data))
	}
	switch {
	case r.Err != nil && !isOwn && context.Cause(ctx) == errImpatient:
		r.Err = fmt.Errorf("getting %s: %w", address, &Error{Kind: Timeout, Err: errImpatient})
	case r.Err != nil:
		r.Err = fmt.Errorf("getting %s: %w", address, r.Err)
	case g.Cache != nil && (f.Data != nil || f.Unchanged):
		g.keeper(side).keep(address, f, r.Tile, was)
	}
	return r
}

// Target gets the picture that the mosaic will show, its longer side at most maxSide pixels.
func (g *Gatherer) Target(ctx context.Context, address string, maxSide int) (*image.NRGBA, error) {
	g.prepare()
	img, err := g.get(ctx, address, maxSide, Version{}, func(f Fetched) (*image.NRGBA, error) {
		return g.decode(ctx, f.Data, func() (*image.NRGBA, error) { return wholePicture(ctx, f.Data, maxSide, g.Limits) })
	})
	if err != nil {
		return nil, fmt.Errorf("getting the target %s: %w", address, err)
	}
	return img, nil
}

// get fetches an address and makes a picture of what came, or draws it.
func (g *Gatherer) get(ctx context.Context, address string, side int, v Version, use func(Fetched) (*image.NRGBA, error)) (*image.NRGBA, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a, err := job.ParseAddress(address)
	if err != nil {
		return nil, &Error{Kind: Refused, Err: err}
	}
	if a.Scheme == job.Demo && g.Demo != nil {
		return g.Demo(a.Number, side), nil
	}
	f, err := g.fetch(ctx, a, v)
	if err != nil {
		return nil, err
	}
	return use(f)
}

func (g *Gatherer) fetch(ctx context.Context, a job.Address, v Version) (Fetched, error) {
	switch {
	case a.Scheme == job.Web && g.Web != nil:
		return g.Web(ctx, a.URL, v)
	case a.Scheme == job.Upload && g.Upload != nil:
		data, err := g.upload(ctx, a)
		return Fetched{Data: data, Private: true}, err
	}
	return Fetched{}, &Error{Kind: Refused, Err: fmt.Errorf("no photos are taken from %s: here", a.Scheme)}
}
