package mosaic_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"smalti/pkg/mosaic"
	"smalti/pkg/testenv"
)

// slowlyTooClose is the distance rule, read off the picture: is another cell with the tile drawn less than distance
// cells away, columns and rows apart, half a cell rounded down?
func slowlyTooClose(b mosaic.Board, tile []int, c, t int) bool {
	at := func(c int) (x, y float64) {
		x, y = float64(c%b.Columns), float64(c/b.Columns)
		if b.Brick && c/b.Columns%2 == 1 {
			x -= 0.5
		}
		return x, y
	}
	x, y := at(c)
	for o, other := range tile {
		if u, v := at(o); o != c && other == t && math.Floor(max(math.Abs(u-x), math.Abs(v-y))) < float64(b.Distance) {
			return true
		}
	}
	return false
}

// On random boards, of squares and of bricks, with and without cells that larger ones have settled, the rule says what
// the slow one says, while tiles change.
func TestTooClose(t *testing.T) {
	said := map[bool]int{}
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 21))
		b := mosaic.Board{Columns: 1 + random.IntN(14), Rows: 1 + random.IntN(14), Distance: 1 + random.IntN(16), Brick: seed%2 == 0}
		tiles := 1 + random.IntN(30)
		tile := make([]int, b.Columns*b.Rows)
		settled := make([]bool, len(tile))
		for c := range tile {
			tile[c] = -1
			if settled[c] = seed%3 == 0 && random.IntN(3) == 0; settled[c] && random.IntN(4) > 0 {
				tile[c] = random.IntN(tiles)
			}
		}
		g := b.Fill(tiles, settled, tile)
		for range 200 {
			c, photo := random.IntN(len(tile)), random.IntN(tiles)
			got, together, want := g.TooClose(c, photo), g.StandsAround(c, photo), slowlyTooClose(b, tile, c, photo)
			if got != want || together != want {
				t.Fatalf("seed %d: %+v: tile %d in cell %d of %v: too close is %v, and %v for all at once, want %v", seed, b, photo, c, tile, got, together, want)
			}
			said[got]++
			if !settled[c] {
				tile[c] = random.IntN(tiles+1) - 1
				g.Put(c, tile[c])
			}
		}
	}
	if said[true] < 10000 || said[false] < 10000 {
		t.Errorf("answers %v: too few of one kind to say anything about it", said)
	}
}

// Distances that reach across most of the board are kept, or relaxed with a word, between cells of all kinds.
func TestLargeDistances(t *testing.T) {
	testenv.SkipSlow(t)
	large := map[int]int{}
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 22))
		o := mosaic.Options{
			Columns: 1 + random.IntN(30), Rows: 1 + random.IntN(30), Shape: mosaic.Shape(seed % 3), Tint: 8,
			RepeatDistance: 4 + random.IntN(30), MaxUses: random.IntN(2) * random.IntN(12), Everyone: random.IntN(2) == 0,
			Fair: []float64{0, 1, 3}[seed/3%3], Seed: seed,
		}
		target, tiles := scene(random, 90, 90), scenes(random, 1+random.IntN(1+2*o.RepeatDistance*o.RepeatDistance), 4)
		if o.Shape == mosaic.Detail {
			soften(append(tiles, target)...) // so that there are large cells
		}
		plan := makePlan(t, target, tiles, o)
		kept(t, plan, len(tiles), o)
		for _, c := range plan.Cells {
			large[c.Span]++
		}
		d := min(o.RepeatDistance, max(o.Columns, o.Rows))
		if o.Shape != mosaic.Detail && o.MaxUses == 0 && o.Fair == 0 && len(tiles) >= 3*min(d, o.Columns)*min(d, o.Rows) && len(plan.Relaxed) > 0 && len(tiles) <= o.Columns*o.Rows {
			t.Errorf("seed %d: %d tiles, %+v: relaxed %+v", seed, len(tiles), o, plan.Relaxed)
		}
	}
	if large[2] < 50 || large[4] < 30 {
		t.Errorf("cells by span: %v: too few large ones to say anything about them", large)
	}
}
