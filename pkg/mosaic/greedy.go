package mosaic

import (
	"cmp"
	"context"
	"slices"

	"smalti/pkg/parallel"
)

// fill gives every empty cell the best tile that the repeat distance and the most uses allow, in random
// order. It reports whether it found a tile for all.
func (s *solver) fill(ctx context.Context) bool {
	g := s.grid
	repairs := 0
	for _, i := range s.random.Perm(len(g.free)) {
		c := g.free[i]
		if g.tile[c] != empty {
			continue
		}
		if t := s.bestAllowed(c); t != empty {
			g.put(c, t)
			continue
		}
		repairs++
		if ctx.Err() != nil || repairs > mostRepairs || !s.makeRoom(c) {
			return false
		}
	}
	return true
}

// mostRepairs is after how many dead ends fill gives up.
const mostRepairs = 100

// bestAllowed is the best tile for cell c that has uses left and is not repeated near, or empty.
func (s *solver) bestAllowed(c int) int32 {
	g := s.grid
	for _, e := range s.shortlists.of(c) {
		if g.mayAdd(e.tile) && !g.tooClose(c, g.face[e.tile]) {
			return e.tile
		}
	}
	best := int32(empty)
	var least float32
	for _, k := range s.costs.tilesByBound[s.costs.cluster[c]] {
		t := k.tile()
		if best != empty && k.least() >= least {
			break
		}
		if !g.mayAdd(int32(t)) {
			continue
		}
		if e := s.costs.cost(c, t) + s.price[t]; (best == empty || e < least) && !g.tooClose(c, g.face[t]) {
			best, least = int32(t), e
		}
	}
	return best
}

// makeRoom fills cell c, where nothing that still has uses left may stand, with the tile of another
// cell, which gets a new one. Of all such exchanges it takes the best.
func (s *solver) makeRoom(c int) bool {
	g := s.grid
	var from int
	best := int32(empty)
	var least float32
	for _, other := range s.randomCells(fewestTried) {
		t := g.tile[other]
		if t == empty {
			continue
		}
		g.put(other, empty)
		if g.mayAdd(t) && !g.tooClose(c, g.face[t]) {
			g.put(c, t)
			if u := s.bestAllowed(other); u != empty {
				loss := s.costs.cost(c, int(t)) + s.costs.cost(other, int(u)) - s.costs.cost(other, int(t))
				if best == empty || loss < least {
					from, best, least = other, u, loss
				}
			}
			g.put(c, empty)
		}
		g.put(other, t)
	}
	if best == empty {
		return false
	}
	t := g.tile[from]
	g.put(from, best)
	g.put(c, t)
	return true
}

// fewestTried is in how many cells at least something is tried, if there are so many.
const fewestTried = 4096

// randomCells returns n different cells that are not settled, or all if there are fewer, in random order.
func (s *solver) randomCells(n int) []int {
	cells := s.random.Perm(len(s.grid.free))
	cells = cells[:min(n, len(cells))]
	for i, c := range cells {
		cells[i] = s.grid.free[c]
	}
	return cells
}

// placement is a cell that a missing tile could have, and what is lost by it.
type placement struct {
	cell, tile int32
	loss       float32
}

const placementsEach = 32 // how many places a missing tile is offered at a time

// fillMissing places every tile that is not in it yet where that costs least, if everyone is to be
// in it. It reports whether it found a place for all.
func (s *solver) fillMissing(ctx context.Context) bool {
	g := s.grid
	last := 0
	for failures := 0; failures < 5; {
		missing := s.missing()
		if len(missing) == 0 {
			return true
		}
		if len(missing) == last {
			failures++ // other cells may do better, if these were not all
		}
		last = len(missing)
		var cells []candidate // with what each costs now
		for _, c := range s.randomCells(max(fewestTried, 2*len(missing))) {
			if g.mayRemove(c) {
				cells = append(cells, candidate{int32(c), s.costs.cost(c, int(g.tile[c]))})
			}
		}
		places := make([]placement, len(missing)*placementsEach)
		err := parallel.Ranges(ctx, len(missing), 16, nil, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				s.bestPlacements(places[i*placementsEach:(i+1)*placementsEach], missing[i], cells)
			}
		})
		if err != nil {
			return false
		}
		slices.SortFunc(places, func(a, b placement) int {
			return cmp.Or(cmp.Compare(a.loss, b.loss), cmp.Compare(a.tile, b.tile), cmp.Compare(a.cell, b.cell))
		})
		for _, p := range places {
			if c := int(p.cell); p.loss < forbidden && g.uses(p.tile) == 0 && g.mayRemove(c) && !g.tooClose(c, g.face[p.tile]) {
				g.put(c, p.tile)
			}
		}
	}
	return false
}

// missing are the tiles that are not in it and should be.
func (s *solver) missing() (tiles []int32) {
	if s.grid.rules.everyone {
		for t := range s.grid.holders {
			if s.grid.uses(int32(t)) == 0 {
				tiles = append(tiles, int32(t))
			}
		}
	}
	return tiles
}

// bestPlacements fills list with the best of the cells for tile t, out of those where it may stand now.
func (s *solver) bestPlacements(list []placement, t int32, cells []candidate) {
	for i := range list {
		list[i] = placement{loss: forbidden}
	}
	worst := &list[len(list)-1].loss
	for _, e := range cells {
		c := int(e.tile)
		far := s.costs.meanCost(c, int(t))
		if far-e.cost >= *worst {
			continue
		}
		loss := s.costs.addDetailCost(c, int(t), far) - e.cost
		if loss >= *worst || s.grid.tooClose(c, s.grid.face[t]) {
			continue
		}
		at, _ := slices.BinarySearchFunc(list, loss, func(p placement, l float32) int { return cmp.Compare(p.loss, l) })
		copy(list[at+1:], list[at:])
		list[at] = placement{int32(c), t, loss}
	}
}
