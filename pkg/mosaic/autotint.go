package mosaic

import (
	"context"

	"smalti/pkg/parallel"
)

// AutoTint is the tint that is as small as makes a good likeness: the least whole number with which the mean colours of
// cells are expected to be [GoodLikeness] from the target's on average, and at most 16.
const (
	AutoTint     = -1
	GoodLikeness = 2 // in about CIEDE2000 units

	mostAutoTint = 16
)

// tintCells is how many cells are looked at for that.
const tintCells = 256

// leastTint chooses the tint, with photos described for the largest. It gives each of a sample of cells the tile that it
// would take at the prices that the rules make, and asks how far the tints would leave them.
func leastTint(ctx context.Context, cells []descriptor, p *photos, o Options) (float64, error) {
	s := newSolver(cells, p, o)
	var err error
	if s.prices, err = estimatePrices(ctx, s.costs, s.grid, s.random, tintCells); err != nil {
		return 0, err
	}
	sample := s.random.Perm(len(cells))
	sample = sample[:min(len(sample), tintCells)]
	views := make([]int32, len(sample))
	parallel.Each(len(sample), func(i int) { views[i] = s.cheapestView(sample[i]) })
	for tint := range mostAutoTint {
		var far float32
		for i, c := range sample {
			a, b := &s.costs.cell[c], &s.costs.view[views[i]]
			stays := float32(1)
			if way := apart(a.mean, b.mean); way > 0 {
				stays = max(0, 1-float32(tint)/way)
			}
			far += stays * apart(a.perceptual, b.perceptual)
		}
		if far <= GoodLikeness*float32(len(sample)) {
			return float64(tint), nil
		}
	}
	return mostAutoTint, nil
}

// cheapestView is the view of all tiles that costs least in cell c at the current prices.
func (s *solver) cheapestView(c int) (view int32) {
	least := float32(2 * forbidden)
	for t := range s.costs.tiles() {
		if v, e := s.costs.bestView(c, t, least-s.price[t]); v >= 0 {
			view, least = v, e+s.price[t]
		}
	}
	return view
}
