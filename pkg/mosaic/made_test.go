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

// soften takes contrast out of pictures.
func soften(all ...*image.NRGBA) {
	for _, img := range all {
		for i, v := range img.Pix {
			if i%4 < 3 {
				img.Pix[i] = 96 + v/4
			}
		}
	}
}

// quarters are the four quarters of each tile, and nothing of every fifth.
func quarters(tiles []*image.NRGBA) [][]image.Rectangle {
	crops := make([][]image.Rectangle, len(tiles))
	for i, t := range tiles {
		for k := 0; k < 4 && i%5 < 4; k++ {
			half := t.Rect.Dx() / 2
			at := image.Pt(k%2*half, k/2*half)
			crops[i] = append(crops[i], image.Rectangle{at, at.Add(image.Pt(half, half))})
		}
	}
	return crops
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
	if plan.Columns != o.Columns || plan.Rows != o.Rows || plan.Shape != o.Shape || len(plan.Cells) != o.Columns*o.Rows {
		t.Fatalf("plan is %d x %d with %d cells, asked %d x %d", plan.Columns, plan.Rows, len(plan.Cells), o.Columns, o.Rows)
	}
	got := map[string]int{}
	for _, r := range plan.Relaxed {
		if r.Why == "" {
			t.Errorf("%s was relaxed without a word", r.Rule)
		}
		got[r.Rule] = r.Got
	}
	uses, people := make([]int, tiles), make([]int, tiles)
	for _, c := range placed(t, plan) {
		uses[plan.Cells[c].Tile]++
	}
	keptShares(t, plan, uses, o, got)
	limit, relaxed := got[mosaic.RuleMaxUses]
	if !relaxed {
		limit = o.MaxUses
	}
	for i, f := range plan.Face {
		people[f]++
		if f > i || plan.Face[f] != f {
			t.Errorf("tile %d has the face of %d", i, f)
		}
	}
	shown := 0
	for i, n := range uses {
		if n != plan.Uses[i] {
			t.Errorf("tile %d is used %d times, Uses says %d", i, n, plan.Uses[i])
		}
		if plan.Face[i] != i && n > 0 {
			t.Errorf("tile %d is used in place of %d, whose face it has", i, plan.Face[i])
		}
		if limit > 0 && n > limit*people[i] {
			t.Errorf("tile %d is used %d times, at most %d for each of %d allowed (%+v)", i, n, limit, people[i], o)
		}
		shown += min(n, 1) * people[i]
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
	if d := nearest(plan); d < float64(near) {
		t.Errorf("a face is repeated at distance %v, at least %d wanted (%+v)", d, near, o)
	}
}

// keptShares fails the test if a face is used more or less than Fair says.
func keptShares(t testing.TB, plan *mosaic.Plan, uses []int, o mosaic.Options, relaxed map[string]int) {
	t.Helper()
	cells, faces := 0, 0
	for i, n := range uses {
		cells += n
		if plan.Face[i] == i {
			faces++
		}
	}
	mean := float64(cells) / float64(faces)
	if o.Fair == 0 || mean < 1 {
		return
	}
	least, most := min(int(mean), int(math.Ceil(mean/o.Fair-1e-9))), max(int(math.Ceil(mean)), int(mean*o.Fair+1e-9))
	if n, ok := relaxed[mosaic.RuleLeastShare]; ok {
		least = n
	}
	if n, ok := relaxed[mosaic.RuleMaxUses]; ok {
		most = max(most, n)
	} else if o.MaxUses > 0 {
		least = min(least, o.MaxUses)
	}
	if n, ok := relaxed[mosaic.RuleMostShare]; ok {
		most = n
	}
	for i, n := range uses {
		if plan.Face[i] == i && (n < least || n > most) {
			t.Errorf("face %d is used %d times, not %d to %d (%+v)", i, n, least, most, o)
		}
	}
}

// placed lists the first places of all cells, and fails the test if they do not cover all places
// once, or if what they cover does not say so.
func placed(t testing.TB, plan *mosaic.Plan) (first []int) {
	t.Helper()
	covered := make([]bool, len(plan.Cells))
	for c, cell := range plan.Cells {
		switch {
		case cell.Tile < 0 || cell.Tile >= len(plan.Face):
			t.Fatalf("cell %d holds tile %d of %d", c, cell.Tile, len(plan.Face))
		case cell.Span == 0:
			continue
		case cell.Span != 1 && (plan.Shape != mosaic.Detail || cell.Span != 2 && cell.Span != 4):
			t.Fatalf("cell %d spans %d cells", c, cell.Span)
		case c%plan.Columns+cell.Span > plan.Columns || c/plan.Columns+cell.Span > plan.Rows:
			t.Fatalf("cell %d of span %d reaches beyond the grid", c, cell.Span)
		}
		first = append(first, c)
		for y := range cell.Span {
			for x := range cell.Span {
				at := c + y*plan.Columns + x
				other := plan.Cells[at]
				if covered[at] || at != c && other.Span != 0 || other.Tile != cell.Tile || other.Crop != cell.Crop || other.Shift != cell.Shift {
					t.Fatalf("cell %d holds %+v, and is covered by %d with %+v", at, other, c, cell)
				}
				covered[at] = true
			}
		}
	}
	for c, yes := range covered {
		if !yes {
			t.Fatalf("cell %d is covered by none", c)
		}
	}
	return first
}

// nearest is the least Chebyshev distance between the nearest parts of two cells with the same face.
func nearest(plan *mosaic.Plan) float64 {
	least := math.Inf(1)
	type part struct {
		x, y  float64
		owner int
	}
	parts := map[int][]part{}
	owner := make([]int, len(plan.Cells))
	for c, cell := range plan.Cells {
		for i := range cell.Span * cell.Span {
			owner[c+i/cell.Span*plan.Columns+i%cell.Span] = c
		}
	}
	for c, cell := range plan.Cells {
		here := part{float64(c % plan.Columns), float64(c / plan.Columns), owner[c]}
		if plan.Shape == mosaic.Brick && c/plan.Columns%2 == 1 {
			here.x -= 0.5
		}
		f := plan.Face[cell.Tile]
		for _, p := range parts[f] {
			if p.owner != here.owner {
				least = min(least, max(math.Abs(p.x-here.x), math.Abs(p.y-here.y)))
			}
		}
		parts[f] = append(parts[f], here)
	}
	return least
}

func abs(x int) int { return max(x, -x) }
