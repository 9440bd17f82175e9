package mosaic

import (
	"cmp"
	"context"
	"slices"

	"smalti/pkg/parallel"
)

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
		offers := s.offers(s.randomCells(offered(len(missing), uses)))
		places := make([]placement, len(missing)*placementsEach)
		err := parallel.Ranges(ctx, len(missing), 16, nil, func(lo, hi int) {
			bounds := make([]float32, len(offers))
			for i := lo; i < hi; i++ {
				s.bestPlacements(places[i*placementsEach:(i+1)*placementsEach], missing[i], offers, bounds)
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

// offered is how many cells are looked at in a round for tiles that lack so many uses together. Most of the uses of a
// large grid have to wait for later rounds; if they counted all the same, the whole would take the square of their
// number.
func offered(missing, uses int) int {
	const choice = 4 // cells for each use that can be placed
	return max(fewestTried, 2*min(uses, choice*placementsEach*missing))
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

// offer is some cells of nearly the same colour that may lose their tile, with what they cost now, the dearest first.
type offer struct {
	group cellGroup
	cells []candidate
}

// offeredTogether is how many cells an offer has at most. They are chosen from a few cells only, so that the groups of
// all cells would have too few each.
const offeredTogether = 8

// offers divides cells into groups. Cells beside each other in the order of the groups of all cells are alike.
func (s *solver) offers(cells []int) (all []offer) {
	chosen := make([]bool, len(s.grid.tile))
	for _, c := range cells {
		chosen[c] = s.grid.mayRemove(c)
	}
	alike := make([]int32, 0, len(cells))
	for k := range s.costs.groups {
		for _, c := range s.costs.groups[k].cells {
			if chosen[c] {
				alike = append(alike, c)
			}
		}
	}
	for some := range slices.Chunk(alike, offeredTogether) {
		o := offer{group: s.costs.newGroup(some)}
		for _, c := range some {
			o.cells = append(o.cells, candidate{tile: c, cost: s.costs.cost(int(c), int(s.grid.tile[c]))})
		}
		slices.SortFunc(o.cells, func(a, b candidate) int { return byCost(b, a) })
		all = append(all, o)
	}
	return all
}

// bestPlacements fills list with the best of the cells where tile t is allowed now. It begins with the most promising
// group, so that most of the others need not be looked at. Bounds is a buffer, as long as offers.
func (s *solver) bestPlacements(list []placement, t int32, offers []offer, bounds []float32) {
	for i := range list {
		list[i] = placement{loss: forbidden}
	}
	first, least := 0, float32(2*forbidden)
	for k := range offers {
		o := &offers[k]
		bounds[k] = s.costs.least(&o.group, int(t))
		if loss := bounds[k] - o.cells[0].cost; loss < least {
			first, least = k, loss
		}
	}
	for i := range offers {
		k := (first + i) % len(offers)
		for _, e := range offers[k].cells {
			if bounds[k]-e.cost >= list[len(list)-1].loss {
				break
			}
			s.place(list, t, e)
		}
	}
}

// place inserts cell e into a list of the best placements of tile t, if it is one of them and the tile is allowed there.
func (s *solver) place(list []placement, t int32, e candidate) {
	c := int(e.tile)
	worst := list[len(list)-1].loss
	_, cost := s.costs.bestView(c, int(t), e.cost+worst)
	loss := cost - e.cost
	if loss >= worst || s.grid.tooClose(c, t) {
		return
	}
	at, _ := slices.BinarySearchFunc(list, loss, func(p placement, l float32) int { return cmp.Compare(p.loss, l) })
	copy(list[at+1:], list[at:])
	list[at] = placement{int32(c), t, loss}
}
