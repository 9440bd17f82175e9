package main

import (
	"bufio"
	"bytes"
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
	"time"

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

// benchComposer writes everything about the writing of posters. Cells hold random photos with random
// shifts: nothing that could be coded in advance for a whole row.
func benchComposer(ctx context.Context, s settings) error {
	dir := filepath.Join(s.temp, "tiles")
	tiles, err := composerInput(s.photos, composerTiles, dir)
	if err != nil {
		return err
	}
	fmt.Printf("%d tiles of %d pixels, quality %d, medians of %d.\n\n", composerTiles, composerTile, composerQuality, s.runs)
	t := newTable("what", "megapixels", "ms", "megapixels/s")
	c := newClaims()
	if err := benchEncoders(ctx, s, tiles, t, c); err != nil {
		return err
	}
	if err := benchCoding(s, t, c); err != nil {
		return err
	}
	if err := benchGigapixels(ctx, s, dir, t, c); err != nil {
		return err
	}
	if err := benchSize(tiles, c); err != nil {
		return err
	}
	if err := benchAllocations(ctx, tiles, c); err != nil {
		return err
	}
	t.write(os.Stdout)
	c.table.write(os.Stdout)
	return nil
}

// composerInput makes n tiles, and writes them to a directory if it has a name.
func composerInput(photos string, n int, dir string) ([]*image.NRGBA, error) {
	paths, err := pictures(photos)
	if err != nil {
		return nil, err
	}
	if most := variants * len(paths); n > most {
		return nil, fmt.Errorf("%d photos cannot be made of %d: at most %d", n, len(paths), most)
	}
	if dir != "" {
		if err := os.Mkdir(dir, 0o777); err != nil {
			return nil, err
		}
	}
	tiles := make([]*image.NRGBA, n)
	return tiles, each(n, func(i int) error {
		img, err := read(paths[i%len(paths)])
		if err != nil {
			return err
		}
		tiles[i] = imaging.Resize(variant(square(img), i/len(paths)), composerTile, composerTile, imaging.Lanczos)
		if dir == "" {
			return nil
		}
		return imaging.Save(tiles[i], filepath.Join(dir, fmt.Sprintf("%05d.png", i)))
	})
}

// randomGrid is the same every time. Shifts are up to so many levels.
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

// bitmap draws a grid without its shifts. An image.RGBA is what image/jpeg encodes fastest.
func bitmap(tiles []*image.NRGBA, g poster.Grid) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, g.Columns*composerTile, g.Rows*composerTile))
	for i, c := range g.Cells {
		at := image.Pt(i%g.Columns*composerTile, i/g.Columns*composerTile)
		draw.Draw(img, image.Rectangle{at, at.Add(image.Pt(composerTile, composerTile))}, tiles[c.Tile], image.Point{}, draw.Src)
	}
	return img
}

var options = poster.Options{Tile: composerTile, Quality: composerQuality}

// contest is functions that are timed in turns, after one run of each that does not count.
type contest struct {
	names []string
	run   []func() (time.Duration, error)
}

func (c *contest) add(name string, run func() (time.Duration, error)) {
	c.names, c.run = append(c.names, name), append(c.run, run)
}

// medians returns the median times.
func (c *contest) medians(runs int) ([]time.Duration, error) {
	times := make([][]int64, len(c.run))
	for n := range runs + 1 {
		for i, run := range c.run {
			note("%s, run %d", c.names[i], n)
			runtime.GC() // the one before is not to slow down this one
			d, err := run()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.names[i], err)
			}
			if n > 0 {
				times[i] = append(times[i], int64(d))
			}
		}
	}
	out := make([]time.Duration, len(times))
	for i := range out {
		out[i] = time.Duration(median(times[i]))
	}
	return out, nil
}

// clock makes a function one that tells how long it took.
func clock(f func() error) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		begin := time.Now()
		err := f()
		return time.Since(begin), err
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }

func addTime(t *table, what string, mega float64, d time.Duration) {
	t.add(what, fmt.Sprintf("%.0f", mega), fmt.Sprintf("%.1f", milliseconds(d)), fmt.Sprintf("%.0f", mega/d.Seconds()))
}

// benchEncoders compares megapixels per second.
func benchEncoders(ctx context.Context, s settings, tiles []*image.NRGBA, t *table, c *claims) error {
	giga, small := randomGrid(500, 488, len(tiles), 8), randomGrid(100, 100, len(tiles), 8)
	coded, err := poster.New(tiles, giga, options)
	if err != nil {
		return err
	}
	codedSmall, err := poster.New(tiles, small, options)
	if err != nil {
		return err
	}
	flat := randomGrid(bitmapCells, bitmapCells, len(tiles), 0)
	img := bitmap(tiles, flat)

	var all contest
	mega := []float64{megapixels(giga), megapixels(giga), megapixels(small), megapixels(flat)}
	all.add("poster, coding and writing", clock(func() error {
		p, err := poster.New(tiles, giga, options)
		if err != nil {
			return err
		}
		return p.Write(ctx, io.Discard, nil)
	}))
	all.add("poster, writing", clock(func() error { return coded.Write(ctx, io.Discard, nil) }))
	all.add("poster of 100 x 100 cells, writing", clock(func() error { return codedSmall.Write(ctx, io.Discard, nil) }))
	all.add("image/jpeg", clock(func() error {
		return jpeg.Encode(io.Discard, img, &jpeg.Options{Quality: composerQuality})
	}))
	v, version, err := newVips(ctx, s.temp, tiles)
	if err == nil {
		all.add(version, v.encode(ctx, v.large))
		all.add(version+", one cell", v.encode(ctx, v.small))
		mega = append(mega, v.megapixels)
	}
	missing := err

	times, err := all.medians(s.runs)
	if err != nil {
		return err
	}
	perPixel := func(i int) float64 { return times[i].Seconds() / mega[i] }
	if missing == nil {
		times[4] = max(times[4]-times[5], 1) // without the start of the process
		all.names[4] += ", without its start"
	}
	for i, m := range mega {
		addTime(t, all.names[i], m, times[i])
	}
	for i, how := range []string{"1 gigapixel, coding and writing", "1 gigapixel, writing"} {
		c.atLeast(how+", beside image/jpeg", "%.0f times", 100, perPixel(3)/perPixel(i))
		if missing != nil {
			c.unknown(how+", beside libvips", "at least 20 times", missing.Error())
			continue
		}
		c.atLeast(how+", beside libvips", "%.1f times", 20, perPixel(4)/perPixel(i))
	}
	c.atMost("41 megapixels, after the tiles are coded", "%.1f ms", 30, milliseconds(times[2]))
	return nil
}

// benchCoding times what is done before the first byte.
func benchCoding(s settings, t *table, c *claims) error {
	const n = 1000
	tiles, err := composerInput(s.photos, n, "")
	if err != nil {
		c.unknown("coding of 1,000 tiles", "150 ms", err.Error())
		return nil
	}
	g := randomGrid(100, 100, n, 8)
	var one contest
	one.add("coding of 1,000 tiles", clock(func() error { _, err := poster.New(tiles, g, options); return err }))
	times, err := one.medians(s.runs)
	if err != nil {
		return err
	}
	addTime(t, one.names[0], n*composerTile*composerTile/1e6, times[0])
	c.atMost(one.names[0], "%.0f ms", 150, milliseconds(times[0]))
	return nil
}

// benchSize compares files with those of image/jpeg, of the same pixels.
func benchSize(tiles []*image.NRGBA, c *claims) error {
	g := randomGrid(bitmapCells, bitmapCells, len(tiles), 0)
	theirs, ours := &counting.Writer{Writer: io.Discard}, &counting.Writer{Writer: io.Discard}
	w := bufio.NewWriter(theirs)
	if err := jpeg.Encode(w, bitmap(tiles, g), &jpeg.Options{Quality: composerQuality}); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	o := options
	o.Subsampling = poster.S420 // as image/jpeg
	p, err := poster.New(tiles, g, o)
	if err != nil {
		return err
	}
	if err := p.Write(context.Background(), ours, nil); err != nil {
		return err
	}
	c.atMost(fmt.Sprintf("size beside image/jpeg (%.1f MB), both 4:2:0", float64(theirs.Bytes)/1e6), "%.3f times", 1.05,
		float64(ours.Bytes)/float64(theirs.Bytes))
	return nil
}

// benchAllocations counts by how many more allocations a larger poster takes.
func benchAllocations(ctx context.Context, tiles []*image.NRGBA, c *claims) error {
	count := func(columns, rows int) (float64, error) {
		p, err := poster.New(tiles, randomGrid(columns, rows, len(tiles), 8), options)
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
	c.atMost(fmt.Sprintf("allocations for each cell (%.0f to write 10,000 cells, %.0f to write 100,000)", few, many), "%.4f",
		0.001, (many-few)/90_000)
	return nil
}

// readTiles reads the tiles that composerInput has written.
func readTiles(dir string) ([]*image.NRGBA, error) {
	paths, err := pictures(dir)
	if err != nil {
		return nil, err
	}
	tiles := make([]*image.NRGBA, len(paths))
	for i, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		img, _, err := image.Decode(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		tiles[i] = opaque(img)
	}
	return tiles, nil
}
