package mosaic

import (
	"context"
	"math/rand/v2"
)

const (
	sampled = 1024 // cells that prices are estimated on
	rounds  = 80
	dear    = 0.3 // prices paid on average from which on tiles count as scarce
)

// estimate finds prices for the tiles at which, each cell taking the cheapest, about as many cells
// want each tile as may have it, and reports whether they matter at all. Prices are the dual of the
// assignment problem; these come from subgradient steps on a sample of the cells.
//
// A tile that may not be used at all costs more than any can be worth.
func estimate(ctx context.Context, m *matcher, b *board, random *rand.Rand) (price []float32, scarce bool, err error) {
	price = make([]float32, len(m.tile))
	n := len(b.free)
	least := n
	for t := range price {
		limit := b.limit(int32(t))
		least = min(least, limit)
		if limit <= 0 {
			price[t] = forbidden
		}
	}
	if 2*least >= n {
		return price, false, nil
	}
	cells := random.Perm(n)[:min(n, sampled)]
	for i, c := range cells {
		cells[i] = b.free[c]
	}
	tiles := len(m.tile)
	cost := make([]float32, len(cells)*tiles)
	silent := func(int, int) {}
	err = parallel(ctx, len(cells), 64, silent, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for t := range tiles {
				cost[i*tiles+t] = m.cost(cells[i], t)
			}
		}
	})
	choice := make([]int32, len(cells))
	uses := make([]int, tiles)
	for round := 0; round < rounds && err == nil; round++ {
		err = parallel(ctx, len(cells), 256, silent, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				row := cost[i*tiles : (i+1)*tiles]
				best, least := 0, row[0]+price[0]
				for t, e := range row {
					if e += price[t]; e < least {
						best, least = t, e
					}
				}
				choice[i] = int32(best)
			}
		})
		clear(uses)
		for _, t := range choice {
			uses[t]++
		}
		step := 2 / (1 + float32(round)/20)
		for t := range price {
			if limit := b.limit(int32(t)); limit > 0 {
				price[t] = max(0, price[t]+step*min(1, float32(uses[t])/(float32(limit)*float32(len(cells))/float32(n))-1))
			}
		}
	}
	var paid float32
	for _, t := range choice {
		paid += price[t]
	}
	return price, paid > dear*float32(len(cells)), err
}
