package render

import (
	"context"
	"errors"
	"image"
	"math"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/parallel"
	"smalti/pkg/photo"
)

// people are the friends of a package: those with a tile, and those whose photo could not be had.
type people struct {
	friends []job.Friend        // those with a tile, in the package's order
	tiles   []*image.NRGBA      // theirs, in the same order
	crops   [][]image.Rectangle // closer views of each tile
	missing []Missing
}

// loadPhotos loads the target first: without it, no photo is needed.
func loadPhotos(ctx context.Context, p *job.Package, photos Photos, progress func(job.Progress)) (*image.NRGBA, *people, error) {
	progress(job.Progress{Phase: job.Gathering, Total: len(p.Friends)})
	target, err := photos.Target(ctx, p.Target.URL, targetSide(p.Options))
	if err != nil {
		return nil, nil, targetFailed(ctx, err)
	}
	results := photos.Tiles(ctx, p.Friends, tileSide(p.Options, len(p.Friends)), report(progress, job.Gathering))
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
	}
	if len(all.tiles) < job.MinFriends {
		return nil, nil, tooFewPhotos(p, all, results)
	}
	all.crops = closerViews(all.tiles, mostCrops(p.Options, len(p.Friends)))
	return target, all, nil
}

// closerViews returns up to n of each tile.
func closerViews(tiles []*image.NRGBA, n int) [][]image.Rectangle {
	if n == 0 {
		return nil
	}
	all := make([][]image.Rectangle, len(tiles))
	parallel.Each(len(tiles), func(i int) {
		all[i] = photo.Closer(tiles[i])
		all[i] = all[i][:min(n, len(all[i]))]
	})
	return all
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
