package mosaic

import (
	"context"

	"smalti/pkg/parallel"
)

// farthest is up to which offset, in cells, repeats are watched: the eye sees repeats at one
// offset again and again as wallpaper.
const farthest = 12

const (
	enough     = 600  // cells that a grid must have for repeats to be a pattern and not chance
	tolerated  = 1.9  // the share of repeats at one offset, over the mean share
	pattern    = 1.99 // the same, as nobody should see it
	spreadStep = 1.2  // by how much a repeat gets dearer for each unit above that
)

// dearSpread is from which price on a repeat at an offset is worth looking at.
const dearSpread = 0.03

// priced is an offset, in columns and rows, at which a repeat costs something.
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
	if b.brick {
		s.across++ // offsets between staggered rows reach one further to the left
	}
	s.spread = make([]float32, (2*s.down+1)*(2*s.across+1))
	for dy := -s.down; dy <= s.down; dy++ {
		for dx := -s.across; dx <= s.across; dx++ {
			d := b.apart(dx, dy)
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
	for y := range s.priced {
		list := s.priced[y][:0]
		for dy := -s.down; dy <= s.down; dy++ {
			for dx := -s.across; dx <= s.across; dx++ {
				if p := *s.at(dx, dy); p > 0 {
					d := dx + s.b.slant(y, y+dy)
					list = append(list, priced{int32(d), int32(dy), int32(dy*s.b.columns + d), p})
				}
			}
		}
		s.priced[y] = list
	}
}

// at is what a repeat at an offset costs.
func (s *solver) at(dx, dy int) *float32 {
	return &s.spread[(dy+s.down)*(2*s.across+1)+dx+s.across]
}

// between is what it costs that cells c and o show the same face.
func (s *solver) between(c, o int) float32 {
	dx, dy := s.b.offset(c, o)
	if abs(dx) > s.across || abs(dy) > s.down {
		return 0
	}
	return *s.at(dx, dy)
}

// raiseSpread makes repeats dearer at the offsets where they are too common, and wakes the cells
// that stand in such a repeat. It returns the largest of their shares over the mean share, or 0.
func (s *solver) raiseSpread() (most float32) {
	const half = farthest*(2*farthest+1) + farthest
	if len(s.b.free) < enough {
		return 0
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
	for i := range share {
		dx, dy := offset(i)
		ratio := share[i] * offsets / sum
		if s.b.apart(dx, dy) < s.b.rules.distance || !(ratio > tolerated) {
			continue
		}
		most = max(most, ratio)
		over := ratio - tolerated
		s.wake(dx, dy)
		*s.at(dx, dy) += spreadStep * over
		*s.at(s.b.opposite(dx, dy)) += spreadStep * over
	}
	if most > 0 {
		s.listSpread()
	}
	return most
}

// shares finds which share of the cells shows the same face as the cell at each offset; -1 where there
// is no such cell.
func (s *solver) shares(share []float32) {
	parallel.Ranges(context.Background(), len(share), 16, nil, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			dx, dy := offset(i)
			same, pairs := 0, 0
			s.pairs(dx, dy, func(c, o, n int) {
				pairs += n
				same += s.same(c, o, n, func(int, int) {})
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
	s.pairs(dx, dy, func(c, o, n int) {
		s.same(c, o, n, func(c, o int) { s.calm[c], s.calm[o] = false, false })
	})
}

// same calls visit for those of n pairs of cells, from c and o on, that show the same face and can
// change that, and counts them.
func (s *solver) same(c, o, n int, visit func(c, o int)) (found int) {
	b := s.b
	here, there := b.shown[c:c+n], b.shown[o:o+n]
	for i, f := range here {
		if f == there[i] && !(b.settled[c+i] && b.settled[o+i]) {
			visit(c+i, o+i)
			found++
		}
	}
	return found
}

// pairs calls visit for each row, with the first of n cells in a line and of those at the offset from
// them.
func (s *solver) pairs(dx, dy int, visit func(c, o, n int)) {
	b := s.b
	for y := range b.rows - dy {
		d := dx + b.slant(y, y+dy)
		if n := b.columns - abs(d); n > 0 {
			c := y*b.columns + max(0, -d)
			visit(c, c+dy*b.columns+d, n)
		}
	}
}

// offset numbers one of each pair of opposite offsets.
func offset(i int) (dx, dy int) {
	i += farthest + 1
	return i%(2*farthest+1) - farthest, i / (2*farthest + 1)
}

func abs(x int) int { return max(x, -x) }
