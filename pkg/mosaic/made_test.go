package mosaic_test

import (
	"context"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"smalti/pkg/mosaic"
)

// plain is a picture of one colour.
func plain(w, h int, r, g, b uint8) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = r, g, b, 255
	}
	return img
}

// scene is a picture of a few soft spots on a slope of colours.
func scene(random *rand.Rand, w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	type spot struct{ x, y, size, r, g, b float64 }
	spots := make([]spot, 6)
	for i := range spots {
		spots[i] = spot{
			random.Float64() * float64(w), random.Float64() * float64(h), (0.05 + 0.3*random.Float64()) * float64(w),
			random.Float64()*400 - 200, random.Float64()*400 - 200, random.Float64()*400 - 200,
		}
	}
	base := [3]float64{random.Float64() * 255, random.Float64() * 255, random.Float64() * 255}
	for y := range h {
		for x := range w {
			c := base
			for _, s := range spots {
				k := math.Exp(-((float64(x)-s.x)*(float64(x)-s.x) + (float64(y)-s.y)*(float64(y)-s.y)) / (s.size * s.size))
				c[0] += k * s.r
				c[1] += k * s.g
				c[2] += k * s.b
			}
			p := img.Pix[img.PixOffset(x, y):]
			for i := range 3 {
				p[i] = uint8(min(255, max(0, c[i])))
			}
			p[3] = 255
		}
	}
	return img
}

func scenes(random *rand.Rand, n, side int) []*image.NRGBA {
	all := make([]*image.NRGBA, n)
	for i := range all {
		all[i] = scene(random, side, side)
	}
	return all
}

func makePlan(t testing.TB, target *image.NRGBA, tiles []*image.NRGBA, o mosaic.Options) *mosaic.Plan {
	t.Helper()
	plan, err := mosaic.Make(context.Background(), target, tiles, o, nil)
	if err != nil {
		t.Fatalf("Make(%+v): %v", o, err)
	}
	return plan
}

// kept fails the test unless the plan is whole and keeps the rules that it does not call relaxed.
func kept(t testing.TB, plan *mosaic.Plan, tiles int, o mosaic.Options) {
	t.Helper()
	if plan.Columns != o.Columns || plan.Rows != o.Rows || len(plan.Cells) != o.Columns*o.Rows {
		t.Fatalf("plan is %d x %d with %d cells, asked %d x %d", plan.Columns, plan.Rows, len(plan.Cells), o.Columns, o.Rows)
	}
	got := map[string]int{}
	for _, r := range plan.Relaxed {
		if r.Why == "" {
			t.Errorf("%s was relaxed without a word", r.Rule)
		}
		got[r.Rule] = r.Got
	}
	uses := make([]int, tiles)
	for c, cell := range plan.Cells {
		if cell.Tile < 0 || cell.Tile >= tiles {
			t.Fatalf("cell %d holds tile %d of %d", c, cell.Tile, tiles)
		}
		uses[cell.Tile]++
	}
	limit, relaxed := got[mosaic.RuleMaxUses]
	if !relaxed {
		limit = o.MaxUses
	}
	shown := 0
	for i, n := range uses {
		if n != plan.Uses[i] {
			t.Errorf("tile %d is used %d times, Uses says %d", i, n, plan.Uses[i])
		}
		if limit > 0 && n > limit {
			t.Errorf("tile %d is used %d times, at most %d allowed (%+v)", i, n, limit, o)
		}
		shown += min(n, 1)
	}
	least, relaxed := got[mosaic.RuleEveryone]
	if !relaxed && o.Everyone {
		least = tiles
	}
	if shown < least {
		t.Errorf("%d tiles are in it, want %d (%+v)", shown, least, o)
	}
	near, relaxed := got[mosaic.RuleRepeatDistance]
	if !relaxed {
		near = o.RepeatDistance
	}
	if d := nearest(plan); d < near {
		t.Errorf("a face is repeated at distance %d, at least %d wanted (%+v)", d, near, o)
	}
}

// nearest is the least Chebyshev distance between two cells with the same face.
func nearest(plan *mosaic.Plan) int {
	least := math.MaxInt
	places := map[int][]int{}
	for c, cell := range plan.Cells {
		f := plan.Face[cell.Tile]
		for _, p := range places[f] {
			least = min(least, max(abs(p%plan.Columns-c%plan.Columns), abs(p/plan.Columns-c/plan.Columns)))
		}
		places[f] = append(places[f], c)
	}
	return least
}

func abs(x int) int { return max(x, -x) }
