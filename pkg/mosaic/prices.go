package mosaic

import (
	"context"
	"math/rand/v2"
)

const sampled = 2048

var (
	rounds            = 200
	step0     float32 = 2
	priceStep float32 = 1
	priceFade float32 = 0.8
)

// estimate finds prices for the tiles at which, each cell taking the cheapest, about as many cells
// want each tile as may have it. This is the dual of the assignment problem, solved by subgradient
// steps on a sample of the cells.
func estimate(ctx context.Context, m *matcher, maxUses int, random *rand.Rand) ([]float32, error) {
	price := make([]float32, len(m.tile))
	n := len(m.cell)
	if maxUses >= n {
		return price, nil
	}
	cells := random.Perm(n)
	cells = cells[:min(n, sampled)]
	tiles := len(m.tile)
	cost := make([]float32, len(cells)*tiles)
	err := parallel(ctx, len(cells), 64, func(int, int) {}, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for t := range tiles {
				cost[i*tiles+t] = m.cost(cells[i], t)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	limit := float32(maxUses) * float32(len(cells)) / float32(n)
	choice := make([]int32, len(cells))
	uses := make([]int, tiles)
	for round := range rounds {
		err := parallel(ctx, len(cells), 256, func(int, int) {}, func(lo, hi int) {
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
		if err != nil {
			return nil, err
		}
		clear(uses)
		for _, t := range choice {
			uses[t]++
		}
		step := step0 / (1 + float32(round)/20)
		for t := range price {
			price[t] = max(0, price[t]+step*min(1, float32(uses[t])/limit-1))
		}
	}
	return price, nil
}

var debug = false
