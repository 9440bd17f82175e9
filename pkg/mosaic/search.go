package mosaic

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// forbidden is more than any tile can be worth.
const forbidden = 1e6

// similar is what one window's whole similarity is worth, in the units of cost.
var similar float32 = 30

// hope is the most by which the similarity of the windows around can be expected to rise with one
// cell: candidates that cost more than that is worth are not looked at.
var hope float32 = 0.5

var (
	spreadStart float32 = 1
)

func (s *solver) prepare() {
	b := s.b
	s.now = make([]float32, len(b.tile))
	s.calm = make([]bool, len(b.tile))
	s.tiles = make([][]int32, len(b.face))
	for t, f := range b.face {
		s.tiles[f] = append(s.tiles[f], int32(t))
	}
	s.radius = max(farthest, b.rules.distance-1)
	side := 2*s.radius + 1
	s.spread = make([]float32, side*side)
	for i := range s.spread {
		d := max(abs(i%side-s.radius), abs(i/side-s.radius))
		switch {
		case d < b.rules.distance:
			s.spread[i] = forbidden
		case d <= farthest:
			s.spread[i] = spreadStart / float32(d*d)
		}
	}
	// Two bands with another between them are out of each other's sight, so that they can be
	// improved at the same time and still come out the same.
	n := max(1, b.rows/s.radius)
	for i := range n {
		lo, hi := b.rows*i/n*b.columns, b.rows*(i+1)/n*b.columns
		band := make([]int32, hi-lo)
		for k, c := range s.random.Perm(hi - lo) {
			band[k] = int32(lo + c)
		}
		s.bands = append(s.bands, band)
	}
}

// look computes anew what depends on all tiles.
func (s *solver) look() {
	for c, t := range s.b.tile {
		s.now[c] = s.m.cost(c, int(t))
		s.structure.part[c] = s.structure.sums(c, t, s.m.lift(c, int(t)))
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

// walker visits cells. Several may be at work in bands that do not touch.
type walker struct {
	*solver
	crowd  []float32   // by face: what it costs in the current cell because of repeats around it
	seen   []int32     // the faces that have a crowd
	wanted []candidate // tiles that cell would like and may not just take, with what it gains
}

func newWalker(s *solver) *walker { return &walker{solver: s, crowd: make([]float32, len(s.b.face))} }

// see finds the crowds around cell c.
func (w *walker) see(c int) {
	for _, f := range w.seen {
		w.crowd[f] = 0
	}
	w.seen = w.seen[:0]
	b := w.b
	side := 2*w.radius + 1
	x, y := c%b.columns, c/b.columns
	x0, x1 := max(0, x-w.radius), min(b.columns, x+w.radius+1)
	for v := max(0, y-w.radius); v < min(b.rows, y+w.radius+1); v++ {
		price := w.spread[(v-y+w.radius)*side+x0-x+w.radius:]
		for i, t := range b.tile[v*b.columns+x0 : v*b.columns+x1] {
			if t == empty || v == y && x0+i == x {
				continue
			}
			f := b.face[t]
			if w.crowd[f] == 0 {
				w.seen = append(w.seen, f)
			}
			w.crowd[f] += price[i]
		}
	}
}

func (w *walker) walk(ctx context.Context, cells []int32, strict bool) (moves int) {
	b := w.b
	for i, c32 := range cells {
		if i&63 == 0 && ctx.Err() != nil {
			return moves
		}
		c := int(c32)
		if w.calm[c] {
			continue
		}
		w.see(c)
		have := b.tile[c]
		mine := w.now[c] + w.crowd[b.face[have]]
		best, least := have, mine
		spare := !strict || b.spare(c)
		w.wanted = w.wanted[:0]
		for _, e := range w.list.of(c) {
			if e.tile == have {
				continue
			}
			cost := e.cost + w.crowd[b.face[e.tile]]
			if cost > mine+similar*hope {
				continue
			}
			cost -= similar * w.structure.gain(c, w.structure.sums(c, e.tile, w.m.lift(c, int(e.tile))))
			if spare && (!strict || b.room(e.tile)) {
				if cost < least {
					least, best = cost, e.tile
				}
			} else if cost < mine {
				w.wanted = append(w.wanted, candidate{e.tile, cost - mine})
			}
		}
		if other := w.partner(c, least-mine); other >= 0 {
			t := b.tile[other]
			b.put(other, have)
			w.change(other, have)
			b.put(c, t)
			w.change(c, t)
			moves++
			continue
		}
		if best == have {
			w.calm[c] = true
			continue
		}
		if strict {
			b.put(c, best)
		} else {
			b.tile[c] = best
		}
		w.change(c, best)
		moves++
	}
	return moves
}

// partner is the cell with which cell c best exchanges tiles, to get one of those it wants, or -1
// if that does not gain more than the other change that it could make.
func (w *walker) partner(c int, gain float32) int {
	b := w.b
	have := b.tile[c]
	slices.SortFunc(w.wanted, func(p, q candidate) int {
		return cmp.Or(cmp.Compare(p.cost, q.cost), cmp.Compare(p.tile, q.tile))
	})
	best := -1
	for _, e := range w.wanted[:min(len(w.wanted), tries)] {
		if e.cost >= gain {
			break
		}
		for _, h := range w.b.holders[e.tile] {
			o := int(h)
			if abs(o%b.columns-c%b.columns) <= w.radius && abs(o/b.columns-c/b.columns) <= w.radius {
				continue // too near for the two changes not to touch
			}
			d := e.cost + w.m.cost(o, int(have)) - w.now[o]
			if d-similar*hope >= gain || b.near(o, b.face[have]) {
				continue
			}
			d += w.crowdAt(o, b.face[have]) - w.crowdAt(o, b.face[e.tile])
			if d-similar*hope >= gain {
				continue
			}
			d -= similar * w.structure.gain(o, w.structure.sums(o, have, w.m.lift(o, int(have))))
			if d < gain {
				gain, best = d, o
			}
		}
	}
	return best
}

var tries = 3

// crowdAt is what it costs face f in cell c that it is repeated around.
func (w *walker) crowdAt(c int, f int32) (sum float32) {
	b := w.b
	x, y := c%b.columns, c/b.columns
	side := 2*w.radius + 1
	for _, t := range w.tiles[f] {
		for _, h := range b.holders[t] {
			dx, dy := int(h)%b.columns-x, int(h)/b.columns-y
			if abs(dx) <= w.radius && abs(dy) <= w.radius && int(h) != c {
				sum += w.spread[(dy+w.radius)*side+dx+w.radius]
			}
		}
	}
	return sum
}

// change takes note that cell c now holds tile t.
func (s *solver) change(c int, t int32) {
	s.now[c] = s.m.cost(c, int(t))
	s.structure.set(c, s.structure.sums(c, t, s.m.lift(c, int(t))))
	b := s.b
	x, y := c%b.columns, c/b.columns
	for v := max(0, y-2*ring); v < min(b.rows, y+2*ring+1); v++ {
		clear(s.calm[v*b.columns+max(0, x-2*ring) : v*b.columns+min(b.columns, x+2*ring+1)])
	}
}
