package mosaic

import (
	"context"
	"slices"
)

// repeatCosts is what repeats around a cell cost each face there.
type repeatCosts struct {
	ofFace []float32 // by face
	faces  []int32   // the faces around
}

func newRepeatCosts(faces int) repeatCosts { return repeatCosts{ofFace: make([]float32, faces+1)} }

// collect finds the crowd around cell c.
func (r *repeatCosts) collect(s *solver, c int) { r.collectAt(s, c, &s.repeatOffsets) }

// collectAt finds the crowd at some of the offsets, which are those from even rows and from odd ones.
func (r *repeatCosts) collectAt(s *solver, c int, all *[2][]repeatOffset) {
	for _, f := range r.faces {
		r.ofFace[f] = 0
	}
	g := s.grid
	x, y := c%g.columns, c/g.columns
	offsets := all[y&1]
	if x < s.reachX || y < s.reachY || x+s.reachX >= g.columns || y+s.reachY >= g.rows {
		r.faces = r.faces[:0]
		for _, o := range offsets {
			if uint(x+int(o.dx)) < uint(g.columns) && uint(y+int(o.dy)) < uint(g.rows) {
				f := g.faceAt[c+int(o.step)]
				r.faces = append(r.faces, f)
				r.ofFace[f] += o.cost
			}
		}
		return
	}
	if cap(r.faces) < len(offsets) {
		r.faces = make([]int32, len(offsets))
	}
	seen := r.faces[:len(offsets)]
	for i := range seen {
		o := &offsets[i]
		f := g.faceAt[c+int(o.step)]
		seen[i] = f
		r.ofFace[f] += o.cost
	}
	r.faces = seen
}

// refiner visits cells. Several may be at work in bands that do not touch.
type refiner struct {
	*solver
	bandUsage
	first, last int         // the band's cells: others must be left alone
	here, there repeatCosts // around the current cell, and around another that would change with it

	// What the current cell would like, with what it is estimated to cost: tiles that it may take,
	// tiles that have no use left or that it would have to give its own for, and tiles that are too
	// near.
	free, usedUp, tooNear []option
	displaced             []option // what a cell that is pushed could have
	saved                 savedWindows
	partners              []candidate // cells to exchange with
}

func (s *solver) newRefiner() *refiner {
	n := len(s.grid.face)
	return &refiner{solver: s, here: newRepeatCosts(n), there: newRepeatCosts(n)}
}

// refineBand visits the cells of a band and changes what it can for the better. It reports for how many of
// them it found something.
func (r *refiner) refineBand(ctx context.Context, number int, q bandLimits) (moves int) {
	band := r.bands[number]
	if len(band) == 0 {
		return 0
	}
	r.open(r.grid, number, band, q)
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

// option is a tile that a cell might have: what that costs without the structure around it, and with
// it.
type option struct {
	tile           int32
	estimate, cost float32
}

// exactOptions is for how many tiles a cell computes what they do to the structure around. For the others
// an estimate is enough.
const exactOptions = 4

// improve changes cell c for the better, if it finds a way: another tile; or one that it may not just
// take, exchanged with another cell or pushed out of one near by.
func (r *refiner) improve(c int) bool {
	g := r.grid
	r.here.collect(r.solver, c)
	have := g.tile[c]
	mine := r.cellCost[c] + r.here.ofFace[g.face[have]]
	best := swap{have, -1, 0, 0}
	spare := r.mayRemove(have)
	part, slope := r.structure.contribution[c], r.structure.slope(c)
	r.free, r.usedUp, r.tooNear = r.free[:0], r.usedUp[:0], r.tooNear[:0]
	most := r.costs.neighbourStructure * maxGain
	for _, e := range r.shortlists.of(c) {
		cost := e.cost - mine
		crowd := r.here.ofFace[g.face[e.tile]]
		if crowd < forbidden {
			cost += crowd
		} else if crowd >= 2*forbidden || !spare || r.early {
			continue
		}
		if g.face[e.tile] == g.face[have] || cost > most {
			continue
		}
		o := option{e.tile, cost, cost - r.costs.neighbourStructure*slope.dot(r.contribution(c, e.tile).minus(part))}
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

// cheapestExactly moves the n best options to the front and computes what they cost.
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
		o.cost = o.estimate - r.costs.neighbourStructure*r.structure.gain(c, r.contribution(c, o.tile))
	}
	return all
}

func (r *refiner) set(c int, t int32) {
	r.record(r.grid.tile[c], t)
	r.grid.set(c, t)
	r.change(c, t)
}
