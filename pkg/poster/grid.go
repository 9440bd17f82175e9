package poster

import (
	"fmt"
	"image"
	"math"
)

// Limits of a poster. A JPEG's sides are 16-bit numbers (ITU-T T.81, B.2.2); the margin is what
// libjpeg asks for.
const (
	MaxSide = 65_500 // pixels
	maxTile = 1024   // pixels of a cell's side
)

// Grid says which tile is in which cell.
type Grid struct {
	Columns, Rows int
	Cells         []Cell // row by row

	// Brick moves every second row half a cell to the left. The poster is half a cell narrower than
	// Columns: those rows lose half of their first cell, and the others half of their last.
	Brick bool
}

// Cell is one place in the grid.
type Cell struct {
	Tile  int        // an index into the tiles
	Shift [3]float32 // added to Y, Cb and Cr (JFIF, levels of 8 bits) of all of the tile's pixels
	Span  int        // 0 or 1: one cell; 2 or 4: this many cells each way from here, which are then not looked at

	// Shading, which may be nil, is a smooth field in the same levels as Shift, which is added besides: at the
	// middles of the cell's sixteenths, row by row. It is bilinear between them, and constant beyond the outer ones.
	Shading *[3][16]int8
}

// Subsampling says how much of the colour's resolution is kept.
type Subsampling int

// The samplings. Automatic is 4:2:0 where the cell side is a multiple of 16 and the quality below
// 90, else 4:4:4.
const (
	Automatic Subsampling = iota
	S420                  // half each way: the cell side must be a multiple of 16
	S444                  // all: the cell side must be a multiple of 8
)

// Options say how a poster is written. The zero value of every field but Tile means its default.
type Options struct {
	Tile          int // a cell's side in pixels, a multiple of 8
	Quality       int // 1 to 100, as libjpeg counts; 85
	DPI           int // what the file says of its print size; 300
	Subsampling   Subsampling
	Width, Height int // in pixels, to cut the last column and the last row short; the whole grid
}

const (
	defaultQuality = 85
	defaultDPI     = 300
)

// InputError says why no poster can be made of what was given.
type InputError struct{ text string }

func (e *InputError) Error() string { return "no poster can be made: " + e.text }

func invalid(format string, args ...any) error {
	return &InputError{fmt.Sprintf(format, args...)}
}

// complete returns o with its defaults, or says what is wrong with it for g.
func (o Options) complete(g *Grid) (Options, error) {
	if o.Quality == 0 {
		o.Quality = defaultQuality
	}
	if o.DPI == 0 {
		o.DPI = defaultDPI
	}
	switch {
	case o.Tile < 8 || o.Tile > maxTile || o.Tile%8 != 0:
		return o, invalid("the cell side must be a multiple of 8 from 8 to %d pixels, and is %d", maxTile, o.Tile)
	case o.DPI < 1 || o.DPI > math.MaxUint16:
		return o, invalid("the density must be from 1 to %d dots per inch, and is %d", math.MaxUint16, o.DPI)
	}
	if err := checkQuality(o.Quality); err != nil {
		return o, err
	}
	if err := o.chooseSampling(g); err != nil {
		return o, err
	}
	return o, o.chooseSize(g)
}

func checkQuality(quality int) error {
	if quality < 1 || quality > 100 {
		return invalid("the quality must be from 1 to 100, and is %d", quality)
	}
	return nil
}

// chooseSampling sets Subsampling: cells must be cut between MCUs.
func (o *Options) chooseSampling(g *Grid) error {
	side := g.cutSide(o.Tile)
	if o.Subsampling == Automatic {
		o.Subsampling = S444
		if side%16 == 0 && o.Quality < 90 {
			o.Subsampling = S420
		}
	}
	switch {
	case o.Subsampling != S420 && o.Subsampling != S444:
		return invalid("there is no subsampling %d", o.Subsampling)
	case side%o.mcu() != 0:
		return invalid("%d pixels do not divide into blocks of %d", side, o.mcu())
	}
	return nil
}

// chooseSize sets Width and Height.
func (o *Options) chooseSize(g *Grid) error {
	if g.Columns < 1 || g.Rows < 1 || g.Columns > MaxSide || g.Rows > MaxSide {
		return invalid("a grid of %d x %d cells is none", g.Columns, g.Rows)
	}
	size := g.size(o.Tile)
	if o.Width == 0 {
		o.Width = size.X
	}
	if o.Height == 0 {
		o.Height = size.Y
	}
	switch {
	case o.Width > MaxSide || o.Height > MaxSide:
		return invalid("it would be %d x %d pixels, and a JPEG ends at %d", o.Width, o.Height, MaxSide)
	case o.Width <= size.X-o.Tile || o.Width > size.X || o.Width < 1:
		return invalid("%d columns of %d pixels cannot be %d pixels wide", g.Columns, o.Tile, o.Width)
	case o.Height <= size.Y-o.Tile || o.Height > size.Y || o.Height < 1:
		return invalid("%d rows of %d pixels cannot be %d pixels high", g.Rows, o.Tile, o.Height)
	}
	return nil
}

// mcu returns the side of a minimum coded unit in pixels (T.81, A.2.3).
func (o *Options) mcu() int {
	if o.Subsampling == S420 {
		return 16
	}
	return 8
}

// mcus returns how many MCUs cover so many pixels.
func (o *Options) mcus(pixels int) int { return (pixels + o.mcu() - 1) / o.mcu() }

// cutSide is the side, in pixels, that must be a whole number of MCUs: bricks are cut in half.
func (g *Grid) cutSide(tile int) int {
	if g.Brick {
		return tile / 2
	}
	return tile
}

// composable reports whether the grid can be composed with cells of this side.
func (g *Grid) composable(tile int) bool {
	return tile >= 8 && tile <= maxTile && tile%8 == 0 && g.cutSide(tile)%8 == 0
}

// size returns the grid's size for a cell side, in pixels.
func (g *Grid) size(tile int) image.Point {
	size := image.Pt(g.Columns*tile, g.Rows*tile)
	if g.Brick {
		size.X -= tile / 2
	}
	return size
}

// check says what is wrong with the grid for a number of tiles.
func (g *Grid) check(tiles int) error {
	if g.Columns < 1 || g.Rows < 1 || len(g.Cells) != g.Columns*g.Rows {
		return invalid("a grid of %d x %d has not %d cells", g.Columns, g.Rows, len(g.Cells))
	}
	for i := range g.Cells {
		c := &g.Cells[i]
		column, row := i%g.Columns, i/g.Columns
		if c.Tile < 0 || c.Tile >= tiles {
			return invalid("the cell in column %d of row %d names tile %d, and there are %d", column, row, c.Tile, tiles)
		}
		for _, s := range c.Shift {
			if s != s {
				return invalid("the cell in column %d of row %d has a shift that is no number", column, row)
			}
		}
		switch {
		case c.Span != 0 && c.Span != 1 && c.Span != 2 && c.Span != 4:
			return invalid("the cell in column %d of row %d spans %d cells; 1, 2 and 4 can be", column, row, c.Span)
		case c.Span > 1 && g.Brick:
			return invalid("cells of several sizes have no place among bricks")
		}
	}
	return nil
}

// checkTiles says what is wrong with the tiles.
func checkTiles(tiles []*image.NRGBA) error {
	if len(tiles) == 0 {
		return invalid("there are no tiles")
	}
	for i, t := range tiles {
		if t == nil || t.Rect.Dx() < 1 || t.Rect.Dx() != t.Rect.Dy() {
			return invalid("tile %d is not a square picture", i)
		}
		if side := t.Rect.Dx(); t.Stride < 4*side || len(t.Pix) < (side-1)*t.Stride+4*side {
			return invalid("tile %d has fewer pixels than it says", i)
		}
	}
	return nil
}
