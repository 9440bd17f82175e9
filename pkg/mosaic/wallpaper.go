package mosaic

// farthest is up to which offset, in cells, repeats are watched: the eye sees repeats at one
// offset again and again as wallpaper.
const farthest = 12

const (
	enough     = 600 // cells that a grid must have for repeats to be a pattern and not chance
	tolerated  = 1.8 // the share of repeats at one offset, over the mean share
	spreadStep = 1.2 // by how much a repeat gets dearer for each unit above that
)

// raiseSpread makes repeats dearer at the offsets where they are too common, and wakes the cells
// that stand in such a repeat. It reports whether there are none.
func (s *solver) raiseSpread() bool {
	const half = farthest*(2*farthest+1) + farthest
	if len(s.b.tile) < enough {
		return true
	}
	var share [half]float32
	var sum, offsets float32
	for i := range share {
		if same, pairs := s.repeats(offset(i)); pairs > 0 {
			share[i] = float32(same) / float32(pairs)
			sum += share[i]
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
	return even
}

// repeats counts the cells that show the same face as the cell at the offset, out of how many there
// are.
func (s *solver) repeats(dx, dy int) (same, pairs int) {
	s.pairs(dx, dy, func(c int, here, there []int32) {
		pairs += len(here)
		for i, t := range here {
			if s.b.face[t] == s.b.face[there[i]] {
				same++
			}
		}
	})
	return same, pairs
}

// wake has the cells looked at again that show the same face as the cell at the offset.
func (s *solver) wake(dx, dy int) {
	s.pairs(dx, dy, func(c int, here, there []int32) {
		for i, t := range here {
			if s.b.face[t] == s.b.face[there[i]] {
				s.calm[c+i], s.calm[c+i+dy*s.b.columns+dx] = false, false
			}
		}
	})
}

// pairs calls visit for each row, from cell c on, and the cells at the offset from it.
func (s *solver) pairs(dx, dy int, visit func(c int, here, there []int32)) {
	b := s.b
	n := b.columns - abs(dx)
	if n <= 0 {
		return
	}
	for y := range b.rows - dy {
		c := y*b.columns + max(0, -dx)
		visit(c, b.tile[c:c+n], b.tile[c+dy*b.columns+dx:][:n])
	}
}

// offset numbers one of each pair of opposite offsets.
func offset(i int) (dx, dy int) {
	i += farthest + 1
	return i%(2*farthest+1) - farthest, i / (2*farthest + 1)
}

func abs(x int) int { return max(x, -x) }
