package mosaic

import (
	"context"
	"sync/atomic"

	"smalti/pkg/parallel"
)

// forbidden is more than any tile can be worth, and little enough not to swallow the rest.
const forbidden = 1e4

// hope is the most by which the similarity of the windows around can be expected to rise with one
// cell: candidates that cost more than that is worth are not looked at.
const hope = 0.5

// prepare makes what the search needs besides the board.
func (s *solver) prepare() {
	b := s.b
	s.now = make([]float32, len(b.tile))
	s.calm = make([]bool, len(b.tile))
	radius := s.prepareSpread()
	// Two bands with another between them are out of each other's sight, so that they can be
	// improved at the same time and still come out the same.
	n := max(1, b.rows/radius)
	for i := range n {
		lo, hi := b.rows*i/n*b.columns, b.rows*(i+1)/n*b.columns
		var band []int32
		for _, c := range s.random.Perm(hi - lo) {
			if !b.settled[lo+c] {
				band = append(band, int32(lo+c))
			}
		}
		s.bands = append(s.bands, band)
	}
}

// look computes anew what depends on all tiles.
func (s *solver) look() {
	for _, c := range s.b.free {
		t := s.b.tile[c]
		s.now[c] = s.m.cost(c, int(t))
		s.structure.part[c] = s.part(c, t)
		s.calm[c] = false
	}
	s.structure.gather(0, len(s.b.tile))
}

// sweep visits every cell once and gives it the tile that is best for the whole. It reports how
// many cells changed. The board's holders must be tallied before they are used again.
func (s *solver) sweep(ctx context.Context) (moves int) {
	var total atomic.Int64
	for _, first := range []int{0, 1} {
		q := s.quotas(first)
		used := 0
		parallel.Do((len(s.bands)+1-first)/2, func() func(int) {
			if used == len(s.walkers) {
				s.walkers = append(s.walkers, s.newWalker())
			}
			w := s.walkers[used]
			used++
			return func(i int) { total.Add(int64(w.walk(ctx, first+2*i, q))) }
		})
	}
	s.sweeps++
	return int(total.Load())
}

// part is what cell c adds to the structure with tile t.
func (s *solver) part(c int, t int32) sums { return s.structure.sums(c, t, s.m.lift(c, int(t))) }

// change takes note that cell c now holds tile t.
func (s *solver) change(c int, t int32) {
	s.now[c] = s.m.cost(c, int(t))
	s.structure.set(c, s.part(c, t))
	b := s.b
	x, y := c%b.columns, c/b.columns
	for v := max(0, y-ring); v < min(b.rows, y+ring+1); v++ {
		clear(s.calm[v*b.columns+max(0, x-ring) : v*b.columns+min(b.columns, x+ring+1)])
	}
}
