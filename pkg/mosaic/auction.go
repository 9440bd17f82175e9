package mosaic

import (
	"cmp"
	"context"
	"slices"
)

const (
	bidIncrement  = 0.15 // by which a bid exceeds the last at least; the most that a cell may lose by it
	priceDiscount = 1    // prices begin so far below the estimate
	mostBids      = 10   // per cell, on average
	mostRenewals  = 1    // new shortlists of a cell after the prices on its own have risen
)

// bid is what a cell offers for a tile. It holds the tile until others bid more.
type bid struct {
	cell  int32
	price float32
}

// auction fills the grid at nearly the least cost while tiles have only so many uses: cells without
// a tile bid for the one that is best at the current prices, by as much as it is better than the
// next, and the lowest bidder for that tile loses it (D. P. Bertsekas: The auction algorithm, Annals
// of Operations Research 14, 1988, with as many objects of a kind as a tile has uses). It reports
// whether every cell has a tile.
func (s *solver) auction(ctx context.Context) bool {
	g := s.grid
	b := &bidder{s.newRefiner(), make([][]bid, len(g.holders))}
	bids := b.bids
	for t := range s.price {
		s.price[t] = max(s.floor[t], s.price[t]-priceDiscount)
	}
	// What tiles that are not on a cell's shortlist cost there at least: prices only rise.
	limit, renewed := make([]float32, len(g.tile)), make([]uint8, len(g.tile))
	for _, c := range g.free {
		limit[c] = b.lastCost(c) - priceDiscount
	}
	// Only what the distance rule forbids: the other repeat costs are for the sweeps.
	var near [2][]repeatOffset
	for row, all := range s.repeatOffsets {
		for _, p := range all {
			if p.cost >= forbidden {
				near[row] = append(near[row], p)
			}
		}
	}
	queue := make([]int32, len(g.free))
	for i, c := range s.random.Perm(len(g.free)) {
		queue[i] = int32(g.free[c])
	}
	var stale []int32 // cells that need a new shortlist first
	for n := 0; len(queue)+len(stale) > 0 && n < mostBids*len(g.free); n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return false
		}
		if len(queue) == 0 {
			if s.shortlists.renew(ctx, s.costs, stale, s.price) != nil {
				return false
			}
			for _, c := range stale {
				limit[c] = b.lastCost(int(c))
			}
			queue, stale = append(queue, stale...), stale[:0]
		}
		c := int(queue[0])
		queue = queue[1:]
		b.here.collectAt(s, c, &near)
		best, next := b.cheapestTwo(c)
		if next > limit[c] && renewed[c] < mostRenewals {
			renewed[c]++
			stale = append(stale, int32(c))
			continue
		}
		t := best.tile
		if best.cost >= forbidden/2 {
			continue // fill finds something at the end
		}
		offer := bid{int32(c), s.price[t] + min(next-best.cost, 10) + bidIncrement}
		if len(bids[t]) == g.limit(t) {
			loser := bids[t][0].cell
			g.put(int(loser), g.empty)
			queue = append(queue, loser)
			bids[t] = slices.Delete(bids[t], 0, 1)
		}
		at, _ := slices.BinarySearchFunc(bids[t], offer, func(p, q bid) int { return cmp.Compare(p.price, q.price) })
		bids[t] = slices.Insert(bids[t], at, offer)
		g.put(c, t)
		if len(bids[t]) == g.limit(t) {
			s.price[t] = bids[t][0].price
		}
	}
	return s.fill(ctx)
}

// bidder computes repeat costs, and knows all bids.
type bidder struct {
	*refiner
	bids [][]bid // for each tile, the lowest first
}

// lastCost is what the last tile on the shortlist of cell c costs.
func (b *bidder) lastCost(c int) float32 {
	list := b.shortlists.of(c)
	if len(list) == len(b.grid.holders) {
		return 2 * forbidden
	}
	last := list[len(list)-1]
	return last.cost + b.price[last.tile]
}

// cheapestTwo returns the best tile on the shortlist of cell c at the current prices, and what the second
// best costs.
func (b *bidder) cheapestTwo(c int) (best candidate, next float32) {
	best.cost, next = forbidden/2, forbidden
	for _, e := range b.shortlists.of(c) {
		cost := e.cost + b.price[e.tile]
		if crowd := b.here.cost[e.tile]; crowd > 0 && cost < next {
			cost += crowd - b.costOfLoser(c, e.tile)
		}
		if cost < best.cost {
			best, next = candidate{e.tile, e.view, cost}, best.cost
		} else {
			next = min(next, cost)
		}
	}
	return best, next
}

// costOfLoser is the part of the repeat costs of cell c that goes away because the lowest bidder would lose
// tile t to it.
func (b *bidder) costOfLoser(c int, t int32) float32 {
	g := b.grid
	if n := len(b.bids[t]); n == 0 || n < g.limit(t) {
		return 0
	}
	o := int(b.bids[t][0].cell)
	return b.repeatCostBetween(c, o)
}
