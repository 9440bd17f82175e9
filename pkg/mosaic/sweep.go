package mosaic

import (
	"context"
	"sync/atomic"

	"smalti/pkg/parallel"
)

// forbidden is more than any tile can be worth, and small enough to keep the digits of what is added.
const forbidden = 1e4

// maxGain is the most by which one cell can be expected to raise the similarity of the windows around
// it. Candidates that cost more than that is worth are skipped.
const maxGain = 0.5

// prepare makes what sweeps need besides the grid.
func (s *solver) prepare() {
	g := s.grid
	s.cellCost, s.view = make([]float32, len(g.tile)), make([]int32, len(g.tile))
	s.converged = make([]bool, len(g.tile))
	radius := s.initRepeatCosts()
	// Two bands with another between them cannot see each other: they can be improved at the same
	// time, with the same result on any number of processors.
	n := max(1, g.rows/radius)
	for i := range n {
		lo, hi := g.rows*i/n*g.columns, g.rows*(i+1)/n*g.columns
		var band []int32
		for _, c := range s.random.Perm(hi - lo) {
			if !g.settled[lo+c] {
				band = append(band, int32(lo+c))
			}
		}
		s.bands = append(s.bands, band)
	}
}

// evaluate computes the costs and windows of all cells.
func (s *solver) evaluate() {
	for _, c := range s.grid.free {
		t := s.grid.tile[c]
		s.view[c], s.cellCost[c] = s.costs.bestView(c, int(t), forbidden)
		s.structure.contribution[c] = s.contribution(c, s.view[c])
		s.converged[c] = false
	}
	s.structure.recomputeWindows(0, len(s.grid.tile))
}

// sweep visits every cell once, even bands first, and returns how many cells changed. It leaves the
// grid's holders as they were.
func (s *solver) sweep(ctx context.Context) (moves int) {
	var total atomic.Int64
	for _, first := range []int{0, 1} {
		q := s.bandLimits(first)
		used := 0
		parallel.Do((len(s.bands)+1-first)/2, func() func(int) {
			if used == len(s.refiners) {
				s.refiners = append(s.refiners, s.newRefiner())
			}
			r := s.refiners[used]
			used++
			return func(i int) { total.Add(int64(r.refineBand(ctx, s.bands[first+2*i], i, q))) }
		})
	}
	s.sweeps++
	return int(total.Load())
}

// contribution is what cell c adds to the structure with view v, tinted.
func (s *solver) contribution(c int, v int32) sums {
	return s.structure.contributionOf(c, v, s.costs.lightnessShift(c, int(v)))
}

// change updates what depends on the tile of cell c, which is now t.
func (s *solver) change(c int, t int32) {
	s.view[c], s.cellCost[c] = s.costs.bestView(c, int(t), forbidden)
	s.structure.set(c, s.contribution(c, s.view[c]))
	g := s.grid
	x, y := c%g.columns, c/g.columns
	for v := max(0, y-windowReach); v < min(g.rows, y+windowReach+1); v++ {
		clear(s.converged[v*g.columns+max(0, x-windowReach) : v*g.columns+min(g.columns, x+windowReach+1)])
	}
}
