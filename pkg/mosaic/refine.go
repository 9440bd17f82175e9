package mosaic

import (
	"context"
	"slices"
)

// repeatCosts is what each tile would cost in a cell because it is near already.
type repeatCosts struct {
	cost  []float32 // of each tile, and of empty cells
	tiles []int32   // those that are near
}

func newRepeatCosts(tiles int) repeatCosts { return repeatCosts{cost: make([]float32, tiles+1)} }

// collect computes the costs for cell c.
func (r *repeatCosts) collect(s *solver, c int) { r.collectAt(s, c, &s.repeatOffsets) }

// collectAt is collect for some offsets, which are given for even rows and for odd ones.
func (r *repeatCosts) collectAt(s *solver, c int, all *[2][]repeatOffset) {
	for _, t := range r.tiles {
		r.cost[t] = 0
	}
	g := s.grid
	x, y := c%g.columns, c/g.columns
	offsets := all[y&1]
	if x < s.reachX || y < s.reachY || x+s.reachX >= g.columns || y+s.reachY >= g.rows {
		r.tiles = r.tiles[:0]
		for _, o := range offsets {
			if uint(x+int(o.dx)) < uint(g.columns) && uint(y+int(o.dy)) < uint(g.rows) {
				t := g.tile[c+int(o.step)]
				r.tiles = append(r.tiles, t)
				r.cost[t] += o.cost
			}
		}
		return
	}
	if cap(r.tiles) < len(offsets) {
		r.tiles = make([]int32, len(offsets))
	}
	seen := r.tiles[:len(offsets)]
	for i := range seen {
		o := &offsets[i]
		t := g.tile[c+int(o.step)]
		seen[i] = t
		r.cost[t] += o.cost
	}
	r.tiles = seen
}

// refiner improves the cells of one band at a time. Several work in bands that do not touch.
type refiner struct {
	*solver
	bandUsage
	first, last int         // the band's cells: others must not change
	here, there repeatCosts // of the current cell, and of one that would change with it

	// Better tiles for the current cell: those it may take, those it can only get by an exchange, and
	// those that another cell has too near.
	free, usedUp, tooNear []option
	displaced             []option // for a cell that is displaced
	saved                 savedWindows
	partners              []partner
}

func (s *solver) newRefiner() *refiner {
	n := len(s.grid.holders)
	return &refiner{solver: s, here: newRepeatCosts(n), there: newRepeatCosts(n)}
}

// refineBand improves the cells of a band and returns how many of them changed.
// Number counts the bands that are improved at the same time.
func (r *refiner) refineBand(ctx context.Context, band []int32, number int, q bandLimits) (moves int) {
	if len(band) == 0 {
		return 0
	}
	r.open(r.grid, band, number, q)
	r.first, r.last = int(slices.Min(band)), int(slices.Max(band))
	for i, c := range band {
		if i&63 == 0 && ctx.Err() != nil {
			break
		}
		if r.converged[c] {
			continue
		}
		if r.improve(int(c)) {
			moves++
		} else {
			r.converged[c] = !r.early
		}
	}
	return moves
}

// option is a tile that a cell might take, with what it costs there by itself and the change in cost: estimate is without
// the structure around it.
type option struct {
	tile, view          int32
	own, estimate, cost float32
}

// exactOptions is for how many tiles the effect on the structure around is computed. For the others the
// slope is enough.
const exactOptions = 4

// improve gives cell c a better tile if there is one: one that it may just take, one from an exchange
// with another cell, or one that the only cell with the same face near by gives up.
func (r *refiner) improve(c int) bool {
	g := r.grid
	r.here.collect(r.solver, c)
	have := g.tile[c]
	mine := r.cellCost[c] + r.here.cost[have]
	best := swap{have, -1, 0, 0}
	spare := r.mayRemove(have)
	part, slope := r.structure.contribution[c], r.structure.slope(c)
	r.free, r.usedUp, r.tooNear = r.free[:0], r.usedUp[:0], r.tooNear[:0]
	most := r.costs.neighbourStructure * maxGain
	for _, e := range r.shortlists.of(c) {
		cost := e.cost - mine
		crowd := r.here.cost[e.tile]
		if crowd < forbidden {
			cost += crowd
		} else if crowd >= 2*forbidden || !spare || r.early {
			continue
		}
		if e.tile == have || cost > most {
			continue
		}
		o := option{e.tile, e.view, e.cost, cost, cost - r.costs.neighbourStructure*slope.dot(r.contribution(c, e.view).minus(part))}
		switch {
		case crowd >= forbidden:
			r.tooNear = append(r.tooNear, o)
		case !spare || !r.mayAdd(e.tile):
			r.usedUp = append(r.usedUp, o)
		default:
			r.free = append(r.free, o)
		}
	}
	for _, o := range r.cheapestExactly(c, r.free, exactOptions) {
		if o.cost < best.cost {
			best = swap{o.tile, -1, 0, o.cost}
		}
	}
	best = r.bestDisplacement(c, r.bestExchange(c, best))
	if best.tile == have {
		return false
	}
	r.set(c, best.tile)
	if best.other >= 0 {
		r.set(best.other, best.left)
	}
	return true
}

// cheapestExactly moves the n cheapest options to the front and computes their cost.
func (r *refiner) cheapestExactly(c int, all []option, n int) []option {
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
		o.cost = o.estimate - r.costs.neighbourStructure*r.structure.gain(c, r.contribution(c, o.view))
	}
	return all
}

func (r *refiner) set(c int, t int32) {
	r.record(r.grid.tile[c], t)
	r.grid.tile[c] = t
	r.change(c, t)
}
