package mosaic

import (
	"smalti/pkg/parallel"
)

// maxPatternOffset is the largest offset, in cells, at which repeats are counted: where many faces repeat
// at the same offset, the eye sees a pattern, as on wallpaper.
const maxPatternOffset = 12

const (
	minPatternCells  = 600  // in smaller grids patterns are chance
	toleratedPattern = 1.9  // share of repeats at one offset, over the mean share of all offsets
	visiblePattern   = 1.99 // the same, from which on sweeps go on
	patternPenalty   = 1.2  // cost of a repeat for each unit above what is tolerated
	mostPatternCost  = 7    // cost of a repeat at one offset at most: at all 624, for two cells, less than what is forbidden
)

// leastRepeatCost is the cost below which a repeat is not looked at.
const leastRepeatCost = 0.03

// repeatOffset is an offset at which a repeat costs something: in columns and rows, and from cell to cell.
type repeatOffset struct {
	dx, dy, step int32
	cost         float32
}

// initRepeatCosts makes near repeats cost more than distant ones, and returns from how many cells on they
// cost nothing.
func (s *solver) initRepeatCosts() (radius int) {
	g := s.grid
	radius = max(maxPatternOffset, g.rules.distance-1)
	s.reachX, s.reachY = min(radius, g.columns-1), min(radius, g.rows-1)
	if g.brick {
		s.reachX++ // offsets between staggered rows reach one cell further to the left
	}
	s.repeatCost = make([]float32, (2*s.reachY+1)*(2*s.reachX+1))
	for dy := -s.reachY; dy <= s.reachY; dy++ {
		for dx := -s.reachX; dx <= s.reachX; dx++ {
			d := g.distance(dx, dy)
			switch {
			case d == 0:
			case d < g.rules.distance:
				*s.repeatCostAt(dx, dy) = forbidden
			case 1/float32(d*d) >= leastRepeatCost:
				*s.repeatCostAt(dx, dy) = 1 / float32(d*d)
			}
		}
	}
	s.listRepeatOffsets()
	return radius
}

// listRepeatOffsets collects the offsets at which a repeat costs something.
func (s *solver) listRepeatOffsets() {
	for y := range s.repeatOffsets {
		list := s.repeatOffsets[y][:0]
		for dy := -s.reachY; dy <= s.reachY; dy++ {
			for dx := -s.reachX; dx <= s.reachX; dx++ {
				if p := *s.repeatCostAt(dx, dy); p > 0 {
					d := dx + s.grid.columnShift(y, y+dy)
					list = append(list, repeatOffset{int32(d), int32(dy), int32(dy*s.grid.columns + d), p})
				}
			}
		}
		s.repeatOffsets[y] = list
	}
}

// repeatCostAt is what a repeat at an offset costs.
func (s *solver) repeatCostAt(dx, dy int) *float32 {
	return &s.repeatCost[(dy+s.reachY)*(2*s.reachX+1)+dx+s.reachX]
}

// repeatCostBetween is what it costs that cells c and o show the same face.
func (s *solver) repeatCostBetween(c, o int) float32 {
	dx, dy := s.grid.offset(c, o)
	if abs(dx) > s.reachX || abs(dy) > s.reachY {
		return 0
	}
	return *s.repeatCostAt(dx, dy)
}

// penalizePatterns raises the cost of repeats at the offsets where they are too common, and has the cells
// in such repeats visited again. It returns the largest share of repeats over the mean share, or 0 if all
// are tolerated.
func (s *solver) penalizePatterns() (most float32) {
	const half = maxPatternOffset*(2*maxPatternOffset+1) + maxPatternOffset
	if len(s.grid.free) < minPatternCells {
		return 0
	}
	var share [half]float32
	var sum, offsets float32
	s.repeatShares(share[:])
	for _, h := range share {
		if h >= 0 {
			sum += h
			offsets++
		}
	}
	for i := range share {
		dx, dy := patternOffset(i)
		ratio := share[i] * offsets / sum
		if s.grid.distance(dx, dy) < s.grid.rules.distance || !(ratio > toleratedPattern) {
			continue
		}
		most = max(most, ratio)
		over := ratio - toleratedPattern
		s.reopen(dx, dy)
		cost := min(mostPatternCost, *s.repeatCostAt(dx, dy)+patternPenalty*over)
		*s.repeatCostAt(dx, dy), *s.repeatCostAt(s.grid.opposite(dx, dy)) = cost, cost
	}
	if most > 0 {
		s.listRepeatOffsets()
	}
	return most
}

// repeatShares computes for each offset the share of cells that show the same face as the cell there, or
// -1 where no cell has a neighbour at that offset.
func (s *solver) repeatShares(share []float32) {
	parallel.Each(len(share), func(i int) {
		dx, dy := patternOffset(i)
		same, pairs := 0, 0
		s.visitPairs(dx, dy, func(c, o, n int) {
			pairs += n
			same += s.visitRepeats(c, o, n, func(int, int) {})
		})
		share[i] = -1
		if pairs > 0 {
			share[i] = float32(same) / float32(pairs)
		}
	})
}

// reopen has the cells visited again that show the same face as the cell at the offset.
func (s *solver) reopen(dx, dy int) {
	s.visitPairs(dx, dy, func(c, o, n int) {
		s.visitRepeats(c, o, n, func(c, o int) { s.converged[c], s.converged[o] = false, false })
	})
}

// visitRepeats calls visit for those of n pairs of cells, from c and o on, that show the same face and are
// not both settled. It returns their number.
func (s *solver) visitRepeats(c, o, n int, visit func(c, o int)) (found int) {
	g := s.grid
	here, there := g.tile[c:c+n], g.tile[o:o+n]
	for i, f := range here {
		if f == there[i] && (!g.settled[c+i] || !g.settled[o+i]) {
			visit(c+i, o+i)
			found++
		}
	}
	return found
}

// visitPairs calls visit once for each row: n cells from c on have a neighbour at the offset, from o on.
func (s *solver) visitPairs(dx, dy int, visit func(c, o, n int)) {
	g := s.grid
	for y := range g.rows - dy {
		d := dx + g.columnShift(y, y+dy)
		if n := g.columns - abs(d); n > 0 {
			c := y*g.columns + max(0, -d)
			visit(c, c+dy*g.columns+d, n)
		}
	}
}

// patternOffset numbers the offsets, one of each pair of opposite ones.
func patternOffset(i int) (dx, dy int) {
	i += maxPatternOffset + 1
	return i%(2*maxPatternOffset+1) - maxPatternOffset, i / (2*maxPatternOffset + 1)
}

func abs(x int) int { return max(x, -x) }
