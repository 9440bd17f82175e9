package mosaic

import "slices"

const (
	sampledCells = 128 // cells that are asked how far off the tiles are
	plentyBelow  = 24  // CIEDE2000 units, and what large errors in lightness add, up to which tiles are plenty
	poorAbove    = 31  // from which on they are poor in the target's colours
)

// chooseWeights settles what counts how much. With rationed, tiles are wanted by more cells than may have them.
func (s *solver) chooseWeights(rationed bool) {
	s.costs.weights = scarce
	if !rationed {
		s.costs.weights = plenty.mix(poor, s.colourScarcity())
	}
}

// colourScarcity says for how many of the cells there is no tile of nearly their colour left once others took
// those that may not stand twice within the repeat distance: 0 if tiles are plenty, to 1.
func (s *solver) colourScarcity() float32 {
	s.costs.weights = plenty
	near := min(s.grid.rules.distance*s.grid.rules.distance*4/3, len(s.costs.tile)-1)
	step := 1 + len(s.grid.free)/sampledCells
	all := make([]float32, len(s.costs.tile))
	var sum, n float32
	for i := 0; i < len(s.grid.free); i += step {
		for t := range all {
			all[t] = s.costs.meanCost(s.grid.free[i], t)
		}
		slices.Sort(all)
		sum += all[near]
		n++
	}
	return min(1, max(0, (sum/max(1, n)-plentyBelow)/(poorAbove-plentyBelow)))
}
