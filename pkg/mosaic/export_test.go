package mosaic

import (
	"context"
	"image"
	"math"
	"slices"

	"smalti/pkg/colour"
)

// For the tests of what has no other way to be seen.

// Even is the distance of two colours in the matching space.
func Even(a, b colour.Lab) float64 {
	p, q := toPerceptual(a), toPerceptual(b)
	return colour.Distance(colour.Lab{float64(p[0]), float64(p[1]), float64(p[2])}, colour.Lab{float64(q[0]), float64(q[1]), float64(q[2])})
}

// Objective returns a function that tells how bad a choice of tiles for all cells is: what Make
// makes small, but for the price of repeats.
func Objective(target *image.NRGBA, tiles []*image.NRGBA, o Options, scarceTiles bool) func(cells []int) float64 {
	cells, _ := describeCells(context.Background(), target, o.Columns, o.Rows, nil)
	photos, _ := describeTiles(context.Background(), tiles, o, nil)
	s := &solver{
		costs: newMatcher(cells, photos, o.Tint, scarce), grid: newGrid(o.Columns, o.Rows, photos.copies, rulesFor(o, len(cells), photos)),
		structure: newStructure(o.Columns, o.Rows, false, cells, photos.quarters),
	}
	s.costs.allowLoudness(cells, o.Columns)
	s.chooseWeights(scarceTiles)
	s.cellCost, s.view, s.converged = make([]float32, len(cells)), make([]int32, len(cells)), make([]bool, len(cells))
	return func(choice []int) (sum float64) {
		for c, t := range choice {
			s.grid.tile[c] = int32(t)
		}
		s.evaluate()
		for c := range choice {
			sum += float64(s.cellCost[c]) - float64(s.costs.neighbourStructure*s.structure.window[c].similarity)
		}
		return sum
	}
}

// Describe does what Make does before it matches.
func Describe(target *image.NRGBA, tiles []*image.NRGBA, o Options) {
	describeCells(context.Background(), target, o.Columns, o.Rows, nil)
	describeTiles(context.Background(), tiles, o, nil)
}

// Bench holds what the benchmarks of the parts need.
type Bench struct {
	cells  []descriptor
	photos *photos
	solver *solver
	tiles  []int32
}

func NewBench(target *image.NRGBA, tiles []*image.NRGBA, o Options) *Bench {
	b := &Bench{}
	b.cells, _ = describeCells(context.Background(), target, o.Columns, o.Rows, nil)
	b.photos, _ = describeTiles(context.Background(), tiles, o, nil)
	b.solver = newSolver(b.cells, b.photos, o)
	b.solver.price = make([]float32, len(tiles))
	b.solver.chooseWeights(false)
	b.Shortlist()
	b.solver.prepare()
	b.solver.fill(context.Background())
	b.tiles = append(b.tiles, b.solver.grid.tile...)
	return b
}

func (b *Bench) Shortlist() {
	b.solver.shortlists, _ = newShortlist(context.Background(), b.solver.costs, b.solver.grid.free, b.solver.price, nil)
}

func (b *Bench) Auction(o Options) {
	s := newSolver(b.cells, b.photos, o)
	s.prices, _ = estimatePrices(context.Background(), s.costs, s.grid, s.random, pricedCells)
	s.shortlists, _ = newShortlist(context.Background(), s.costs, s.grid.free, s.price, nil)
	s.prepare()
	s.auction(context.Background())
}

// Drift is how far what is kept up to date of the structure is from what it should be.
func (b *Bench) Drift() (drift float64) {
	s := b.solver.structure
	kept := append([]window{}, s.window...)
	s.recomputeWindows(0, len(s.window))
	for c, w := range s.window {
		drift = max(drift, math.Abs(float64(w.similarity-kept[c].similarity)))
	}
	return drift
}

// Search is the local search from the same start each time.
func (b *Bench) Search() {
	copy(b.solver.grid.tile, b.tiles)
	b.solver.evaluate()
	for range 3 {
		b.solver.sweep(context.Background())
		b.solver.penalizePatterns()
	}
}

// Lists returns the shortlist of each cell, with prices, and the same found by looking at every tile.
func (b *Bench) Lists() (got, want [][]int32) {
	s := b.solver
	for t := range s.price {
		s.price[t] = float32(t % 7)
	}
	b.Shortlist()
	for c := range s.costs.cell {
		all := make([]candidate, s.costs.tiles())
		for t := range all {
			all[t] = candidate{tile: int32(t), cost: s.costs.cost(c, t) + s.price[t]}
		}
		slices.SortFunc(all, byCost)
		var g, w []int32
		for i, e := range s.shortlists.of(c) {
			g, w = append(g, e.tile), append(w, all[i].tile)
		}
		got, want = append(got, g), append(want, w)
	}
	return got, want
}

// Offered is how many cells are looked at, for how many tiles each, until so many uses are placed.
func Offered(missing, uses int) (looks int) {
	for ; uses > 0; uses -= placementsEach * missing {
		looks += missing * offered(missing, uses)
	}
	return looks
}

var Nearest = nearest
