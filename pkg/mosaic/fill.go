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
	b := s.b
	repairs := 0
	for _, i := range s.random.Perm(len(b.free)) {
		c := b.free[i]
		if b.tile[c] != empty {
			continue
		}
		if t := s.bestAllowed(c); t != empty {
			b.put(c, t)
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
	b := s.b
	for _, e := range s.list.of(c) {
		if b.room(e.tile) && !b.near(c, b.face[e.tile]) {
			return e.tile
		}
	}
	best := int32(empty)
	var least float32
	for _, k := range s.m.kinds[s.m.kind[c]] {
		t := k.tile()
		if best != empty && k.least() >= least {
			break
		}
		if !b.room(int32(t)) {
			continue
		}
		if e := s.m.cost(c, t) + s.price[t]; (best == empty || e < least) && !b.near(c, b.face[t]) {
			best, least = int32(t), e
		}
	}
	return best
}

// makeRoom fills cell c, where nothing that still has uses left may stand, with the tile of another
// cell, which gets a new one. Of all such exchanges it takes the best.
func (s *solver) makeRoom(c int) bool {
	b := s.b
	var from int
	best := int32(empty)
	var least float32
	for _, other := range s.some(tried) {
		t := b.tile[other]
		if t == empty {
			continue
		}
		b.put(other, empty)
		if b.room(t) && !b.near(c, b.face[t]) {
			b.put(c, t)
			if u := s.bestAllowed(other); u != empty {
				loss := s.m.cost(c, int(t)) + s.m.cost(other, int(u)) - s.m.cost(other, int(t))
				if best == empty || loss < least {
					from, best, least = other, u, loss
				}
			}
			b.put(c, empty)
		}
		b.put(other, t)
	}
	if best == empty {
		return false
	}
	t := b.tile[from]
	b.put(from, best)
	b.put(c, t)
	return true
}

// tried is in how many cells at least something is tried, if there are so many.
const tried = 4096

// some returns n different cells that are not settled, or all if there are fewer, in random order.
func (s *solver) some(n int) []int {
	cells := s.random.Perm(len(s.b.free))
	cells = cells[:min(n, len(cells))]
	for i, c := range cells {
		cells[i] = s.b.free[c]
	}
	return cells
}

// place is a cell that a missing tile could have, and what is lost by it.
type place struct {
	cell, tile int32
	loss       float32
}

const placesEach = 32 // how many places a missing tile is offered at a time

// fillMissing places every tile that is not in it yet where that costs least, if everyone is to be
// in it. It reports whether it found a place for all.
func (s *solver) fillMissing(ctx context.Context) bool {
	b := s.b
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
		for _, c := range s.some(max(tried, 2*len(missing))) {
			if b.spare(c) {
				cells = append(cells, candidate{int32(c), s.m.cost(c, int(b.tile[c]))})
			}
		}
		places := make([]place, len(missing)*placesEach)
		err := parallel.Ranges(ctx, len(missing), 16, nil, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				s.places(places[i*placesEach:(i+1)*placesEach], missing[i], cells)
			}
		})
		if err != nil {
			return false
		}
		slices.SortFunc(places, func(a, b place) int {
			return cmp.Or(cmp.Compare(a.loss, b.loss), cmp.Compare(a.tile, b.tile), cmp.Compare(a.cell, b.cell))
		})
		for _, p := range places {
			if c := int(p.cell); p.loss < forbidden && b.uses(p.tile) == 0 && b.spare(c) && !b.near(c, b.face[p.tile]) {
				b.put(c, p.tile)
			}
		}
	}
	return false
}

// missing are the tiles that are not in it and should be.
func (s *solver) missing() (tiles []int32) {
	if s.b.rules.everyone {
		for t := range s.b.holders {
			if s.b.uses(int32(t)) == 0 {
				tiles = append(tiles, int32(t))
			}
		}
	}
	return tiles
}

// places fills list with the best of the cells for tile t, out of those where it may stand now.
func (s *solver) places(list []place, t int32, cells []candidate) {
	for i := range list {
		list[i] = place{loss: forbidden}
	}
	worst := &list[len(list)-1].loss
	for _, e := range cells {
		c := int(e.tile)
		far := s.m.far(c, int(t))
		if far-e.cost >= *worst {
			continue
		}
		loss := s.m.near(c, int(t), far) - e.cost
		if loss >= *worst || s.b.near(c, s.b.face[t]) {
			continue
		}
		at, _ := slices.BinarySearchFunc(list, loss, func(p place, l float32) int { return cmp.Compare(p.loss, l) })
		copy(list[at+1:], list[at:])
		list[at] = place{int32(c), t, loss}
	}
}
