package poster_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"

	"smalti/pkg/poster"
)

// scenes draws n tiles that have what photos have: gradients, edges, texture and saturated colours.
func scenes(n, side int) []*image.NRGBA {
	tiles := make([]*image.NRGBA, n)
	for i := range tiles {
		rnd := rand.New(rand.NewPCG(uint64(i), uint64(side)))
		var base, slope [3]float64
		for c := range 3 {
			base[c], slope[c] = 40+rnd.Float64()*176, (rnd.Float64()-0.5)*120
		}
		angle, radius := rnd.Float64()*2*math.Pi, (0.15+0.25*rnd.Float64())*float64(side)
		tiles[i] = image.NewNRGBA(image.Rect(0, 0, side, side))
		for y := range side {
			for x := range side {
				u, v := float64(x)-float64(side)/2, float64(y)-float64(side)/2
				along := (u*math.Cos(angle) + v*math.Sin(angle)) / float64(side)
				noise := rnd.NormFloat64() * 4
				if math.Hypot(u, v) < radius {
					noise += 50
				}
				var p [3]uint8
				for c := range 3 {
					p[c] = uint8(min(max(base[c]+slope[c]*along+noise, 0), 255))
				}
				tiles[i].SetNRGBA(x, y, color.NRGBA{p[0], p[1], p[2], 255})
			}
		}
	}
	return tiles
}

// photos returns n real tiles, over and over if there are fewer; scenes where there are none.
func photos(t testing.TB, n, side int) []*image.NRGBA {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("SMALTI_TEST_PHOTOS"), "tiles", "*.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("SMALTI_TEST_PHOTOS") == "" || len(files) == 0 {
		return scenes(n, side)
	}
	files = files[:min(n, len(files))]
	tiles := make([]*image.NRGBA, n)
	for i := range tiles {
		if i >= len(files) {
			tiles[i] = tiles[i-len(files)]
			continue
		}
		data, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		tiles[i] = imaging.Fill(m, side, side, imaging.Center, imaging.Lanczos)
	}
	return tiles
}

// random returns a grid of tiles in any order, tinted by at most tint levels.
func random(columns, rows, tiles int, tint float32) poster.Grid {
	rnd := rand.New(rand.NewPCG(uint64(columns), uint64(rows)))
	g := poster.Grid{Columns: columns, Rows: rows, Cells: make([]poster.Cell, columns*rows)}
	for i := range g.Cells {
		g.Cells[i].Tile = rnd.IntN(tiles)
		for c := range 3 {
			g.Cells[i].Shift[c] = (rnd.Float32()*2 - 1) * tint
		}
	}
	return g
}

// write returns a poster's bytes.
func write(t testing.TB, tiles []*image.NRGBA, g poster.Grid, o poster.Options) []byte {
	t.Helper()
	p, err := poster.New(tiles, g, o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decode reads a poster with image/jpeg.
func decode(t testing.TB, data []byte) *image.YCbCr {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m.(*image.YCbCr)
}

// samples returns the three planes' samples in a part of a picture.
func samples(m *image.YCbCr, r image.Rectangle) [3][]uint8 {
	var out [3][]uint8
	for y := r.Min.Y; y < r.Max.Y; y++ {
		out[0] = append(out[0], m.Y[m.YOffset(r.Min.X, y):][:r.Dx()]...)
	}
	step := 1
	if m.SubsampleRatio == image.YCbCrSubsampleRatio420 {
		step = 2
	}
	for y := r.Min.Y; y < r.Max.Y; y += step {
		at, n := m.COffset(r.Min.X, y), (r.Dx()+step-1)/step
		out[1] = append(out[1], m.Cb[at:][:n]...)
		out[2] = append(out[2], m.Cr[at:][:n]...)
	}
	return out
}

// furthest returns the largest difference of two sets of samples.
func furthest(t testing.TB, a, b [3][]uint8) (most int) {
	t.Helper()
	for c := range a {
		if len(a[c]) != len(b[c]) || len(a[c]) == 0 {
			t.Fatalf("component %d: %d and %d samples", c, len(a[c]), len(b[c]))
		}
		for i := range a[c] {
			most = max(most, int(a[c][i])-int(b[c][i]), int(b[c][i])-int(a[c][i]))
		}
	}
	return most
}

func mean(samples []uint8) float64 {
	sum := 0
	for _, s := range samples {
		sum += int(s)
	}
	return float64(sum) / float64(len(samples))
}
