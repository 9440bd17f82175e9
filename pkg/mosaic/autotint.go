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

// leastTint chooses the tint, with photos described for the largest. It asks how far the tints would leave a sample of
// cells from the tiles that they may get: the cheapest at the prices that the rules make, as many as stand in a square of
// the repeat distance. In a calm target, such as a night sky, all of these cells want the same ones.
func leastTint(ctx context.Context, cells []descriptor, p *photos, o Options) (float64, error) {
	s := newSolver(cells, p, o)
	var err error
	if s.prices, err = estimatePrices(ctx, s.costs, s.grid, s.random, tintCells); err != nil {
		return 0, err
	}
	sample := s.random.Perm(len(cells))
	sample = sample[:min(len(sample), tintCells)]
	near := min(s.grid.rules.distance*s.grid.rules.distance, s.costs.tiles())
	views := make([]candidate, len(sample)*near)
	parallel.Each(len(sample), func(i int) { s.cheapestViews(sample[i], views[i*near:(i+1)*near]) })
	for tint := range mostAutoTint {
		var far float32
		for i, v := range views {
			a, b := &s.costs.cell[sample[i/near]], &s.costs.view[v.view]
			stays := float32(1)
			if way := apart(a.mean, b.mean); way > 0 {
				stays = max(0, 1-float32(tint)/way)
			}
			far += stays * apart(a.perceptual, b.perceptual)
		}
		if far <= GoodLikeness*float32(len(views)) {
			return float64(tint), nil
		}
	}
	return mostAutoTint, nil
}

// cheapestViews fills list with the views, each of another tile, that cost least in cell c at the current prices. The
// first costs most.
func (s *solver) cheapestViews(c int, list []candidate) {
	for i := range list {
		list[i] = candidate{cost: 2 * forbidden}
	}
	for t := range s.costs.tiles() {
		if v, e := s.costs.bestView(c, t, list[0].cost-s.price[t]); v >= 0 {
			list[0] = candidate{int32(t), v, e + s.price[t]}
			sink(list, 0)
		}
	}
}
