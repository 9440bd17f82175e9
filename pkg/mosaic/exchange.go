package mosaic

import "slices"

const (
	exactExchanges     = 3  // how many of the wanted tiles are looked at closely
	partnersEach       = 2  // how many cells to exchange each with
	mostPartners       = 32 // how many such cells are looked at at all
	exactDisplacements = 1  // how many of the tiles that are too near
	displacedChoices   = 24 // how many other tiles for a cell that is pushed
)

// swap is a change of one or two cells.
type swap struct {
	tile  int32 // for the current cell
	other int   // another cell, or -1
	left  int32 // for other
	cost  float32
}

// bestExchange is the best exchange of cell c's tile for one that it wants, if it costs less than best.
func (r *refiner) bestExchange(c int, best swap) swap {
	g := r.grid
	have := g.tile[c]
	for _, e := range r.cheapestExactly(c, r.usedUp, exactExchanges) {
		r.partners = r.partners[:0]
		holders := r.holders(e.tile)
		for i := 0; i < len(holders); i += 1 + len(holders)/mostPartners {
			o := holders[i]
			if g.tile[o] != e.tile {
				continue
			}
			d := e.cost + r.costs.cost(int(o), int(have)) - r.cellCost[o]
			if d-r.costs.neighbourStructure*maxGain < best.cost {
				r.partners = append(r.partners, candidate{o, d})
			}
		}
		slices.SortFunc(r.partners, byCost)
		for _, other := range r.partners[:min(len(r.partners), partnersEach)] {
			o := int(other.tile)
			r.there.collect(r.solver, o)
			cost := r.exchangeCost(c, e.tile, o, have) + e.cost - e.estimate
			if cost-r.costs.neighbourStructure*maxGain >= best.cost {
				continue
			}
			r.structure.try(&r.saved, c, r.contribution(c, e.tile))
			cost -= r.costs.neighbourStructure * r.structure.gain(o, r.contribution(o, have))
			r.structure.restore(&r.saved, c)
			if cost < best.cost {
				best = swap{e.tile, o, have, cost}
			}
		}
	}
	return best
}

// bestDisplacement is the best way for cell c to get a tile that is too near: the only cell that is in the way
// takes another one. It must cost less than best.
func (r *refiner) bestDisplacement(c int, best swap) swap {
	g := r.grid
	for _, e := range r.cheapestExactly(c, r.tooNear, exactDisplacements) {
		o := g.onlyRepeat(c, g.face[e.tile])
		if o < r.first || o > r.last || g.tile[o] != e.tile && !(r.mayAdd(e.tile) && r.mayRemove(g.tile[o])) {
			continue
		}
		r.there.collect(r.solver, o)
		r.structure.try(&r.saved, c, r.contribution(c, e.tile))
		part, slope := r.structure.contribution[o], r.structure.slope(o)
		r.displaced = r.displaced[:0]
		for _, u := range r.shortlists.of(o)[:min(r.shortlists.k, displacedChoices)] {
			if g.face[u.tile] == g.face[e.tile] || u.tile != g.tile[c] && !r.mayAdd(u.tile) {
				continue
			}
			cost := r.exchangeCost(c, e.tile, o, u.tile) + e.cost - e.estimate
			if cost-r.costs.neighbourStructure*maxGain < best.cost {
				r.displaced = append(r.displaced, option{u.tile, cost, cost - r.costs.neighbourStructure*slope.dot(r.contribution(o, u.tile).minus(part))})
			}
		}
		for _, u := range r.cheapestExactly(o, r.displaced, 1) {
			if u.cost < best.cost {
				best = swap{e.tile, o, u.tile, u.cost}
			}
		}
		r.structure.restore(&r.saved, c)
	}
	return best
}

// onlyRepeat is the only cell closer to c than the repeat distance that shows face f, or -1 if there
// are more or it is settled.
func (g *grid) onlyRepeat(c int, f int32) int {
	found := -1
	d := g.rules.distance
	x, y := c%g.columns, c/g.columns
	for v := max(0, y-d+1); v < min(g.rows, y+d); v++ {
		x0, x1 := g.columnsWithin(x, y, v, d)
		for u := x0; u < x1; u++ {
			if o := v*g.columns + u; o != c && g.faceAt[o] == f {
				if found >= 0 || g.settled[o] {
					return -1
				}
				found = o
			}
		}
	}
	return found
}

// exchangeCost is what it costs, but for the structure around, to give tile t to cell c and tile u to cell o,
// around which w has looked. The faces of t and u differ.
func (r *refiner) exchangeCost(c int, t int32, o int, u int32) float32 {
	g := r.grid
	face := g.face
	haveC, haveO := g.tile[c], g.tile[o]
	cost := r.costs.cost(c, int(t)) + r.here.ofFace[face[t]] - r.cellCost[c] - r.here.ofFace[face[haveC]] +
		r.costs.cost(o, int(u)) + r.there.ofFace[face[u]] - r.cellCost[o] - r.there.ofFace[face[haveO]]
	if between := r.repeatCostBetween(c, o); between != 0 {
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
