package mosaic

import "context"

// farthest is up to which offset, in cells, repeats are watched: the eye sees repeats at one
// offset again and again as wallpaper.
const farthest = 12

const (
	enough     = 600 // cells that a grid must have for repeats to be a pattern and not chance
	tolerated  = 1.8 // the share of repeats at one offset, over the mean share
	spreadStep = 1.2 // by how much a repeat gets dearer for each unit above that
)

// dearSpread is from which price on a repeat at an offset is worth looking at.
const dearSpread = 0.03

// priced is an offset at which a repeat costs something.
type priced struct {
	dx, dy, step int32
	price        float32
}

// prepareSpread makes repeats dearer the nearer they are, and returns how many cells away they matter
// at most.
func (s *solver) prepareSpread() (radius int) {
	b := s.b
	radius = max(farthest, b.rules.distance-1)
	s.across, s.down = min(radius, b.columns-1), min(radius, b.rows-1)
	s.spread = make([]float32, (2*s.down+1)*(2*s.across+1))
	for dy := -s.down; dy <= s.down; dy++ {
		for dx := -s.across; dx <= s.across; dx++ {
			d := max(abs(dx), abs(dy))
			switch {
			case d == 0:
			case d < b.rules.distance:
				*s.at(dx, dy) = forbidden
			case 1/float32(d*d) >= dearSpread:
				*s.at(dx, dy) = 1 / float32(d*d)
			}
		}
	}
	s.listSpread()
	return radius
}

// listSpread collects the offsets that matter.
func (s *solver) listSpread() {
	s.priced = s.priced[:0]
	for dy := -s.down; dy <= s.down; dy++ {
		for dx := -s.across; dx <= s.across; dx++ {
			if p := *s.at(dx, dy); p > 0 {
				s.priced = append(s.priced, priced{int32(dx), int32(dy), int32(dy*s.b.columns + dx), p})
			}
		}
	}
}

// at is what a repeat at an offset costs.
func (s *solver) at(dx, dy int) *float32 {
	return &s.spread[(dy+s.down)*(2*s.across+1)+dx+s.across]
}

// raiseSpread makes repeats dearer at the offsets where they are too common, and wakes the cells
// that stand in such a repeat. It reports whether there are none.
func (s *solver) raiseSpread() bool {
	const half = farthest*(2*farthest+1) + farthest
	if len(s.b.tile) < enough {
		return true
	}
	var share [half]float32
	var sum, offsets float32
	s.shares(share[:])
	for _, h := range share {
		if h >= 0 {
			sum += h
			offsets++
		}
	}
	even := true
	for i := range share {
		dx, dy := offset(i)
		over := share[i]*offsets/sum - tolerated
		if max(abs(dx), dy) < s.b.rules.distance || !(over > 0) {
			continue
		}
		even = false
		s.wake(dx, dy)
		*s.at(dx, dy) += spreadStep * over
		*s.at(-dx, -dy) += spreadStep * over
	}
	if !even {
		s.listSpread()
	}
	return even
}

// shares finds which share of the cells shows the same face as the cell at each offset; -1 where there
// is no such cell.
func (s *solver) shares(share []float32) {
	parallel(context.Background(), len(share), 16, func(int, int) {}, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			dx, dy := offset(i)
			same, pairs := 0, 0
			s.pairs(dx, dy, func(_ int, here, there []int32) {
				pairs += len(here)
				for k, f := range here {
					if f == there[k] {
						same++
					}
				}
			})
			share[i] = -1
			if pairs > 0 {
				share[i] = float32(same) / float32(pairs)
			}
		}
	})
}

// wake has the cells looked at again that show the same face as the cell at the offset.
func (s *solver) wake(dx, dy int) {
	s.pairs(dx, dy, func(c int, here, there []int32) {
		for i, f := range here {
			if f == there[i] {
				s.calm[c+i], s.calm[c+i+dy*s.b.columns+dx] = false, false
			}
		}
	})
}

// pairs calls visit for the faces in each row, from cell c on, and those at the offset from them.
func (s *solver) pairs(dx, dy int, visit func(c int, here, there []int32)) {
	b := s.b
	n := b.columns - abs(dx)
	if n <= 0 {
		return
	}
	for y := range b.rows - dy {
		c := y*b.columns + max(0, -dx)
		visit(c, b.shown[c:c+n], b.shown[c+dy*b.columns+dx:][:n])
	}
}

// offset numbers one of each pair of opposite offsets.
func offset(i int) (dx, dy int) {
	i += farthest + 1
	return i%(2*farthest+1) - farthest, i / (2*farthest + 1)
}

func abs(x int) int { return max(x, -x) }
