package poster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"slices"
	"testing"

	"smalti/pkg/poster"
	"smalti/pkg/testenv"
)

func preview(t *testing.T, tiles []*image.NRGBA, g poster.Grid, longSide int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := poster.Preview(t.Context(), &b, tiles, g, longSide, 90); err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// colours returns n tiles of one colour each.
func colours(n, side int) []*image.NRGBA {
	tiles := make([]*image.NRGBA, n)
	for i := range tiles {
		tiles[i] = uniform(side, color.NRGBA{uint8(40 + 170*(i%3)/2), uint8(40 + 170*(i/3%3)/2), uint8(60 + 120*(i/9%2)), 255})
	}
	return tiles
}

func TestPreviewShowsEveryCell(t *testing.T) {
	testenv.SkipSlow(t)
	tiles := colours(18, 96)
	brick := random(35, 20, len(tiles), 20)
	brick.Brick = true
	large := random(36, 21, len(tiles), 20)
	large.Cells[0].Span, large.Cells[50].Span = 4, 2
	for _, test := range []struct {
		grid     poster.Grid
		longSide int
		want     image.Point
	}{
		{random(50, 30, len(tiles), 20), 1600, image.Pt(1600, 960)}, // cells of 32: composed
		{random(30, 50, len(tiles), 20), 1600, image.Pt(960, 1600)},
		{random(37, 20, len(tiles), 20), 1600, image.Pt(1600, 865)}, // drawn
		{random(20, 37, len(tiles), 20), 1599, image.Pt(864, 1599)},
		{random(1, 1, len(tiles), 20), 100, image.Pt(100, 100)},
		{random(160, 2, len(tiles), 20), 1600, image.Pt(1600, 20)},
		{brick, 1600, image.Pt(1600, 928)},
		{large, 1600, image.Pt(1600, 933)},
	} {
		t.Run(fmt.Sprint(test.grid.Columns, test.grid.Rows, test.grid.Brick), func(t *testing.T) {
			m := preview(t, tiles, test.grid, test.longSide)
			if m.Bounds().Max != test.want {
				t.Fatalf("the preview is %v, want %v", m.Bounds().Max, test.want)
			}
			wide := float64(test.grid.Columns)
			if test.grid.Brick {
				wide -= 0.5
			}
			scale := float64(test.want.X) / wide
			seen := map[int]bool{}
			for i, c := range test.grid.Cells {
				x, y := i%test.grid.Columns, i/test.grid.Columns
				span := float64(max(c.Span, 1))
				if span > 1 {
					for covered := range int(span * span) {
						seen[i+covered%int(span)+covered/int(span)*test.grid.Columns] = true
					}
				} else if seen[i] {
					continue
				}
				left := float64(x)
				if test.grid.Brick && y%2 == 1 {
					left -= 0.5
				}
				middle := (left + span/2) * scale
				if middle < scale/4 || middle > float64(test.want.X)-scale/4 {
					continue // half a brick at an edge
				}
				cy, cb, cr := color.RGBToYCbCr(rgb(tiles[c.Tile]))
				gy, gb, gr := color.RGBToYCbCr(rgb(m, int(middle), int((float64(y)+span/2)*scale)))
				for k, d := range [3]float64{
					float64(gy) - float64(cy) - float64(c.Shift[0]),
					float64(gb) - float64(cb) - float64(c.Shift[1]),
					float64(gr) - float64(cr) - float64(c.Shift[2]),
				} {
					if math.Abs(d) > 14 { // a small cell shares its blocks with others
						t.Fatalf("cell %d of %v: component %d is %.1f off", i, c, k, d)
					}
				}
			}
		})
	}
}

// rgb returns the colour of a picture at a place, or at its first pixel.
func rgb(m image.Image, at ...int) (r, g, b uint8) {
	p := slices.Concat(at, []int{m.Bounds().Min.X, m.Bounds().Min.Y})
	c := color.NRGBAModel.Convert(m.At(p[0], p[1])).(color.NRGBA)
	return c.R, c.G, c.B
}

func TestPreviewRefusesBadInput(t *testing.T) {
	tiles := scenes(2, 96)
	for name, err := range map[string]error{
		"no tiles":       poster.Preview(t.Context(), io.Discard, nil, random(2, 2, 1, 0), 1600, 85),
		"unknown tile":   poster.Preview(t.Context(), io.Discard, tiles, random(7, 7, 5, 0), 1600, 85),
		"no side":        poster.Preview(t.Context(), io.Discard, tiles, random(7, 7, 2, 0), 0, 85),
		"a huge side":    poster.Preview(t.Context(), io.Discard, tiles, random(7, 7, 2, 0), 100_000, 85),
		"a high quality": poster.Preview(t.Context(), io.Discard, tiles, random(7, 7, 2, 0), 1600, 101),
	} {
		if _, ok := errors.AsType[*poster.InputError](err); !ok {
			t.Errorf("%s: error %v, want an InputError", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := poster.Preview(ctx, io.Discard, tiles, random(7, 7, 2, 0), 1600, 85); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: error %v", err)
	}
	cause := errors.New("the line is dead")
	if err := poster.Preview(t.Context(), &broken{3000, cause}, tiles, random(7, 7, 2, 0), 1600, 85); !errors.Is(err, cause) {
		t.Errorf("to a broken writer: error %v", err)
	}
}

func TestAtlasShowsEveryTileOnce(t *testing.T) {
	testenv.SkipSlow(t)
	for _, test := range []struct {
		tiles, side int
		sizes       []image.Point
	}{
		{1, 96, []image.Point{{96, 96}}},
		{5, 96, []image.Point{{288, 192}}},
		{18, 200, []image.Point{{480, 384}}},
		{1800, 96, []image.Point{{4032, 4032}, {576, 576}}},
	} {
		t.Run(fmt.Sprint(test.tiles), func(t *testing.T) {
			tiles := make([]*image.NRGBA, test.tiles)
			few := colours(18, test.side)
			for i := range tiles {
				tiles[i] = few[i*7%18]
			}
			sheets, err := poster.Atlas(tiles)
			if err != nil {
				t.Fatal(err)
			}
			if len(sheets) != len(test.sizes) {
				t.Fatalf("%d sheets, want %d", len(sheets), len(test.sizes))
			}
			next := 0
			for n, s := range sheets {
				var b bytes.Buffer
				if err := s.Write(t.Context(), &b); err != nil {
					t.Fatal(err)
				}
				m := decode(t, b.Bytes())
				if m.Rect.Max != test.sizes[n] || s.Size() != test.sizes[n] {
					t.Fatalf("sheet %d is %v and says %v, want %v", n, m.Rect.Max, s.Size(), test.sizes[n])
				}
				for i, tile := range s.Tiles {
					if tile != next {
						t.Fatalf("tile %d follows tile %d", tile, next-1)
					}
					next++
					middle := s.At(i).Add(image.Pt(poster.AtlasSide/2, poster.AtlasSide/2))
					r, g, b := rgb(m, middle.X, middle.Y)
					wr, wg, wb := rgb(tiles[tile])
					if d := max(int(r)-int(wr), int(wr)-int(r), int(g)-int(wg), int(wg)-int(g), int(b)-int(wb), int(wb)-int(b)); d > 5 {
						t.Fatalf("tile %d is %d levels off at %v", tile, d, s.At(i))
					}
				}
			}
			if next != test.tiles {
				t.Errorf("%d tiles, want %d", next, test.tiles)
			}
		})
	}
}

func TestAtlasRefusesBadInput(t *testing.T) {
	if _, err := poster.Atlas(nil); err == nil {
		t.Error("an atlas of nobody")
	}
}
