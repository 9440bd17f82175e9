package poster_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"smalti/pkg/poster"
)

// shade gives every other cell a random smooth shading of at most so many levels.
func shade(g *poster.Grid, most float64) {
	shadeAll(g, most)
	for i := 1; i < len(g.Cells); i += 2 {
		g.Cells[i].Shading = nil
	}
}

func shadeAll(g *poster.Grid, most float64) {
	rnd := rand.New(rand.NewPCG(uint64(len(g.Cells)), 5))
	for i := range g.Cells {
		g.Cells[i].Shading = new([3][16]int8)
		for c := range g.Cells[i].Shading {
			x, y, k := rnd.Float64()*2-1, rnd.Float64()*2-1, rnd.Float64()*2-1
			for n := range 16 {
				u, v := float64(n%4)/1.5-1, float64(n/4)/1.5-1
				g.Cells[i].Shading[c][n] = int8(math.Round(most * (x*u + y*v + k*u*v) / 3))
			}
		}
	}
}

// muted returns tiles that have room above and below.
func muted(tiles []*image.NRGBA) []*image.NRGBA {
	for _, t := range tiles {
		for i, v := range t.Pix {
			if i%4 < 3 {
				t.Pix[i] = 90 + v/4
			}
		}
	}
	return tiles
}

// fieldAt is a shading at a point of its cell, from 0 to 1.
func fieldAt(nodes *[16]int8, x, y float64) (v float64) {
	for i, n := range nodes {
		dx := math.Abs(min(max(4*x-0.5, 0), 3) - float64(i%4))
		dy := math.Abs(min(max(4*y-0.5, 0), 3) - float64(i/4))
		v += float64(n) * max(0, 1-dx) * max(0, 1-dy)
	}
	return v
}

// plainOf is a grid without its shadings.
func plainOf(g poster.Grid) poster.Grid {
	g.Cells = append([]poster.Cell(nil), g.Cells...)
	for i := range g.Cells {
		g.Cells[i].Shading = nil
	}
	return g
}

// What a shading adds to the samples of a decoded poster is its field, but for what is lost in quantising three
// coefficients of each block.
func TestShadingAddsItsField(t *testing.T) {
	for _, test := range []struct {
		tile, quality, span int
		sampling            poster.Subsampling
		brick               bool
		within, mean        float64 // levels
	}{
		{64, 85, 1, poster.S420, false, 3, 0.4}, {64, 85, 1, poster.S444, false, 3, 0.4}, {64, 100, 1, poster.S420, false, 2.3, 0.2},
		{64, 100, 1, poster.S444, false, 2.3, 0.2}, {128, 92, 1, poster.S420, false, 2.3, 0.4}, {64, 92, 1, poster.S420, true, 2.3, 0.4},
		{32, 92, 2, poster.S420, false, 2.3, 0.4}, {32, 92, 4, poster.S444, false, 2.3, 0.4}, {48, 100, 1, poster.S444, false, 2.3, 0.2},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			side := test.tile * test.span
			tiles := muted(scenes(5, side))
			columns := 4 * test.span
			g := random(columns, columns, len(tiles), 6)
			g.Brick = test.brick
			shade(&g, 16)
			for i := range g.Cells {
				if g.Cells[i].Span = test.span; i%columns%test.span != 0 || i/columns%test.span != 0 {
					g.Cells[i].Span = 0
				}
			}
			o := poster.Options{Tile: test.tile, Quality: test.quality, Subsampling: test.sampling}
			plain, shaded := decode(t, write(t, tiles, plainOf(g), o)), decode(t, write(t, tiles, g, o))
			for i, c := range g.Cells {
				at := cellRect(i, columns, test.tile)
				at.Max = at.Min.Add(image.Pt(side, side))
				if test.brick && i/columns%2 == 1 {
					at = at.Sub(image.Pt(test.tile/2, 0))
				}
				if i%columns%test.span != 0 || i/columns%test.span != 0 || !at.In(plain.Rect) {
					continue
				}
				was, is := samples(plain, at), samples(shaded, at)
				for k := range 3 {
					n := int(math.Sqrt(float64(len(is[k]))))
					var most, sum float64
					for p := range is[k] {
						want := 0.0
						if c.Shading != nil {
							want = fieldAt(&c.Shading[k], (float64(p%n)+0.5)/float64(n), (float64(p/n)+0.5)/float64(n))
						}
						d := float64(is[k][p]) - float64(was[k][p]) - want
						most, sum = max(most, math.Abs(d)), sum+d
					}
					mean := math.Abs(sum) / float64(len(is[k]))
					if shift := float64(dcStep(t, o, k)) / 8; c.Shading == nil && most > 0 || most > test.within+shift || mean > test.mean+shift {
						t.Fatalf("cell %d, component %d: up to %.2f levels off, %.2f on average", i, k, most, mean)
					}
				}
			}
		})
	}
}

func TestFlatShadingsLeaveThePictureAlone(t *testing.T) {
	tiles := scenes(6, 32)
	for _, sampling := range []poster.Subsampling{poster.S420, poster.S444} {
		g := random(6, 5, len(tiles), 0)
		o := poster.Options{Tile: 32, Subsampling: sampling}
		want := decode(t, write(t, tiles, g, o))
		for i := range g.Cells {
			g.Cells[i].Shading = new([3][16]int8)
		}
		got := decode(t, write(t, tiles, g, o))
		if d := furthest(t, samples(got, got.Rect), samples(want, want.Rect)); d > 1 {
			t.Errorf("sampling %d: up to %d levels off", sampling, d)
		}
	}
}

// Extreme shadings on extreme tiles make no invalid file.
func TestExtremeShadingsStayWithinAJPEG(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	for _, quality := range []int{1, 50, 85, 100} {
		for _, sampling := range []poster.Subsampling{poster.S420, poster.S444} {
			tiles := scenes(2, 32)
			for i := range 2 {
				tile := image.NewNRGBA(image.Rect(0, 0, 32, 32))
				for p := range tile.Pix {
					tile.Pix[p] = uint8(255 * ((p/4%32/(1+3*i) + p/128/(1+3*i)) % 2))
				}
				tiles = append(tiles, tile)
			}
			g := random(7, 5, len(tiles), 300)
			for i := range g.Cells {
				g.Cells[i].Shading = new([3][16]int8)
				for c := range 3 {
					for k := range 16 {
						g.Cells[i].Shading[c][k] = int8(rnd.IntN(256) - 128)
					}
				}
			}
			m := decode(t, write(t, tiles, g, poster.Options{Tile: 32, Quality: quality, Subsampling: sampling}))
			if m.Rect.Max != image.Pt(7*32, 5*32) {
				t.Errorf("quality %d: the picture is %v", quality, m.Rect)
			}
		}
	}
}

// A poster's bytes do not depend on the shadings' being there or not, where there are none.
func TestCellsWithoutShadingStayAsTheyAre(t *testing.T) {
	tiles := scenes(6, 32)
	g := random(8, 4, len(tiles), 8)
	o := poster.Options{Tile: 32}
	want := decode(t, write(t, tiles, g, o))
	shade(&g, 20)
	got := decode(t, write(t, tiles, g, o))
	for i, c := range g.Cells {
		if at := cellRect(i, 8, 32); c.Shading == nil && furthest(t, samples(got, at), samples(want, at)) > 0 {
			t.Fatalf("cell %d changed", i)
		}
	}
	if bytes.Equal(write(t, tiles, g, o), write(t, tiles, plainOf(g), o)) {
		t.Error("the shadings change nothing")
	}
}

// A preview, composed or drawn, shows the field on tiles of one colour.
func TestPreviewShowsShadings(t *testing.T) {
	tiles := colours(3, 32)
	for _, tile := range tiles {
		for i := range tile.Pix {
			tile.Pix[i] = 120
		}
	}
	g := random(5, 5, len(tiles), 0)
	shadeAll(&g, 24)
	for _, side := range []int{32, 31, 17} {
		m := preview(t, tiles, g, 5*side)
		for i, c := range g.Cells {
			for _, at := range [][2]float64{{0.2, 0.2}, {0.8, 0.2}, {0.5, 0.5}, {0.3, 0.7}} {
				x, y := i%5*side+int(at[0]*float64(side)), i/5*side+int(at[1]*float64(side))
				red, green, blue := rgb(m, x, y)
				got, _, _ := color.RGBToYCbCr(red, green, blue)
				if want := 120 + fieldAt(&c.Shading[0], at[0], at[1]); math.Abs(float64(got)-want) > 7 {
					t.Fatalf("cells of %d: %v of cell %d has a Y of %d, want %.0f", side, at, i, got, want)
				}
			}
		}
	}
}

// On a tile of one colour the edges of blocks show no more than if image/jpeg had coded the field.
func TestShadingHasNoBlockEdges(t *testing.T) {
	tile := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range tile.Pix {
		tile.Pix[i] = 120
	}
	g := random(6, 6, 1, 0)
	shadeAll(&g, 24)
	field := image.NewYCbCr(image.Rect(0, 0, 6*64, 6*64), image.YCbCrSubsampleRatio420)
	for i := range field.Y {
		x, y := i%field.YStride, i/field.YStride
		field.Y[i] = uint8(math.Round(120 + fieldAt(&g.Cells[y/64*6+x/64].Shading[0], (float64(x%64)+0.5)/64, (float64(y%64)+0.5)/64)))
	}
	for i := range field.Cb {
		field.Cb[i], field.Cr[i] = 128, 128
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, field, &jpeg.Options{Quality: 85}); err != nil {
		t.Fatal(err)
	}
	want := edges(decode(t, b.Bytes()))
	for _, sampling := range []poster.Subsampling{poster.S420, poster.S444} {
		got := edges(decode(t, write(t, []*image.NRGBA{tile}, g, poster.Options{Tile: 64, Subsampling: sampling})))
		t.Logf("sampling %d: across edges neighbours differ %.2f times as much as inside of blocks, with image/jpeg %.2f times", sampling, got, want)
		if got > 1.1*want {
			t.Error("edges show")
		}
	}
}

// edges is by how many times more neighbours differ across the edges of blocks than inside of them, within cells of 64.
func edges(m *image.YCbCr) float64 {
	var sum, n [2]float64
	for y := range m.Rect.Dy() {
		for x := 1; x < m.Rect.Dx(); x++ {
			if x%64 == 0 {
				continue
			}
			k := 0
			if x%8 == 0 {
				k = 1
			}
			sum[k] += math.Abs(float64(m.Y[m.YOffset(x, y)]) - float64(m.Y[m.YOffset(x-1, y)]))
			n[k]++
		}
	}
	return sum[1] / n[1] / (sum[0] / n[0])
}
