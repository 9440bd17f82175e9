package mosaic

import (
	"cmp"
	"context"
	"slices"
)

// fill gives every empty cell the best tile that the repeat distance and the most uses allow, in random
// order. It reports whether it found a tile for all.
func (s *solver) fill(ctx context.Context) bool {
	b := s.b
	repairs := 0
	for _, c := range s.random.Perm(len(b.tile)) {
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
	for t := range b.face {
		if !b.room(int32(t)) || b.near(c, b.face[t]) {
			continue
		}
		if e := s.m.cost(c, t) + s.price[t]; best == empty || e < least {
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

// tried is in how many cells at least something is tried.
const tried = 4096

// some returns n different cells, or all if there are fewer, in random order.
func (s *solver) some(n int) []int {
	cells := s.random.Perm(len(s.b.tile))
	return cells[:min(n, len(cells))]
}

// fillMissing places every tile that is not in it yet where that costs least, if everyone is to be
// in it. It reports whether it found a place for all.
func (s *solver) fillMissing() bool {
	b := s.b
	if !b.rules.everyone {
		return true
	}
	type place struct {
		cell, tile int32
		loss       float32
	}
	var missing []int32
	for t := range b.holders {
		if b.uses(int32(t)) == 0 {
			missing = append(missing, int32(t))
		}
	}
	for len(missing) > 0 {
		cells := s.some(max(tried, 4*len(missing)))
		now := make([]float32, len(b.tile))
		for _, c := range cells {
			now[c] = s.m.cost(c, int(b.tile[c]))
		}
		var places []place
		const keep = 32
		for _, t := range missing {
			var own []place
			worst := float32(0)
			for _, c := range cells {
				if !b.spare(c) {
					continue
				}
				l := s.m.cost(c, int(t)) - now[c]
				if len(own) == keep && l >= worst {
					continue
				}
				p := place{int32(c), t, l}
				at, _ := slices.BinarySearchFunc(own, p, func(a, b place) int { return cmp.Compare(a.loss, b.loss) })
				if len(own) == keep {
					own = own[:keep-1]
				}
				own = slices.Insert(own, at, p)
				worst = own[len(own)-1].loss
			}
			places = append(places, own...)
		}
		slices.SortFunc(places, func(a, b place) int {
			return cmp.Or(cmp.Compare(a.loss, b.loss), cmp.Compare(a.tile, b.tile), cmp.Compare(a.cell, b.cell))
		})
		progress := false
		for _, p := range places {
			c := int(p.cell)
			if b.uses(p.tile) == 0 && b.spare(c) && !b.near(c, b.face[p.tile]) {
				b.put(c, p.tile)
				progress = true
			}
		}
		left := missing[:0]
		for _, t := range missing {
			if b.uses(t) == 0 {
				left = append(left, t)
			}
		}
		missing = left
		if !progress && len(cells) == len(b.tile) {
			return false
		}
	}
	return true
}
