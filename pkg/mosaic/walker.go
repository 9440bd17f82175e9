package mosaic

import (
	"context"
	"slices"
)

// crowd is what repeats around a cell cost each face there.
type crowd struct {
	cost []float32 // by face
	seen []int32   // the faces for which it is not 0
}

// see finds the crowd around cell c.
func (r *crowd) see(s *solver, c int) {
	for _, f := range r.seen {
		r.cost[f] = 0
	}
	r.seen = r.seen[:0]
	b := s.b
	x, y := c%b.columns, c/b.columns
	for v := max(0, y-s.down); v < min(b.rows, y+s.down+1); v++ {
		u := x + b.slant(y, v)
		x0, x1 := max(0, u-s.across), min(b.columns, u+s.across+1)
		price := s.spread[(v-y+s.down)*(2*s.across+1)+x0-u+s.across:]
		for i, t := range b.tile[v*b.columns+x0 : v*b.columns+x1] {
			if t == empty || v == y && x0+i == x {
				continue
			}
			f := b.face[t]
			if r.cost[f] == 0 {
				r.seen = append(r.seen, f)
			}
			r.cost[f] += price[i]
		}
	}
}

// walker visits cells. Several may be at work in bands that do not touch.
type walker struct {
	*solver
	strict      bool  // whether to keep all rules, or only the repeat distance
	first, last int   // the band's cells: without strict, others must be left alone
	here, there crowd // around the current cell, and around another that would change with it

	// What the current cell would like and may not just take, with what that alone costs: tiles that
	// have no use left, or that it would have to give its own for, and tiles that are too near.
	wanted, blocked []candidate
	others          []candidate // cells to exchange with
}

func newWalker(s *solver) *walker {
	n := len(s.b.face)
	return &walker{solver: s, here: crowd{cost: make([]float32, n)}, there: crowd{cost: make([]float32, n)}}
}

// walk visits the cells of a band and changes what it can for the better. It reports for how many of
// them it found something.
func (w *walker) walk(ctx context.Context, band []int32, strict bool) (moves int) {
	w.strict = strict
	if len(band) == 0 {
		return 0
	}
	w.first, w.last = int(slices.Min(band)), int(slices.Max(band))
	for i, c := range band {
		if i&63 == 0 && ctx.Err() != nil {
			break
		}
		if w.calm[c] {
			continue
		}
		if w.better(int(c)) {
			moves++
		} else {
			w.calm[c] = !w.young
		}
	}
	return moves
}

// better changes cell c for the better, if it finds a way: another tile; or one that it may not just
// take, exchanged with another cell or pushed out of one near by.
func (w *walker) better(c int) bool {
	b := w.b
	w.here.see(w.solver, c)
	have := b.tile[c]
	mine := w.now[c] + w.here.cost[b.face[have]]
	best := swap{have, -1, 0, 0}
	spare := w.spare(c)
	w.wanted, w.blocked = w.wanted[:0], w.blocked[:0]
	for _, e := range w.list.of(c) {
		cost := e.cost - mine
		crowd := w.here.cost[b.face[e.tile]]
		if crowd < forbidden {
			cost += crowd
		} else if crowd >= 2*forbidden || !spare || w.young {
			continue
		}
		if b.face[e.tile] == b.face[have] || cost > w.m.structure*hope {
			continue
		}
		cost -= w.m.structure * w.structure.gain(c, w.part(c, e.tile))
		switch {
		case crowd >= forbidden:
			w.blocked = append(w.blocked, candidate{e.tile, cost})
		case !spare || !w.room(e.tile):
			w.wanted = append(w.wanted, candidate{e.tile, cost})
		case cost < best.cost:
			best = swap{e.tile, -1, 0, cost}
		}
	}
	best = w.pushed(c, w.exchanged(c, best))
	if best.tile == have {
		return false
	}
	w.set(c, best.tile)
	if best.other >= 0 {
		w.set(best.other, best.left)
	}
	return true
}

// spare reports whether cell c can lose its tile.
func (w *walker) spare(c int) bool { return !w.strict || w.b.spare(c) }

// room reports whether tile t may be used once more.
func (w *walker) room(t int32) bool { return !w.strict || w.b.room(t) }

func (w *walker) set(c int, t int32) {
	if w.strict {
		w.b.put(c, t)
	} else {
		w.b.tile[c] = t
	}
	w.change(c, t)
}
