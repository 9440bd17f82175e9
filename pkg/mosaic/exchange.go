package mosaic

import "slices"

const (
	exactExchanges     = 3  // tiles that are used up and tried by an exchange
	partnersEach       = 2  // cells that are tried for each of them
	mostPartners       = 32 // cells that are looked at for that
	exactDisplacements = 1  // tiles that are too near and tried by a displacement
	displacedChoices   = 24 // tiles that are tried for the displaced cell
)

// swap is a change of one or two cells, with the change in cost.
type swap struct {
	tile  int32 // for the current cell
	other int   // another cell, or -1
	left  int32 // for other
	cost  float32
}

// partner is a cell to exchange with, and what the tile that it would get costs there by itself.
type partner struct {
	candidate
	own float32
}

func byPartnerCost(p, q partner) int { return byCost(p.candidate, q.candidate) }

// bestExchange returns the best exchange of cell c's tile for one that is used up, or best if that costs
// less.
func (r *refiner) bestExchange(c int, best swap) swap {
	g := r.grid
	have := g.tile[c]
	for _, e := range r.cheapestExactly(c, r.usedUp, exactExchanges) {
		r.partners = r.partners[:0]
		holders := r.holders(e.tile)
		most := best.cost + r.costs.neighbourStructure*maxGain
		for i := 0; i < len(holders); i += 1 + len(holders)/mostPartners {
			o := holders[i]
			if g.tile[o] != e.tile {
				continue
			}
			change := e.cost - r.cellCost[o]
			view, cost := r.costs.bestView(int(o), int(have), most-change)
			if view < 0 {
				continue
			}
			r.partners = append(r.partners, partner{candidate{o, view, change + cost}, cost})
			if len(r.partners) > partnersEach { // only so many are tried
				slices.SortFunc(r.partners, byPartnerCost)
				r.partners = r.partners[:partnersEach]
			}
			if len(r.partners) == partnersEach {
				most = min(most, max(r.partners[0].cost, r.partners[partnersEach-1].cost))
			}
		}
		slices.SortFunc(r.partners, byPartnerCost)
		for _, other := range r.partners {
			o := int(other.tile)
			r.there.collect(r.solver, o)
			cost := r.exchangeCost(c, e.tile, e.own, o, have, other.own) + e.cost - e.estimate
			if cost-r.costs.neighbourStructure*maxGain >= best.cost {
				continue
			}
			r.structure.try(&r.saved, c, r.contribution(c, e.view))
			cost -= r.costs.neighbourStructure * r.structure.gain(o, r.contribution(o, other.view))
			r.structure.restore(&r.saved, c)
			if cost < best.cost {
				best = swap{e.tile, o, have, cost}
			}
		}
	}
	return best
}

// bestDisplacement returns the best way for cell c to take a tile that is too near: the only cell in the
// way takes another one. It returns best if that costs less.
func (r *refiner) bestDisplacement(c int, best swap) swap {
	g := r.grid
	for _, e := range r.cheapestExactly(c, r.tooNear, exactDisplacements) {
		o := g.onlyRepeat(c, e.tile)
		if o < r.first || o > r.last || g.tile[o] != e.tile && (!r.mayAdd(e.tile) || !r.mayRemove(g.tile[o])) {
			continue
		}
		r.there.collect(r.solver, o)
		r.structure.try(&r.saved, c, r.contribution(c, e.view))
		part, slope := r.structure.contribution[o], r.structure.slope(o)
		r.displaced = r.displaced[:0]
		for _, u := range r.shortlists.of(o)[:min(r.shortlists.k, displacedChoices)] {
			if u.tile == e.tile || u.tile != g.tile[c] && !r.mayAdd(u.tile) {
				continue
			}
			cost := r.exchangeCost(c, e.tile, e.own, o, u.tile, u.cost) + e.cost - e.estimate
			if cost-r.costs.neighbourStructure*maxGain < best.cost {
				r.displaced = append(r.displaced, option{u.tile, u.view, u.cost, cost, cost - r.costs.neighbourStructure*slope.dot(r.contribution(o, u.view).minus(part))})
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

// onlyRepeat returns the only cell within the repeat distance of c that holds tile t, or -1 if there are
// more or it is settled.
func (g *grid) onlyRepeat(c int, t int32) int {
	found := -1
	d := g.rules.distance
	x, y := c%g.columns, c/g.columns
	for v := max(0, y-d+1); v < min(g.rows, y+d); v++ {
		x0, x1 := g.columnsWithin(x, y, v, d)
		for u := x0; u < x1; u++ {
			if o := v*g.columns + u; o != c && g.tile[o] == t {
				if found >= 0 || g.settled[o] {
					return -1
				}
				found = o
			}
		}
	}
	return found
}

// exchangeCost is the change in cost, without the structure, if cell c takes tile t and cell o takes tile
// u, which cost own and otherOwn there by themselves. Tiles t and u differ; here and there are the repeat costs of c and o.
func (r *refiner) exchangeCost(c int, t int32, own float32, o int, u int32, otherOwn float32) float32 {
	haveC, haveO := r.grid.tile[c], r.grid.tile[o]
	cost := own + r.here.cost[t] - r.cellCost[c] - r.here.cost[haveC] +
		otherOwn + r.there.cost[u] - r.cellCost[o] - r.there.cost[haveO]
	if between := r.repeatCostBetween(c, o); between != 0 {
		// Each cell still counts the tile that the other gives up.
		if haveO == t {
			cost -= between
		}
		if haveC == u {
			cost -= between
		}
	}
	return cost
}
