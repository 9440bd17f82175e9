package mosaic

import (
	"cmp"
	"context"
	"slices"

	"smalti/pkg/parallel"
)

// fill gives every empty cell, in random order, the best tile that the repeat distance and the most uses
// allow. It reports whether every cell got one.
func (s *solver) fill(ctx context.Context) bool {
	g := s.grid
	repairs := 0
	for _, i := range s.random.Perm(len(g.free)) {
		c := g.free[i]
		if g.tile[c] != g.empty {
			continue
		}
		if t := s.bestAllowed(c); t != g.empty {
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

// mostRepairs is the number of dead ends after which fill gives up.
const mostRepairs = 100

// bestAllowed returns the best tile for cell c that has uses left and is not repeated near it, or g.empty.
func (s *solver) bestAllowed(c int) int32 {
	g := s.grid
	for _, e := range s.shortlists.of(c) {
		if g.mayAdd(e.tile) && !g.tooClose(c, e.tile) {
			return e.tile
		}
	}
	best := g.empty
	var least float32
	for _, k := range s.costs.tilesByBound[s.costs.cluster[c]] {
		t := k.tile()
		if best != g.empty && k.least() >= least {
			break
		}
		if !g.mayAdd(int32(t)) || g.tooClose(c, int32(t)) {
			continue
		}
		if e := s.costs.cost(c, t) + s.price[t]; best == g.empty || e < least {
			best, least = int32(t), e
		}
	}
	return best
}

// makeRoom fills cell c, for which no tile with uses left is allowed, with the tile of another cell, which
// gets a new one. It takes the best of such exchanges.
func (s *solver) makeRoom(c int) bool {
	g := s.grid
	var from int
	best := g.empty
	var least float32
	for _, other := range s.randomCells(fewestTried) {
		t := g.tile[other]
		if t == g.empty {
			continue
		}
		g.put(other, g.empty)
		if g.mayAdd(t) && !g.tooClose(c, t) {
			g.put(c, t)
			if u := s.bestAllowed(other); u != g.empty {
				loss := s.costs.cost(c, int(t)) + s.costs.cost(other, int(u)) - s.costs.cost(other, int(t))
				if best == g.empty || loss < least {
					from, best, least = other, u, loss
				}
			}
			g.put(c, g.empty)
		}
		g.put(other, t)
	}
	if best == g.empty {
		return false
	}
	t := g.tile[from]
	g.put(from, best)
	g.put(c, t)
	return true
}

// fewestTried is the least number of cells in which something is tried, if there are so many.
const fewestTried = 4096

// randomCells returns up to n different free cells in random order.
func (s *solver) randomCells(n int) []int {
	cells := s.random.Perm(len(s.grid.free))
	cells = cells[:min(n, len(cells))]
	for i, c := range cells {
		cells[i] = s.grid.free[c]
	}
	return cells
}

// placement is a cell that a missing tile could take, and how much dearer the cell becomes.
type placement struct {
	cell, tile int32
	loss       float32
}

const placementsEach = 32 // cells that a missing tile is offered at a time

// fillMissing puts every missing tile where that costs least. It reports whether all found a place.
func (s *solver) fillMissing(ctx context.Context) bool {
	g := s.grid
	last := 0
	for failures := 0; failures < 5; {
		missing, uses := s.missing()
		if uses == 0 {
			return true
		}
		if uses == last {
			failures++ // other random cells may do
		}
		last = uses
		var cells []candidate // with what they cost now
		for _, c := range s.randomCells(max(fewestTried, 2*uses)) {
			if g.mayRemove(c) {
				cells = append(cells, candidate{tile: int32(c), cost: s.costs.cost(c, int(g.tile[c]))})
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
			if c := int(p.cell); p.loss < forbidden && g.uses(p.tile) < g.rules.least && g.mayRemove(c) && !g.tooClose(c, p.tile) {
				g.put(c, p.tile)
			}
		}
	}
	return false
}

// missing returns the tiles that have fewer cells than they must, and how many they lack together.
func (s *solver) missing() (tiles []int32, uses int) {
	for t := range s.grid.holders {
		if lack := s.grid.rules.least - s.grid.uses(int32(t)); lack > 0 {
			tiles = append(tiles, int32(t))
			uses += lack
		}
	}
	return tiles, uses
}

// bestPlacements fills list with the best of the cells where tile t is allowed now.
func (s *solver) bestPlacements(list []placement, t int32, cells []candidate) {
	for i := range list {
		list[i] = placement{loss: forbidden}
	}
	worst := &list[len(list)-1].loss
	for _, e := range cells {
		c := int(e.tile)
		_, cost := s.costs.bestView(c, int(t), e.cost+*worst)
		loss := cost - e.cost
		if loss >= *worst || s.grid.tooClose(c, t) {
			continue
		}
		at, _ := slices.BinarySearchFunc(list, loss, func(p placement, l float32) int { return cmp.Compare(p.loss, l) })
		copy(list[at+1:], list[at:])
		list[at] = placement{int32(c), t, loss}
	}
}
