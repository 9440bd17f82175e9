package mosaic

import (
	"cmp"
	"context"
	"slices"
)

var (
	margin   float32 = 0.5
	epsilon  float32 = 0.05
	mostBids         = 60
)

// bid is a cell's hold on a tile: until another cell bids more.
type bid struct {
	cell  int32
	price float32
}

// auction fills the board while tiles have only so many uses, near the cheapest way: cells without
// a tile bid for the one that is best at the current prices, by as much as it is better than the
// next, and the tile's lowest bidder loses it (D. P. Bertsekas: The auction algorithm, Annals of
// Operations Research 14, 1988, with as many objects of a kind as a tile has uses). It reports
// whether every cell has a tile.
func (s *solver) auction(ctx context.Context) bool {
	b, w := s.b, newWalker(s)
	// limit is what every tile that is not on a cell's list costs there at least: prices only rise.
	limit := make([]float32, len(b.tile))
	for c := range limit {
		list := s.list.of(c)
		last := list[len(list)-1]
		limit[c] = last.cost + s.price[last.tile] - margin
		if len(list) == len(b.face) {
			limit[c] = 2 * forbidden
		}
	}
	for t := range s.price {
		s.price[t] = max(0, s.price[t]-margin)
	}
	refreshed := 0
	bidsMade := 0
	bids := make([][]bid, len(b.face)) // of each tile, the lowest first
	queue := make([]int32, len(b.tile))
	for i, c := range s.random.Perm(len(b.tile)) {
		queue[i] = int32(c)
	}
	for n := 0; len(queue) > 0 && n < mostBids*len(b.tile); n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return false
		}
		c := int(queue[0])
		queue = queue[1:]
		w.see(c)
		best, next := w.cheapest(c)
		if next > limit[c] {
			list := s.list.of(c)
			s.m.best(c, s.price, list)
			last := list[len(list)-1]
			limit[c] = last.cost + s.price[last.tile]
			best, next = w.cheapest(c)
			refreshed++
		}
		bidsMade = n
		t := best.tile
		if t == empty {
			continue // makeRoom's turn, below
		}
		offer := bid{int32(c), s.price[t] + min(next-best.cost, 10) + epsilon}
		if len(bids[t]) == b.rules.maxUses {
			out := bids[t][0].cell
			b.put(int(out), empty)
			queue = append(queue, out)
			bids[t] = slices.Delete(bids[t], 0, 1)
		}
		at, _ := slices.BinarySearchFunc(bids[t], offer, func(p, q bid) int { return cmp.Compare(p.price, q.price) })
		bids[t] = slices.Insert(bids[t], at, offer)
		b.put(c, t)
		if len(bids[t]) == b.rules.maxUses {
			s.price[t] = bids[t][0].price
		}
	}
	if debug {
		left := 0
		for _, t := range b.tile {
			if t == empty {
				left++
			}
		}
		println("auction left", left, "bids", bidsMade, "refreshed", refreshed)
	}
	return s.fill(ctx)
}

// cheapest is the best tile for cell c at the current prices, and the price of the second best.
func (w *walker) cheapest(c int) (best candidate, next float32) {
	best, next = candidate{empty, forbidden}, forbidden
	for _, e := range w.list.of(c) {
		v := e.cost + w.price[e.tile] + w.crowd[w.b.face[e.tile]]
		if v < best.cost {
			best, next = candidate{e.tile, v}, best.cost
		} else {
			next = min(next, v)
		}
	}
	return best, next
}
