package mosaic_test

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"smalti/pkg/mosaic"
	"smalti/pkg/testenv"
)

func choice(plan *mosaic.Plan) []int {
	tiles := make([]int, len(plan.Cells))
	for c, cell := range plan.Cells {
		tiles[c] = cell.Tile
	}
	return tiles
}

// optimum is the least objective of all choices that keep the rules.
func optimum(o mosaic.Options, tiles int, objective func([]int) float64) float64 {
	least := math.Inf(1)
	cells := make([]int, o.Columns*o.Rows)
	uses := make([]int, tiles)
	var try func(c, missing int)
	try = func(c, missing int) {
		if o.Everyone && missing > len(cells)-c {
			return
		}
		if c == len(cells) {
			least = min(least, objective(cells))
			return
		}
		for t := range tiles {
			if o.MaxUses > 0 && uses[t] == o.MaxUses || tooNear(cells[:c], c, t, o) {
				continue
			}
			cells[c] = t
			uses[t]++
			left := missing
			if uses[t] == 1 {
				left--
			}
			try(c+1, left)
			uses[t]--
		}
	}
	try(0, tiles)
	return least
}

func tooNear(before []int, c, t int, o mosaic.Options) bool {
	for p, other := range before {
		if other == t && max(abs(p%o.Columns-c%o.Columns), abs(p/o.Columns-c/o.Columns)) < o.RepeatDistance {
			return true
		}
	}
	return false
}

// On grids small enough to try everything, the plan is close to the best there is, measured by how
// much worse a random choice is. Local search may get stuck on one cell of six.
func TestNearTheOptimum(t *testing.T) {
	testenv.SkipSlow(t)
	for _, c := range []struct {
		name  string
		tiles int
		tight bool // tiles are scarce
		o     mosaic.Options
	}{
		{"free", 5, false, mosaic.Options{Columns: 3, Rows: 2}},
		{"tinted", 5, false, mosaic.Options{Columns: 3, Rows: 2, Tint: 8}},
		{"distance", 6, false, mosaic.Options{Columns: 3, Rows: 2, RepeatDistance: 2}},
		{"everyone", 5, false, mosaic.Options{Columns: 3, Rows: 2, Everyone: true}},
		{"at most two", 4, true, mosaic.Options{Columns: 3, Rows: 2, MaxUses: 2}},
		{"exactly once", 6, true, mosaic.Options{Columns: 3, Rows: 2, MaxUses: 1, Everyone: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			const n = 25
			sum, chance := 0.0, 0.0
			for seed := range uint64(n) {
				random := rand.New(rand.NewPCG(seed, 11))
				tiles, target := scenes(random, c.tiles, 8), scene(random, 48, 32)
				plan := makePlan(t, target, tiles, c.o)
				kept(t, plan, c.tiles, c.o)
				objective := mosaic.Objective(target, tiles, c.o, c.tight)
				least := optimum(c.o, c.tiles, objective)
				cells := choice(plan)
				over := (objective(cells) - least) / float64(len(cells))
				if over < -0.001 {
					t.Errorf("seed %d: %v better than the best: a rule is broken", seed, -over)
				}
				sum += over
				random.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
				chance += (objective(cells) - least) / float64(len(cells))
			}
			if sum > 0.08*chance {
				t.Errorf("%.2f CIEDE2000 a cell worse than the best, where its own tiles at random are %.2f", sum/n, chance/n)
			}
		})
	}
}

// With as many cells as tiles the picture must be put together again from its own pieces.
func TestJigsaw(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(12, 1))
	const side, cell = 20, 8
	target := scene(random, side*cell, side*cell)
	for i := range target.Pix { // so that no two pieces are alike
		if i%4 < 3 {
			target.Pix[i] = uint8(min(255, max(0, int(target.Pix[i])+random.IntN(41)-20)))
		}
	}
	order := random.Perm(side * side)
	tiles := make([]*image.NRGBA, side*side)
	for c, t := range order {
		at := image.Pt(c%side*cell, c/side*cell)
		tiles[t] = target.SubImage(image.Rectangle{at, at.Add(image.Pt(cell, cell))}).(*image.NRGBA)
	}
	plan := makePlan(t, target, tiles, mosaic.Options{Columns: side, Rows: side, MaxUses: 1, Everyone: true})
	wrong := 0
	for c, got := range choice(plan) {
		if got != order[c] {
			wrong++
		}
	}
	if wrong > side*side/50 {
		t.Errorf("%d of %d pieces are in the wrong place", wrong, side*side)
	}
}

// The short cut to a cell's best tiles leaves none of them out.
func TestShortlist(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(13, 1))
	target, tiles := scene(random, 200, 200), scenes(random, 300, 8)
	for _, tint := range []float64{0, 8} {
		got, want := mosaic.NewBench(target, tiles, mosaic.Options{Columns: 25, Rows: 25, Tint: tint, Crops: quarters(tiles)}).Lists()
		for c := range got {
			if !slices.Equal(got[c], want[c]) {
				t.Fatalf("tint %v: cell %d has the list %v, want %v", tint, c, got[c], want[c])
			}
		}
	}
}

// What a use costs that a tile lacks does not grow with their number, as it does with that of the tiles.
func TestMissingUsesOfLargeGrids(t *testing.T) {
	for _, missing := range []int{10, 100, 1000} {
		few, many := mosaic.Offered(missing, 1000*missing), mosaic.Offered(missing, 20_000*missing)
		if many > 25*few {
			t.Errorf("%d tiles: 20 times as many uses take %.0f times as long", missing, float64(many)/float64(few))
		}
	}
}
