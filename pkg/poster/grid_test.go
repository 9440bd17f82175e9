package poster_test

import (
	"errors"
	"fmt"
	"image"
	"math"
	"strings"
	"testing"

	"smalti/pkg/poster"
	"smalti/pkg/testenv"
)

func TestBadInputIsRefused(t *testing.T) {
	tiles := scenes(3, 16)
	good := func() poster.Grid { return random(4, 4, 3, 0) }
	grid := func(change func(g *poster.Grid)) poster.Grid {
		g := good()
		change(&g)
		return g
	}
	nan := float32(math.NaN())
	for _, test := range []struct {
		name  string
		tiles []*image.NRGBA
		grid  poster.Grid
		o     poster.Options
		want  string
	}{
		{"no tiles", nil, good(), poster.Options{Tile: 16}, "no tiles"},
		{"a missing tile", []*image.NRGBA{tiles[0], nil, tiles[2]}, good(), poster.Options{Tile: 16}, "tile 1 is not"},
		{"an oblong tile", []*image.NRGBA{tiles[0], tiles[1], image.NewNRGBA(image.Rect(0, 0, 16, 8))}, good(), poster.Options{Tile: 16}, "tile 2 is not"},
		{"an empty tile", []*image.NRGBA{tiles[0], tiles[1], {}}, good(), poster.Options{Tile: 16}, "tile 2 is not"},
		{"a tile without pixels", []*image.NRGBA{tiles[0], {Rect: tiles[0].Rect, Stride: 64}}, good(), poster.Options{Tile: 16}, "tile 1 has fewer"},
		{"a tile without lines", []*image.NRGBA{{Rect: tiles[0].Rect, Pix: tiles[0].Pix}}, good(), poster.Options{Tile: 16}, "tile 0 has fewer"},
		{"no cell side", tiles, good(), poster.Options{}, "multiple of 8"},
		{"an odd cell side", tiles, good(), poster.Options{Tile: 20}, "multiple of 8"},
		{"a huge cell side", tiles, good(), poster.Options{Tile: 2048}, "multiple of 8"},
		{"4:2:0 that does not fit", tiles, good(), poster.Options{Tile: 24, Subsampling: poster.S420}, "24 pixels"},
		{"an unknown subsampling", tiles, good(), poster.Options{Tile: 16, Subsampling: 7}, "subsampling 7"},
		{"a low quality", tiles, good(), poster.Options{Tile: 16, Quality: -1}, "quality"},
		{"a high quality", tiles, good(), poster.Options{Tile: 16, Quality: 101}, "quality"},
		{"a high density", tiles, good(), poster.Options{Tile: 16, DPI: 70_000}, "density"},
		{"too large", tiles, random(513, 1, 3, 0), poster.Options{Tile: 128}, "65664 x 128"},
		{"too high", tiles, random(1, 513, 3, 0), poster.Options{Tile: 128}, "128 x 65664"},
		{"too narrow", tiles, good(), poster.Options{Tile: 16, Width: 48}, "48 pixels wide"},
		{"too wide", tiles, good(), poster.Options{Tile: 16, Width: 65}, "65 pixels wide"},
		{"a negative height", tiles, random(1, 1, 3, 0), poster.Options{Tile: 16, Height: -3}, "-3 pixels high"},
		{"no grid", tiles, poster.Grid{}, poster.Options{Tile: 16}, "0 x 0"},
		{"a negative grid", tiles, poster.Grid{Columns: -2, Rows: -2, Cells: make([]poster.Cell, 4)}, poster.Options{Tile: 16}, "-2 x -2"},
		{"cells missing", tiles, grid(func(g *poster.Grid) { g.Cells = g.Cells[1:] }), poster.Options{Tile: 16}, "15 cells"},
		{"an unknown tile", tiles, grid(func(g *poster.Grid) { g.Cells[6].Tile = 3 }), poster.Options{Tile: 16}, "column 2 of row 1 names tile 3"},
		{"a negative tile", tiles, grid(func(g *poster.Grid) { g.Cells[0].Tile = -1 }), poster.Options{Tile: 16}, "tile -1"},
		{"a shift of no size", tiles, grid(func(g *poster.Grid) { g.Cells[3].Shift[1] = nan }), poster.Options{Tile: 16}, "no number"},
		{"a span of 3", tiles, grid(func(g *poster.Grid) { g.Cells[0].Span = 3 }), poster.Options{Tile: 16}, "spans 3"},
		{"a large cell at the edge", tiles, grid(func(g *poster.Grid) { g.Cells[3].Span = 2 }), poster.Options{Tile: 16}, "beyond"},
		{"large cells that meet", tiles, grid(func(g *poster.Grid) { g.Cells[2].Span, g.Cells[5].Span = 2, 2 }), poster.Options{Tile: 16}, "meet"},
		{"large bricks", tiles, grid(func(g *poster.Grid) { g.Cells[0].Span, g.Brick = 2, true }), poster.Options{Tile: 16}, "bricks"},
		{"bricks without halves", tiles, grid(func(g *poster.Grid) { g.Brick = true }), poster.Options{Tile: 24}, "12 pixels"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := poster.New(test.tiles, test.grid, test.o)
			if err == nil {
				t.Fatal("no error")
			}
			if _, ok := errors.AsType[*poster.InputError](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want an InputError with %q", err, test.want)
			}
		})
	}
}

func TestWidthAndHeightCutTheLastCells(t *testing.T) {
	tiles := scenes(9, 32)
	g := random(6, 5, len(tiles), 8)
	for _, sampling := range []poster.Subsampling{poster.S420, poster.S444} {
		whole := decode(t, write(t, tiles, g, poster.Options{Tile: 32, Subsampling: sampling}))
		for _, size := range []image.Point{{161, 129}, {176, 144}, {191, 159}, {177, 160}, {192, 130}} {
			o := poster.Options{Tile: 32, Subsampling: sampling, Width: size.X, Height: size.Y}
			cut := decode(t, write(t, tiles, g, o))
			if cut.Rect.Max != size {
				t.Fatalf("the poster is %v, want %v", cut.Rect.Max, size)
			}
			if d := furthest(t, samples(cut, cut.Rect), samples(whole, cut.Rect)); d != 0 {
				t.Errorf("cut to %v, it is %d levels off", size, d)
			}
		}
	}
}

func TestBricks(t *testing.T) {
	for _, test := range []poster.Options{
		{Tile: 32, Subsampling: poster.S420}, {Tile: 16, Subsampling: poster.S444}, {Tile: 16}, {Tile: 64},
		{Tile: 32, Width: 130}, {Tile: 32, Width: 113},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			tiles := scenes(9, test.Tile)
			g := random(5, 4, len(tiles), 8)
			plain := test
			plain.Width, plain.Subsampling = 0, test.Subsampling
			if test.Subsampling == poster.Automatic && test.Tile == 16 {
				plain.Subsampling = poster.S444 // half a cell has no room for 4:2:0
			}
			straight := decode(t, write(t, tiles, g, plain))
			g.Brick = true
			bricks := decode(t, write(t, tiles, g, test))
			if want := 5*test.Tile - test.Tile/2; test.Width == 0 && bricks.Rect.Dx() != want {
				t.Fatalf("%d pixels wide, want %d", bricks.Rect.Dx(), want)
			}
			for row := range 4 {
				r := image.Rect(0, row*test.Tile, bricks.Rect.Dx(), (row+1)*test.Tile)
				from := r.Add(image.Pt(row%2*test.Tile/2, 0))
				if d := furthest(t, samples(bricks, r), samples(straight, from)); d != 0 {
					t.Errorf("row %d is %d levels off", row, d)
				}
			}
		})
	}
}

func TestLargeCells(t *testing.T) {
	const side = 16
	masters := scenes(9, 4*side)
	g := random(8, 7, len(masters), 8)
	large := map[int]int{0: 4, 4: 2, 22: 2, 48: 1, 33: 2, 36: 2} // cell: span
	for i, span := range large {
		g.Cells[i].Span = span
	}
	for _, o := range []poster.Options{{Tile: side}, {Tile: side, Quality: 95}, {Tile: side, Width: 7*side + 5, Height: 6*side + 3}} {
		m := decode(t, write(t, masters, g, o))
		for i, span := range large {
			at := image.Rect(0, 0, span*side, span*side).Add(image.Pt(i%8, i/8).Mul(side))
			if !at.In(m.Rect) {
				continue
			}
			one := poster.Grid{Columns: 1, Rows: 1, Cells: g.Cells[i : i+1]}
			one.Cells = []poster.Cell{{Tile: one.Cells[0].Tile, Shift: one.Cells[0].Shift}}
			alone := decode(t, write(t, masters, one, poster.Options{Tile: span * side, Quality: o.Quality}))
			if d := furthest(t, samples(m, at), samples(alone, alone.Rect)); d > 1 {
				t.Errorf("the cell of %d x %d at %v is %d levels off", span, span, at.Min, d)
			}
		}
	}
}

func TestLongestSides(t *testing.T) {
	testenv.SkipSlow(t)
	tiles := scenes(5, 16)
	for _, size := range []image.Point{{poster.MaxSide, 20}, {20, poster.MaxSide}} {
		g := random((size.X+15)/16, (size.Y+15)/16, len(tiles), 5)
		for _, sampling := range []poster.Subsampling{poster.S420, poster.S444} {
			data := write(t, tiles, g, poster.Options{Tile: 16, Width: size.X, Height: size.Y, Subsampling: sampling})
			if m := decode(t, data); m.Rect.Max != size {
				t.Errorf("the poster is %v, want %v", m.Rect.Max, size)
			}
		}
	}
}
