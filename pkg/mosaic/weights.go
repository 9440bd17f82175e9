package mosaic

import "slices"

const (
	sampledCells = 128
	plentyBelow  = 24 // mean cost up to which tiles have the target's colours
	poorAbove    = 31 // mean cost from which on they lack them
)

// chooseWeights sets the weights. Rationed says that more cells want tiles than may have them.
func (s *solver) chooseWeights(rationed bool) {
	s.costs.weights = scarce
	if s.grid.rules.share < len(s.grid.tile) {
		s.costs.weights = shared
	} else if !rationed {
		s.costs.weights = plenty.mix(poor, s.colourScarcity())
	}
}

// colourScarcity estimates how rarely a cell finds a tile of its colour if its neighbours within the repeat
// distance took the best ones: from 0, always, to 1, never.
func (s *solver) colourScarcity() float32 {
	s.costs.weights = plenty
	near := min(s.grid.rules.distance*s.grid.rules.distance*4/3, s.costs.tiles()-1)
	step := 1 + len(s.grid.free)/sampledCells
	all := make([]float32, s.costs.tiles())
	var sum, n float32
	for i := 0; i < len(s.grid.free); i += step {
		for t := range all {
			all[t] = s.costs.meanCost(&s.costs.cell[s.grid.free[i]], &s.costs.view[s.costs.firstView[t]])
		}
		slices.Sort(all)
		sum += all[near]
		n++
	}
	return min(1, max(0, (sum/max(1, n)-plentyBelow)/(poorAbove-plentyBelow)))
}
