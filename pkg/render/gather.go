package render

import (
	"context"
	"errors"
	"image"
	"math"
	"sync"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/mosaic"
	"smalti/pkg/photo"
)

// people are the friends of a package: those with a tile, and those whose photo could not be had.
type people struct {
	friends []job.Friend        // those with a tile, in the package's order
	tiles   []*image.NRGBA      // theirs, in the same order
	crops   [][]image.Rectangle // closer views of each tile
	missing []Missing

	descriptions []*mosaic.Description // of each tile
}

// loadPhotos loads the target first: without it, no photo is needed.
func loadPhotos(ctx context.Context, p *job.Package, photos Photos, progress func(job.Progress)) (*image.NRGBA, *people, error) {
	progress(job.Progress{Phase: job.Gathering, Total: len(p.Friends)})
	target, err := photos.Target(ctx, p.Target.URL, targetSide(p.Options))
	if err != nil {
		return nil, nil, targetFailed(ctx, err)
	}
	ready := make([]prepared, len(p.Friends))
	count := counted(len(p.Friends), report(progress, job.Gathering))
	results := photos.Tiles(ctx, p.Friends, tileSide(p.Options, len(p.Friends)), func(who []int, r gather.Result) {
		if r.Err == nil {
			one := prepare(r.Tile, p.Options, mostCrops(p.Options, len(p.Friends)))
			for _, i := range who {
				ready[i] = one
			}
		}
		count(len(who))
	})
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	for _, r := range results {
		if errors.Is(r.Err, gather.ErrStore) {
			return nil, nil, storeFailed(r.Err)
		}
	}
	all := &people{}
	for _, s := range p.Skipped {
		all.missing = append(all.missing, Missing{Name: s.Name, Reason: s.Reason, Says: s.Says})
	}
	for i, f := range p.Friends {
		if err := results[i].Err; err != nil {
			why := reason(err)
			all.missing = append(all.missing, Missing{Name: f.Name, ID: f.ID, Reason: why.String(), Says: why})
			continue
		}
		all.friends = append(all.friends, f)
		all.tiles = append(all.tiles, results[i].Tile)
		all.crops = append(all.crops, ready[i].crops)
		all.descriptions = append(all.descriptions, ready[i].description)
	}
	if len(all.tiles) < job.MinFriends {
		return nil, nil, tooFewPhotos(p, all, results)
	}
	return target, all, nil
}

// prepared is what is made of a tile while others are still on their way.
type prepared struct {
	crops       []image.Rectangle
	description *mosaic.Description
}

// prepare finds up to so many closer views of a tile, and describes it with them.
func prepare(tile *image.NRGBA, o job.Options, crops int) (p prepared) {
	if crops > 0 {
		p.crops = photo.Closer(tile)
		p.crops = p.crops[:min(crops, len(p.crops))]
	}
	p.description = mosaic.DescribeTile(tile, p.crops, o.Tint)
	return p
}

// counted returns a function for several goroutines, which adds to what is done and reports it, once at a time.
func counted(total int, report func(done, total int)) func(n int) {
	var mu sync.Mutex
	done := 0
	return func(n int) {
		mu.Lock()
		defer mu.Unlock()
		done += n
		report(done, total)
	}
}

// reason tells why a photo could not be had, for plan.json.
func reason(err error) message.Message {
	if m, ok := message.Of(err); ok {
		return m
	}
	return message.New("photo.unreadable")
}

// mostPixels bounds the pixels of all tiles that are larger than their cells: half a gigabyte.
const mostPixels = 128 << 20

// mostCropped bounds the pixels of all closer views, which are coded like tiles.
const mostCropped = 32 << 20

// mostCrops is how many closer views of each photo there may be.
func mostCrops(o job.Options, friends int) int {
	return min(photo.MaxCloser, mostCropped/max(1, friends*o.Tile*o.Tile))
}

// tileSide is the side of a tile that can be seen, in pixels: the closest view of it fills a cell. A mosaic of detail
// has cells of four times the side. Tiles that are larger than their cells are as large as mostPixels allows.
func tileSide(o job.Options, friends int) int {
	want := o.Tile
	if mostCrops(o, friends) > 0 {
		want = int(math.Ceil(float64(o.Tile) / photo.Closest))
	}
	if o.Shape == job.Detail {
		want = 4 * o.Tile
	}
	return max(o.Tile, minMaster, min(want, int(math.Sqrt(float64(mostPixels)/float64(max(1, friends))))))
}

// targetSide is the useful long side of the target, in pixels: twelve per cell, because the solver takes fewer samples
// than that.
func targetSide(o job.Options) int { return min(max(512, 12*max(o.Columns, o.Rows)), 2048) }
