package main

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"

	"github.com/disintegration/imaging"

	"smalti/pkg/counting"
	"smalti/pkg/poster"
)

// What the posters are made of.
const (
	composerTiles   = 400
	composerTile    = 64 // pixels
	composerQuality = 85
	bitmapCells     = 100 // each way, of what image/jpeg encodes: 41 megapixels
	vipsCells       = 160 // each way, of what libvips encodes: 105 megapixels
)

var options = poster.Options{Tile: composerTile, Quality: composerQuality}

// composer measures how posters are written. Cells have random photos with random shifts, so that nothing
// can be coded in advance for a whole row.
type composer struct {
	*settings
	dir    string // of the tiles
	tiles  []*image.NRGBA
	table  *table
	claims *claims
}

func (s *settings) benchComposer(ctx context.Context) error {
	b := &composer{settings: s, dir: filepath.Join(s.temp, "tiles"), table: newTable("what", "megapixels", "ms", "megapixels/s"), claims: newClaims()}
	var err error
	if b.tiles, err = makeTiles(s.photos, composerTiles); err != nil {
		return err
	}
	if err := os.Mkdir(b.dir, 0o777); err != nil {
		return err
	}
	for i, tile := range b.tiles {
		if err := imaging.Save(tile, filepath.Join(b.dir, fmt.Sprintf("%05d.png", i))); err != nil {
			return err
		}
	}
	fmt.Printf("%d tiles of %d pixels, quality %d, medians of %d.\n\n", composerTiles, composerTile, composerQuality, s.runs)
	for _, part := range []func(context.Context) error{b.encoders, b.coding, b.gigapixels, b.fileSize, b.allocations} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	b.table.write(os.Stdout)
	b.claims.table.write(os.Stdout)
	return nil
}

func makeTiles(photos string, n int) ([]*image.NRGBA, error) {
	paths, err := pictures(photos)
	if err != nil {
		return nil, err
	}
	tiles := make([]*image.NRGBA, n)
	return tiles, eachSquare(paths, n, func(i int, img *image.NRGBA) error {
		tiles[i] = imaging.Resize(img, composerTile, composerTile, imaging.Lanczos)
		return nil
	})
}

// randomGrid is the same every time. Shifts are at most so many levels.
func randomGrid(columns, rows, tiles int, shift float32) poster.Grid {
	r := rand.New(rand.NewPCG(1, 2))
	g := poster.Grid{Columns: columns, Rows: rows, Cells: make([]poster.Cell, columns*rows)}
	for i := range g.Cells {
		c := poster.Cell{Tile: r.IntN(tiles)}
		for k := range c.Shift {
			c.Shift[k] = shift * (2*r.Float32() - 1)
		}
		g.Cells[i] = c
	}
	return g
}

func megapixels(g poster.Grid) float64 {
	return float64(g.Columns) * float64(g.Rows) * composerTile * composerTile / 1e6
}

// bitmap draws a grid without its shifts. image/jpeg is fastest with an image.RGBA.
func bitmap(tiles []*image.NRGBA, g poster.Grid) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, g.Columns*composerTile, g.Rows*composerTile))
	for i, c := range g.Cells {
		at := image.Pt(i%g.Columns*composerTile, i/g.Columns*composerTile)
		draw.Draw(img, image.Rectangle{at, at.Add(image.Pt(composerTile, composerTile))}, tiles[c.Tile], image.Point{}, draw.Src)
	}
	return img
}

// writing writes a grid whose tiles are coded already.
func (b *composer) writing(ctx context.Context, name string, g poster.Grid) (*contender, error) {
	p, err := poster.New(b.tiles, g, options)
	if err != nil {
		return nil, err
	}
	return clocked(name, megapixels(g), func() error { return p.Write(ctx, io.Discard, nil) }), nil
}

// encoders compares the time per pixel of different encoders.
func (b *composer) encoders(ctx context.Context) error {
	giga := randomGrid(500, 488, len(b.tiles), 8)
	both := clocked("poster, coding and writing", megapixels(giga), func() error {
		p, err := poster.New(b.tiles, giga, options)
		if err != nil {
			return err
		}
		return p.Write(ctx, io.Discard, nil)
	})
	writing, err := b.writing(ctx, "poster, writing", giga)
	if err != nil {
		return err
	}
	small, err := b.writing(ctx, "poster of 100 x 100 cells, writing", randomGrid(100, 100, len(b.tiles), 8))
	if err != nil {
		return err
	}
	flat := randomGrid(bitmapCells, bitmapCells, len(b.tiles), 0)
	img := bitmap(b.tiles, flat)
	standard := clocked("image/jpeg", megapixels(flat), func() error {
		return jpeg.Encode(io.Discard, img, &jpeg.Options{Quality: composerQuality})
	})
	all := contest{both, writing, small, standard}
	vips, cell, missing := newVips(ctx, b.temp, b.tiles)
	if missing == nil {
		all = append(all, vips, cell)
	}
	if err := all.run(b.runs); err != nil {
		return err
	}
	if missing == nil {
		vips.name, vips.took = vips.name+", without its start", max(vips.took-cell.took, 1)
		all = all[:len(all)-1]
	}
	all.addTo(b.table)
	for _, c := range []*contender{both, writing} {
		what := "1 gigapixel," + c.name[len("poster,"):] + ", relative to "
		b.claims.atLeast(what+"image/jpeg", "%.0f times", 100, standard.perPixel()/c.perPixel())
		if missing != nil {
			b.claims.unknown(what+"libvips", "at least 20 times", missing.Error())
		} else {
			b.claims.atLeast(what+"libvips", "%.1f times", 20, vips.perPixel()/c.perPixel())
		}
	}
	b.claims.atMost("41 megapixels, after the tiles are coded", "%.1f ms", 30, milliseconds(small.took))
	return nil
}

// coding times what is done before the first byte.
func (b *composer) coding(context.Context) error {
	const n = 1000
	tiles, err := makeTiles(b.photos, n)
	if err != nil {
		b.claims.unknown("coding of 1,000 tiles", "150 ms", err.Error())
		return nil
	}
	g := randomGrid(100, 100, n, 8)
	coding := clocked("coding of 1,000 tiles", n*composerTile*composerTile/1e6, func() error {
		_, err := poster.New(tiles, g, options)
		return err
	})
	all := contest{coding}
	if err := all.run(b.runs); err != nil {
		return err
	}
	all.addTo(b.table)
	b.claims.atMost(coding.name, "%.0f ms", 150, milliseconds(coding.took))
	return nil
}

// fileSize compares a file with that of image/jpeg of the same pixels.
func (b *composer) fileSize(ctx context.Context) error {
	g := randomGrid(bitmapCells, bitmapCells, len(b.tiles), 0)
	theirs, ours := &counting.Writer{Writer: io.Discard}, &counting.Writer{Writer: io.Discard}
	if err := jpeg.Encode(theirs, bitmap(b.tiles, g), &jpeg.Options{Quality: composerQuality}); err != nil {
		return err
	}
	o := options
	o.Subsampling = poster.S420 // as image/jpeg
	p, err := poster.New(b.tiles, g, o)
	if err != nil {
		return err
	}
	if err := p.Write(ctx, ours, nil); err != nil {
		return err
	}
	b.claims.atMost(fmt.Sprintf("size relative to image/jpeg (%.1f MB), both 4:2:0", float64(theirs.Bytes)/1e6), "%.3f times", 1.05,
		float64(ours.Bytes)/float64(theirs.Bytes))
	return nil
}

// allocations counts by how many more allocations a larger poster takes.
func (b *composer) allocations(ctx context.Context) error {
	count := func(columns, rows int) (float64, error) {
		p, err := poster.New(b.tiles, randomGrid(columns, rows, len(b.tiles), 8), options)
		if err != nil {
			return 0, err
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err = p.Write(ctx, io.Discard, nil)
		runtime.ReadMemStats(&after)
		return float64(after.Mallocs - before.Mallocs), err
	}
	few, err := count(100, 100)
	if err != nil {
		return err
	}
	many, err := count(100, 1000)
	if err != nil {
		return err
	}
	b.claims.atMost(fmt.Sprintf("allocations for each cell (%.0f to write 10,000 cells, %.0f to write 100,000)", few, many), "%.4f",
		0.001, (many-few)/90_000)
	return nil
}
