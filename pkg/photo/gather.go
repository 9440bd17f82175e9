package photo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"net/url"
	"runtime"
	"sync"

	"golang.org/x/sync/semaphore"

	"smalti/pkg/job"
)

// Gatherer gets many photos at once: from the internet, from a store, or drawn on the spot, each as
// its address says. A field that is nil makes its addresses an error. It may be used from several
// goroutines at once; they share its limits.
type Gatherer struct {
	Web    func(ctx context.Context, u *url.URL) ([]byte, error)                // such as [Downloader.Get]
	Upload func(ctx context.Context, batch, name string) (io.ReadCloser, error) // fs.ErrNotExist: gone
	Demo   func(number, side int) *image.NRGBA

	Limits   Limits
	Crop     Crop  // nil: [Subject]
	Parallel int   // photos at once; default 16. Each may hold Limits.Bytes
	Memory   int64 // for decoding, all together; default 1 GiB. What needs more alone waits for all of it

	once     sync.Once
	memory   *semaphore.Weighted
	decoders *semaphore.Weighted
}

// Result is one friend's tile, or why there is none.
type Result struct {
	Tile *image.NRGBA // opaque; shared by friends of the same address
	Err  error        // with a sentence in its chain, or the context's
}

func (g *Gatherer) prepare() {
	g.once.Do(func() {
		g.Limits = g.Limits.orDefaults()
		if g.Crop == nil {
			g.Crop = Subject
		}
		if g.Parallel <= 0 {
			g.Parallel = 16
		}
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
// far. When ctx ends, Tiles returns soon, with the error of ctx for those who were not served.
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
	next := make(chan string)
	var workers sync.WaitGroup
	for range min(g.Parallel, len(addresses)) {
		workers.Go(func() {
			for address := range next {
				r := g.tile(ctx, address, side)
				for _, i := range who[address] {
					results[i] = r
				}
				mu.Lock()
				done += len(who[address])
				if progress != nil {
					progress(done, len(friends))
				}
				mu.Unlock()
			}
		})
	}
	for _, address := range addresses {
		next <- address
	}
	close(next)
	workers.Wait()
	return results
}

func (g *Gatherer) tile(ctx context.Context, address string, side int) (r Result) {
	r.Tile, r.Err = g.get(ctx, address, side, func(data []byte) (*image.NRGBA, error) {
		return tile(ctx, data, side, g.Limits, g.Crop)
	})
	if r.Err != nil {
		r.Err = fmt.Errorf("getting %s: %w", address, r.Err)
	}
	return r
}

// Target gets the picture that the mosaic will show, its longer side at most maxSide pixels.
func (g *Gatherer) Target(ctx context.Context, address string, maxSide int) (*image.NRGBA, error) {
	g.prepare()
	img, err := g.get(ctx, address, maxSide, func(data []byte) (*image.NRGBA, error) {
		return wholePicture(ctx, data, maxSide, g.Limits)
	})
	if err != nil {
		return nil, fmt.Errorf("getting the target %s: %w", address, err)
	}
	return img, nil
}

// get fetches an address and decodes what came, or draws it.
func (g *Gatherer) get(ctx context.Context, address string, side int, decode func([]byte) (*image.NRGBA, error)) (*image.NRGBA, error) {
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
	data, err := g.fetch(ctx, a)
	if err != nil {
		return nil, err
	}
	release, err := g.reserve(ctx, data)
	if err != nil {
		return nil, err
	}
	defer release()
	return decode(data)
}

func (g *Gatherer) fetch(ctx context.Context, a job.Address) ([]byte, error) {
	switch {
	case a.Scheme == job.Web && g.Web != nil:
		return g.Web(ctx, a.URL)
	case a.Scheme == job.Upload && g.Upload != nil:
		r, err := g.Upload(ctx, a.Batch, a.Name)
		if err != nil {
			return nil, uploadError(ctx, err)
		}
		defer r.Close()
		data, err := readAll(r, g.Limits.Bytes)
		if err != nil {
			return nil, uploadError(ctx, err)
		}
		return data, nil
	}
	return nil, &Error{Kind: Refused, Err: fmt.Errorf("no photos are taken from %s: here", a.Scheme)}
}

func uploadError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Kind: Gone, Err: err}
	}
	return asError(err)
}

// reserve waits until there is a processor and memory for decoding data. The processor comes first:
// the other way round, memory would lie idle in the hands of those who wait.
func (g *Gatherer) reserve(ctx context.Context, data []byte) (release func(), err error) {
	info, err := Check(bytes.NewReader(data), g.Limits)
	if err != nil {
		return nil, err
	}
	need := min(memoryFor(info, data), g.Memory)
	if err := g.decoders.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	if err := g.memory.Acquire(ctx, need); err != nil {
		g.decoders.Release(1)
		return nil, err
	}
	return func() {
		g.memory.Release(need)
		g.decoders.Release(1)
	}, nil
}

// memoryFor estimates from above what decoding a picture takes, in bytes: what each decoder
// allocates per pixel in its most expensive case.
func memoryFor(info Info, data []byte) int64 {
	perPixel := int64(8) // PNG of 16 bits; of WebP, four and what its transforms take
	switch {
	case info.Format == GIF:
		perPixel = 2
	case info.Format == JPEG && factsOf(data).progressive:
		perPixel = 24 // coefficients of 32 bits of four components, these themselves, and CMYK made of them
	case info.Format == JPEG:
		perPixel = 8 // four components, and CMYK made of them
	}
	return perPixel * int64(info.Width) * int64(info.Height)
}
