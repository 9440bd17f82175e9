package mosaic_test

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"

	"smalti/pkg/likeness"
	"smalti/pkg/mosaic"
	"smalti/pkg/testenv"
)

// Real photographs show what made-up ones cannot: whether a mosaic still looks like its target. The
// limits are what the matching reaches, with a little room; a change that breaks one of them makes
// mosaics visibly worse.
func TestPhotographs(t *testing.T) {
	dir := os.Getenv("SMALTI_TEST_PHOTOS")
	if dir == "" {
		t.Skip("SMALTI_TEST_PHOTOS names no folder with photographs")
	}
	testenv.SkipSlow(t)
	var tiles []*image.NRGBA
	for _, img := range photographs(t, filepath.Join(dir, "tiles")) {
		tiles = append(tiles, imaging.Fill(img, 48, 48, imaging.Center, imaging.Lanczos))
	}
	targets := photographs(t, filepath.Join(dir, "targets"))
	for _, c := range []struct {
		name string
		o    mosaic.Options
		dE   float64 // the most that CIEDE2000 at one sample per cell may be, as a geometric mean
		ssim float64 // the least that SSIM at two samples may be
	}{
		{"pure", mosaic.Options{RepeatDistance: 3}, 11.6, 0.55},
		{"gentle", mosaic.Options{RepeatDistance: 3, Tint: 8, Everyone: true}, 7.6, 0.59},
		{"fair", mosaic.Options{RepeatDistance: 3, Tint: 8, Everyone: true, MaxUses: 20}, 10, 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			dE, ssim := 0.0, 0.0
			for _, target := range targets {
				o := c.o
				o.Columns, o.Rows = mosaic.Grid(target.Rect.Dx(), target.Rect.Dy(), 70, 0, mosaic.Square)
				plan := makePlan(t, target, tiles, o)
				kept(t, plan, len(tiles), o)
				if len(plan.Relaxed) > 0 {
					t.Errorf("relaxed %+v", plan.Relaxed)
				}
				faces := make([]int, len(plan.Cells))
				for i, cell := range plan.Cells {
					faces[i] = plan.Face[cell.Tile]
				}
				if got := likeness.RepeatPattern(faces, plan.Columns); got > 2.1 {
					t.Errorf("pattern of repeats is %.2f", got)
				}
				made := compose(plan, tiles)
				dE += math.Log(compare(t, target, made, o, 1).Mean) / float64(len(targets))
				ssim += math.Log(compare(t, target, made, o, 2).SSIM) / float64(len(targets))
			}
			t.Logf("CIEDE2000 %.2f, SSIM %.3f", math.Exp(dE), math.Exp(ssim))
			if math.Exp(dE) > c.dE || math.Exp(ssim) < c.ssim {
				t.Errorf("CIEDE2000 is %.2f and SSIM %.3f, want at most %v and at least %v", math.Exp(dE), math.Exp(ssim), c.dE, c.ssim)
			}
		})
	}
}

func photographs(t *testing.T, dir string) (all []*image.NRGBA) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.jpg"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no photographs in %s: %v", dir, err)
	}
	for _, name := range names {
		img, err := imaging.Open(name, imaging.AutoOrientation(true))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, imaging.Clone(img))
	}
	return all
}

// compose draws the mosaic, all pixels of it.
func compose(plan *mosaic.Plan, tiles []*image.NRGBA) *image.NRGBA {
	side := tiles[0].Rect.Dx()
	out := image.NewNRGBA(image.Rect(0, 0, plan.Columns*side, plan.Rows*side))
	for c, cell := range plan.Cells {
		s := cell.Shift
		offset := [4]float32{s[0] + 1.402*s[2], s[0] - 0.344136*s[1] - 0.714136*s[2], s[0] + 1.772*s[1]} // JFIF
		for y := range side {
			to := out.Pix[out.PixOffset(c%plan.Columns*side, c/plan.Columns*side+y):]
			for i, v := range tiles[cell.Tile].Pix[y*tiles[cell.Tile].Stride:][:4*side] {
				to[i] = uint8(min(255, max(0, math.Round(float64(float32(v)+offset[i%4])))))
			}
		}
	}
	return out
}

// compare measures at s samples per cell side, over the part of the target that the grid shows.
func compare(t *testing.T, target, made *image.NRGBA, o mosaic.Options, s int) likeness.Difference {
	t.Helper()
	w, h := target.Rect.Dx(), target.Rect.Dy()
	cell := min(float64(w)/float64(o.Columns), float64(h)/float64(o.Rows))
	shown := imaging.CropCenter(target, int(math.Round(cell*float64(o.Columns))), int(math.Round(cell*float64(o.Rows))))
	a, err := likeness.Average(shown, o.Columns*s, o.Rows*s)
	if err != nil {
		t.Fatal(err)
	}
	b, err := likeness.Average(made, o.Columns*s, o.Rows*s)
	if err != nil {
		t.Fatal(err)
	}
	d, err := likeness.Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
