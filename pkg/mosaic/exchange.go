package mosaic

import "slices"

const (
	tries        = 3  // how many of the wanted tiles are looked at closely
	partners     = 2  // how many cells to exchange each with
	mostPartners = 32 // how many such cells are looked at at all
	pushes       = 1  // how many of the tiles that are too near
	choices      = 24 // how many other tiles for a cell that is pushed
)

// swap is a change of one or two cells.
type swap struct {
	tile  int32 // for the current cell
	other int   // another cell, or -1
	left  int32 // for other
	cost  float32
}

// exchanged is the best exchange of cell c's tile for one that it wants, if it costs less than best.
func (w *walker) exchanged(c int, best swap) swap {
	b := w.b
	have := b.tile[c]
	for _, e := range w.exactly(c, w.wanted, tries) {
		w.others = w.others[:0]
		holders := w.holders(e.tile)
		for i := 0; i < len(holders); i += 1 + len(holders)/mostPartners {
			o := holders[i]
			if b.tile[o] != e.tile {
				continue
			}
			d := e.cost + w.m.cost(int(o), int(have)) - w.now[o]
			if d-w.m.structure*hope < best.cost {
				w.others = append(w.others, candidate{o, d})
			}
		}
		slices.SortFunc(w.others, byCost)
		for _, other := range w.others[:min(len(w.others), partners)] {
			o := int(other.tile)
			w.there.see(w.solver, o)
			cost := w.both(c, e.tile, o, have) + e.cost - e.plain
			if cost-w.m.structure*hope >= best.cost {
				continue
			}
			w.structure.lay(&w.under, c, w.part(c, e.tile))
			cost -= w.m.structure * w.structure.gain(o, w.part(o, have))
			w.structure.lift(&w.under, c)
			if cost < best.cost {
				best = swap{e.tile, o, have, cost}
			}
		}
	}
	return best
}

// pushed is the best way for cell c to get a tile that is too near: the only cell that is in the way
// takes another one. It must cost less than best.
func (w *walker) pushed(c int, best swap) swap {
	b := w.b
	for _, e := range w.exactly(c, w.blocked, pushes) {
		o := b.obstacle(c, b.face[e.tile])
		if o < w.first || o > w.last || b.tile[o] != e.tile && !(w.room(e.tile) && w.spare(b.tile[o])) {
			continue
		}
		w.there.see(w.solver, o)
		w.structure.lay(&w.under, c, w.part(c, e.tile))
		part, slope := w.structure.part[o], w.structure.slope(o)
		w.pushing = w.pushing[:0]
		for _, u := range w.list.of(o)[:min(w.list.k, choices)] {
			if b.face[u.tile] == b.face[e.tile] || u.tile != b.tile[c] && !w.room(u.tile) {
				continue
			}
			cost := w.both(c, e.tile, o, u.tile) + e.cost - e.plain
			if cost-w.m.structure*hope < best.cost {
				w.pushing = append(w.pushing, option{u.tile, cost, cost - w.m.structure*slope.of(w.part(o, u.tile).minus(part))})
			}
		}
		for _, u := range w.exactly(o, w.pushing, 1) {
			if u.cost < best.cost {
				best = swap{e.tile, o, u.tile, u.cost}
			}
		}
		w.structure.lift(&w.under, c)
	}
	return best
}

// obstacle is the only cell closer to c than the repeat distance that shows face f, or -1 if there
// are more or it is settled.
func (b *board) obstacle(c int, f int32) int {
	found := -1
	d := b.rules.distance
	x, y := c%b.columns, c/b.columns
	for v := max(0, y-d+1); v < min(b.rows, y+d); v++ {
		x0, x1 := b.line(x, y, v, d)
		for u := x0; u < x1; u++ {
			if o := v*b.columns + u; o != c && b.shown[o] == f {
				if found >= 0 || b.settled[o] {
					return -1
				}
				found = o
			}
		}
	}
	return found
}

// both is what it costs, but for the structure around, to give tile t to cell c and tile u to cell o,
// around which w has looked. The faces of t and u differ.
func (w *walker) both(c int, t int32, o int, u int32) float32 {
	b := w.b
	face := b.face
	haveC, haveO := b.tile[c], b.tile[o]
	cost := w.m.cost(c, int(t)) + w.here.cost[face[t]] - w.now[c] - w.here.cost[face[haveC]] +
		w.m.cost(o, int(u)) + w.there.cost[face[u]] - w.now[o] - w.there.cost[face[haveO]]
	if between := w.between(c, o); between != 0 {
		// Each still sees what the other is about to give up.
		if face[haveO] == face[t] {
			cost -= between
		}
		if face[haveC] == face[u] {
			cost -= between
		}
	}
	return cost
}
