package mosaic

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"smalti/pkg/parallel"
)

const (
	pricedCells   = 256 // in the sample of cells
	priceRounds   = 24
	hot           = 3    // temperature at first: cells hardly mind so many CIEDE2000 units
	cold          = 0.25 // and in the end
	scarcityPrice = 0.3  // tiles are scarce if cells pay more on average
)

// prices are what tiles cost in any cell, besides what they cost in each.
type prices struct {
	price  []float32 // the higher, the more cells want a tile
	floor  []float32 // what price can fall to: the lower, the fewer cells want a tile that must be used
	scarce bool      // whether prices matter
}

// scarceUses is the share of the cells that is promised to tiles, from which on those that few want get cheaper.
const scarceUses = 0.125

// estimatePrices finds prices at which about as many cells prefer each tile as may have it and must have it.
// They are the dual of the assignment problem, and come from a sample of the cells: each divides itself among
// the cheap tiles, the less freely the lower the temperature, and what is wanted too much gets dearer, and what
// is wanted too little cheaper, by the logarithm of that (M. Cuturi: Sinkhorn Distances, NIPS 26, 2013, with a
// range of uses in place of exactly so many).
func estimatePrices(ctx context.Context, m *matcher, g *grid, random *rand.Rand, sample int) (p prices, err error) {
	price := make([]float32, m.tiles())
	p = prices{price: price, floor: make([]float32, m.tiles())}
	n := len(g.free)
	fewest := n
	for t := range price {
		limit := g.limit(int32(t))
		fewest = min(fewest, limit)
		if limit <= 0 {
			price[t] = forbidden
		}
	}
	promised := float64(g.rules.least*len(price)) > scarceUses*float64(n)
	if 2*fewest >= n && !promised {
		return p, nil
	}
	m.groupCells(g.free)
	cells := m.sampleCells(min(n, sample), random)
	tiles := m.tiles()
	cost := make([]float32, len(cells)*tiles)
	err = parallel.Ranges(ctx, len(cells), 64, nil, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for t := range tiles {
				cost[i*tiles+t] = m.cost(cells[i], t)
			}
		}
	})
	const chunk = 64
	parts := make([]float32, (len(cells)+chunk-1)/chunk*tiles)
	uses := make([]float32, tiles)
	for round := 0; round < priceRounds && err == nil; round++ {
		heat := float32(hot * math.Pow(cold/hot, float64(round)/(priceRounds-1)))
		err = parallel.Ranges(ctx, len(cells), chunk, nil, func(lo, hi int) {
			part := parts[lo/chunk*tiles:][:tiles]
			clear(part)
			wish := make([]float32, tiles)
			for i := lo; i < hi; i++ {
				distribute(part, wish, cost[i*tiles:(i+1)*tiles], price, heat)
			}
		})
		clear(uses)
		for lo := 0; lo < len(parts); lo += tiles {
			for t, n := range parts[lo : lo+tiles] {
				uses[t] += n
			}
		}
		for t := range price {
			limit, least := g.limit(int32(t)), 0
			if limit <= 0 {
				continue
			}
			if promised {
				least = g.rules.least - g.usesElsewhere[t]
			}
			wanted := uses[t] * float32(n) / float32(len(cells))
			price[t] = nextPrice(price[t], wanted, limit, least, heat)
		}
	}
	var paid float32
	for t, n := range uses {
		if price[t] < forbidden {
			paid += max(price[t], -price[t]) * n
		}
	}
	p.scarce = paid > scarcityPrice*float32(len(cells))
	p.aboveZero()
	return p, err
}

// nextPrice is the price of a tile that so many cells want and that may have from least to limit uses. It is 0
// where both allow that.
func nextPrice(price, wanted float32, limit, least int, heat float32) float32 {
	change := func(uses int) float32 {
		return heat * float32(math.Log(float64(max(0.01, wanted/float32(uses)))))
	}
	next := max(0, price+change(limit))
	if least > 0 && next == 0 {
		next = min(0, price+change(least))
	}
	return next
}

// aboveZero raises all prices until none is below 0. That changes nothing: each cell pays one.
func (p *prices) aboveZero() {
	lowest := min(0, slices.Min(p.price))
	for t, v := range p.price {
		p.price[t] = v - lowest
		p.floor[t] = min(v, 0) - lowest
	}
}

// distribute adds to uses the parts, together 1, that a cell wants of each tile: the softmin of cost and
// price at a temperature. Wish is a buffer.
func distribute(uses, wish, cost, price []float32, heat float32) {
	least := cost[0] + price[0]
	for t, e := range cost {
		e += price[t]
		wish[t] = e
		least = min(least, e)
	}
	var sum float32
	scale := -expScale / heat
	for t, e := range wish {
		// The bits of a float, read as an integer, are nearly its logarithm (N. Schraudolph: A Fast, Compact
		// Approximation of the Exponential Function, Neural Computation 11, 1999).
		w := math.Float32frombits(uint32(int32(max(-80<<23, (e-least)*scale)) + expOne))
		wish[t] = w
		sum += w
	}
	sum = 1 / sum
	for t, w := range wish {
		uses[t] += w * sum
	}
}

const (
	expScale = 12102203   // 2^23 / ln 2
	expOne   = 1064986823 // the bits of 1, less what makes the mean error 0
)
