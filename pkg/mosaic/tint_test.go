package mosaic_test

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/disintegration/imaging"

	"smalti/pkg/colour"
	"smalti/pkg/mosaic"
	"smalti/pkg/testenv"
)

func light(level float64) float64 { return colour.Linear(min(1, max(0, level/255))) }

// shifted is the mean colour of a tile with a shift, and how many levels of each channel's pixels
// were clipped on average.
func shifted(tile *image.NRGBA, s [3]float32) (mean colour.Lab, clipped float64) {
	y, cb, cr := float64(s[0]), float64(s[1]), float64(s[2])
	offset := [3]float64{y + 1.402*cr, y - 0.344136*cb - 0.714136*cr, y + 1.772*cb} // JFIF
	var sum colour.Light
	var gone [3]float64
	for i := 0; i < len(tile.Pix); i += 4 {
		for ch := range 3 {
			was := float64(tile.Pix[i+ch])
			v := was + offset[ch]
			sum[ch] += light(v)
			if was > 0 && was < 255 {
				gone[ch] += max(0, v-255, -v)
			}
		}
	}
	n := float64(len(tile.Pix) / 4)
	for ch := range 3 {
		sum[ch] /= n
		clipped = max(clipped, gone[ch]/n)
	}
	return colour.ToLab(sum), clipped
}

func TestTintStaysWithinItsLimit(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(3, 1))
	tiles := scenes(random, 80, 24)
	tiles = append(tiles, plain(24, 24, 0, 0, 0), plain(24, 24, 255, 255, 255), plain(24, 24, 255, 0, 0), plain(24, 24, 3, 200, 90))
	target := scene(random, 120, 120)
	for _, limit := range []float64{0.3, 2, 8, 25, 100} {
		o := mosaic.Options{Columns: 24, Rows: 24, Tint: limit, RepeatDistance: 2, Crops: quarters(tiles)}
		plan := makePlan(t, target, tiles, o)
		sum, largest, nearer := 0.0, 0.0, 0
		for c, cell := range plan.Cells {
			tile := imaging.Clone(mosaic.Picture{Tile: cell.Tile, Crop: cell.Crop}.Of(tiles, o.Crops))
			before, _ := shifted(tile, [3]float32{})
			after, clipped := shifted(tile, cell.Shift)
			moved := colour.Distance(before, after)
			if moved > limit+1e-3 {
				t.Errorf("tint %v: cell %d moved by %v", limit, c, moved)
			}
			if clipped > 4.01 {
				t.Errorf("tint %v: cell %d lost %v levels to clipping", limit, c, clipped)
			}
			goal := cellMean(target, o, c)
			if colour.Distance(after, goal) > colour.Distance(before, goal)+0.1 {
				t.Errorf("tint %v: cell %d went from %v to %v away from %v", limit, c, before, after, goal)
			}
			if moved > 0.9*min(limit, colour.Distance(before, goal)) {
				nearer++
			}
			sum += moved
			largest = max(largest, moved)
		}
		mean := sum / float64(len(plan.Cells))
		if math.Abs(plan.Tint.Mean-mean) > 0.02 || math.Abs(plan.Tint.Largest-largest) > 0.02 || plan.Tint.Limit != limit {
			t.Errorf("tint %v: said %+v, measured %v and %v", limit, plan.Tint, mean, largest)
		}
		if limit <= 8 && nearer < len(plan.Cells)/2 {
			t.Errorf("tint %v: only %d of %d cells used what they may", limit, nearer, len(plan.Cells))
		}
	}
}

// cellMean is the mean colour of a cell of a target whose sides the grid divides.
func cellMean(target *image.NRGBA, o mosaic.Options, c int) colour.Lab {
	w, h := target.Rect.Dx()/o.Columns, target.Rect.Dy()/o.Rows
	var sum colour.Light
	for y := range h {
		for x := range w {
			p := target.Pix[target.PixOffset(c%o.Columns*w+x, c/o.Columns*h+y):]
			for ch := range 3 {
				sum[ch] += light(float64(p[ch])) / float64(w*h)
			}
		}
	}
	return colour.ToLab(sum)
}

// The tint is as large as the photos make necessary.
func TestAutoTint(t *testing.T) {
	random := rand.New(rand.NewPCG(23, 1))
	tiles := scenes(random, 60, 16)
	grey := scenes(random, 60, 16)
	soften(grey...)
	red := plain(60, 60, 220, 20, 20)
	var reds []*image.NRGBA
	for i := range 60 {
		reds = append(reds, plain(16, 16, uint8(190+i), uint8(20+i%7), uint8(20+i%5)))
	}
	limit := func(target *image.NRGBA, tiles []*image.NRGBA) float64 {
		o := mosaic.Options{Columns: 20, Rows: 20, Tint: mosaic.AutoTint, RepeatDistance: 2, Fair: 3}
		plan := makePlan(t, target, tiles, o)
		if plan.Tint.Largest > plan.Tint.Limit+1e-3 {
			t.Errorf("moved by %v, at most %v", plan.Tint.Largest, plan.Tint.Limit)
		}
		return plan.Tint.Limit
	}
	suits, some, lacks := limit(red, reds), limit(scene(random, 60, 60), tiles), limit(red, grey)
	if suits > 6 || lacks != 16 || some < suits {
		t.Errorf("tint %v where photos have the colour, %v where some do, and %v where none does", suits, some, lacks)
	}
}

// Where all cells want the one dark photo, most of them get others: the tint is for those.
func TestAutoTintCountsNeighbours(t *testing.T) {
	var tiles []*image.NRGBA
	for i := range 40 {
		tiles = append(tiles, plain(16, 16, uint8(75+i), 75, 75))
	}
	tiles[7] = plain(16, 16, 30, 30, 34)
	plan := makePlan(t, plain(80, 80, 30, 30, 34), tiles, mosaic.Options{Columns: 20, Rows: 20, Tint: mosaic.AutoTint, RepeatDistance: 4})
	if plan.Tint.Limit != 16 {
		t.Errorf("tint is %v, want 16", plan.Tint.Limit)
	}
}

func TestNoTintShiftsNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 1))
	plan := makePlan(t, scene(random, 60, 60), scenes(random, 30, 8), mosaic.Options{Columns: 12, Rows: 12})
	for c, cell := range plan.Cells {
		if cell.Shift != [3]float32{} {
			t.Fatalf("cell %d is shifted by %v", c, cell.Shift)
		}
	}
	if plan.Tint != (mosaic.TintUsed{}) {
		t.Errorf("tint is %+v, want none", plan.Tint)
	}
}
