package mosaic

import "slices"

const (
	asked   = 128 // cells that are asked how far off the tiles are
	wellOff = 24  // CIEDE2000 units, and what large errors in lightness add, up to which tiles are plenty
	illOff  = 31  // from which on they are poor in the target's colours
)

// weigh settles what counts how much. With rationed, tiles are wanted by more cells than may have them.
func (s *solver) weigh(rationed bool) {
	s.m.weights = scarce
	if !rationed {
		s.m.weights = plenty.towards(poor, s.poverty())
	}
}

// poverty says for how many of the cells there is no tile of nearly their colour left once others took
// those that may not stand twice within the repeat distance: 0 if tiles are plenty, to 1.
func (s *solver) poverty() float32 {
	s.m.weights = plenty
	near := min(s.b.rules.distance*s.b.rules.distance*4/3, len(s.m.tile)-1)
	step := 1 + len(s.b.free)/asked
	all := make([]float32, len(s.m.tile))
	var sum, n float32
	for i := 0; i < len(s.b.free); i += step {
		for t := range all {
			all[t] = s.m.far(s.b.free[i], t)
		}
		slices.Sort(all)
		sum += all[near]
		n++
	}
	return min(1, max(0, (sum/max(1, n)-wellOff)/(illOff-wellOff)))
}
