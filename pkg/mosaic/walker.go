package mosaic

import (
	"context"
	"slices"
)

// crowd is what repeats around a cell cost each face there.
type crowd struct {
	cost []float32 // by face
	seen []int32   // the faces around
}

func newCrowd(faces int) crowd { return crowd{cost: make([]float32, faces+1)} }

// see finds the crowd around cell c.
func (r *crowd) see(s *solver, c int) { r.seeAt(s, c, &s.priced) }

// seeAt finds the crowd at some of the offsets, which are those from even rows and from odd ones.
func (r *crowd) seeAt(s *solver, c int, all *[2][]priced) {
	for _, f := range r.seen {
		r.cost[f] = 0
	}
	b := s.b
	x, y := c%b.columns, c/b.columns
	offsets := all[y&1]
	if x < s.across || y < s.down || x+s.across >= b.columns || y+s.down >= b.rows {
		r.seen = r.seen[:0]
		for _, o := range offsets {
			if uint(x+int(o.dx)) < uint(b.columns) && uint(y+int(o.dy)) < uint(b.rows) {
				f := b.shown[c+int(o.step)]
				r.seen = append(r.seen, f)
				r.cost[f] += o.price
			}
		}
		return
	}
	if cap(r.seen) < len(offsets) {
		r.seen = make([]int32, len(offsets))
	}
	seen := r.seen[:len(offsets)]
	for i := range seen {
		o := &offsets[i]
		f := b.shown[c+int(o.step)]
		seen[i] = f
		r.cost[f] += o.price
	}
	r.seen = seen
}

// walker visits cells. Several may be at work in bands that do not touch.
type walker struct {
	*solver
	account
	first, last int   // the band's cells: others must be left alone
	here, there crowd // around the current cell, and around another that would change with it

	// What the current cell would like, with what it is estimated to cost: tiles that it may take,
	// tiles that have no use left or that it would have to give its own for, and tiles that are too
	// near.
	free, wanted, blocked []option
	pushing               []option // what a cell that is pushed could have
	under                 layer
	others                []candidate // cells to exchange with
}

func (s *solver) newWalker() *walker {
	n := len(s.b.face)
	return &walker{solver: s, here: newCrowd(n), there: newCrowd(n)}
}

// walk visits the cells of a band and changes what it can for the better. It reports for how many of
// them it found something.
func (w *walker) walk(ctx context.Context, number int, q quotas) (moves int) {
	band := w.bands[number]
	if len(band) == 0 {
		return 0
	}
	w.open(w.b, number, band, q)
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

// option is a tile that a cell might have: what that costs without the structure around it, and with
// it.
type option struct {
	tile        int32
	plain, cost float32
}

// closely is for how many tiles a cell computes what they do to the structure around. For the others
// an estimate is enough.
const closely = 4

// better changes cell c for the better, if it finds a way: another tile; or one that it may not just
// take, exchanged with another cell or pushed out of one near by.
func (w *walker) better(c int) bool {
	b := w.b
	w.here.see(w.solver, c)
	have := b.tile[c]
	mine := w.now[c] + w.here.cost[b.face[have]]
	best := swap{have, -1, 0, 0}
	spare := w.spare(have)
	part, slope := w.structure.part[c], w.structure.slope(c)
	w.free, w.wanted, w.blocked = w.free[:0], w.wanted[:0], w.blocked[:0]
	most := w.m.structure * hope
	for _, e := range w.list.of(c) {
		cost := e.cost - mine
		crowd := w.here.cost[b.face[e.tile]]
		if crowd < forbidden {
			cost += crowd
		} else if crowd >= 2*forbidden || !spare || w.young {
			continue
		}
		if b.face[e.tile] == b.face[have] || cost > most {
			continue
		}
		o := option{e.tile, cost, cost - w.m.structure*slope.of(w.part(c, e.tile).minus(part))}
		switch {
		case crowd >= forbidden:
			w.blocked = append(w.blocked, o)
		case !spare || !w.room(e.tile):
			w.wanted = append(w.wanted, o)
		default:
			w.free = append(w.free, o)
		}
	}
	for _, o := range w.exactly(c, w.free, closely) {
		if o.cost < best.cost {
			best = swap{o.tile, -1, 0, o.cost}
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

// exactly moves the n best options to the front and computes what they cost.
func (w *walker) exactly(c int, all []option, n int) []option {
	n = min(n, len(all))
	for i := range n {
		best := i
		for k := i + 1; k < len(all); k++ {
			if all[k].cost < all[best].cost {
				best = k
			}
		}
		all[i], all[best] = all[best], all[i]
	}
	all = all[:n]
	for i := range all {
		o := &all[i]
		o.cost = o.plain - w.m.structure*w.structure.gain(c, w.part(c, o.tile))
	}
	return all
}

func (w *walker) set(c int, t int32) {
	w.move(w.b.tile[c], t)
	w.b.set(c, t)
	w.change(c, t)
}
