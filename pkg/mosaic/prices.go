package mosaic

import (
	"context"
	"math"
	"math/rand/v2"

	"smalti/pkg/parallel"
)

const (
	pricedCells   = 1024 // the sample of cells
	priceRounds   = 24
	hot           = 3    // temperature at first: cells hardly mind so many CIEDE2000 units
	cold          = 0.25 // and in the end
	scarcityPrice = 0.3  // tiles are scarce if cells pay more on average
)

// estimatePrices finds prices at which about as many cells prefer each tile as may have it, and reports
// whether tiles are scarce, so that prices matter. They are the dual of the assignment problem, and come
// from a sample of the cells: each divides itself among the cheap tiles, the less freely the lower the
// temperature, and what is wanted too much gets dearer by the logarithm of that (M. Cuturi: Sinkhorn
// Distances, NIPS 26, 2013, with at most so many uses in place of exactly so many).
func estimatePrices(ctx context.Context, m *matcher, g *grid, random *rand.Rand) (price []float32, scarce bool, err error) {
	price = make([]float32, len(m.tile))
	n := len(g.free)
	least := n
	for t := range price {
		limit := g.limit(int32(t))
		least = min(least, limit)
		if limit <= 0 {
			price[t] = forbidden
		}
	}
	if 2*least >= n {
		return price, false, nil
	}
	cells := random.Perm(n)[:min(n, pricedCells)]
	for i, c := range cells {
		cells[i] = g.free[c]
	}
	tiles := len(m.tile)
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
			if limit := g.limit(int32(t)); limit > 0 {
				crowd := uses[t] * float32(n) / (float32(limit) * float32(len(cells)))
				price[t] = max(0, price[t]+heat*float32(math.Log(float64(max(0.01, crowd)))))
			}
		}
	}
	var paid float32
	for t, n := range uses {
		if price[t] < forbidden {
			paid += price[t] * n
		}
	}
	return price, paid > scarcityPrice*float32(len(cells)), err
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
