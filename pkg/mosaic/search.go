package mosaic

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
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
	radius := max(farthest, b.rules.distance-1)
	s.across, s.down = min(radius, b.columns-1), min(radius, b.rows-1)
	if b.brick {
		s.across++ // offsets between staggered rows reach one further to the left
	}
	s.spread = make([]float32, (2*s.down+1)*(2*s.across+1))
	for dy := -s.down; dy <= s.down; dy++ {
		for dx := -s.across; dx <= s.across; dx++ {
			d := b.apart(dx, dy)
			switch {
			case d < b.rules.distance:
				*s.at(dx, dy) = forbidden
			case d <= farthest:
				*s.at(dx, dy) = 1 / float32(d*d)
			}
		}
	}
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

// at is what a repeat at an offset costs.
func (s *solver) at(dx, dy int) *float32 {
	return &s.spread[(dy+s.down)*(2*s.across+1)+dx+s.across]
}

// between is what it costs that cells c and o show the same face.
func (s *solver) between(c, o int) float32 {
	dx, dy := s.b.offset(c, o)
	if abs(dx) > s.across || abs(dy) > s.down {
		return 0
	}
	return *s.at(dx, dy)
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
// many cells changed. With strict, all rules are kept; without, only the repeat distance is, and
// the board must be tallied afterwards.
func (s *solver) sweep(ctx context.Context, strict bool) (moves int) {
	if strict {
		w := newWalker(s)
		for _, band := range s.bands {
			moves += w.walk(ctx, band, true)
		}
		return moves
	}
	var total atomic.Int64
	for _, first := range []int{0, 1} {
		var next atomic.Int64
		var wg sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				w := newWalker(s)
				for {
					i := first + 2*(int(next.Add(1))-1)
					if i >= len(s.bands) {
						return
					}
					total.Add(int64(w.walk(ctx, s.bands[i], false)))
				}
			})
		}
		wg.Wait()
	}
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
	for v := max(0, y-2*ring); v < min(b.rows, y+2*ring+1); v++ {
		clear(s.calm[v*b.columns+max(0, x-2*ring) : v*b.columns+min(b.columns, x+2*ring+1)])
	}
}
