package mosaic

import "slices"

const (
	tries        = 3  // how many of the wanted tiles are looked at closely
	partners     = 2  // how many cells to exchange each with
	pushes       = 2  // how many of the tiles that are too near
	choices      = 8  // how many other tiles for a cell that is pushed
	mostPartners = 32 // how many such cells are looked at at all
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
			w.there.see(w.solver, int(other.tile))
			if d := w.both(c, e.tile, int(other.tile), have, best.cost); d < best.cost {
				best = swap{e.tile, int(other.tile), have, d}
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
		for _, u := range w.list.of(o)[:min(w.list.k, choices)] {
			if b.face[u.tile] == b.face[e.tile] || u.tile != b.tile[c] && !w.room(u.tile) {
				continue
			}
			if d := w.both(c, e.tile, o, u.tile, best.cost); d < best.cost {
				best = swap{e.tile, o, u.tile, d}
			}
		}
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

// both is what it costs to give tile t to cell c and tile u to cell o, around which w has looked. The
// faces of t and u differ. If that is surely more than limit, the answer may be anything above it.
func (w *walker) both(c int, t int32, o int, u int32, limit float32) float32 {
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
	if cost-2*w.m.structure*hope >= limit {
		return cost
	}
	before, after := w.structure.part[c], w.part(c, t)
	gain := w.structure.gain(c, after)
	if !b.within(c, o, 2*ring, 2*ring) {
		gain += w.structure.gain(o, w.part(o, u))
		return cost - w.m.structure*gain
	}
	w.structure.set(c, after)
	gain += w.structure.gain(o, w.part(o, u))
	w.structure.set(c, before)
	return cost - w.m.structure*gain
}
