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
	if len(s.b.free) < enough {
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
		if s.b.apart(dx, dy) < s.b.rules.distance || !(over > 0) {
			continue
		}
		even = false
		s.wake(dx, dy)
		*s.at(dx, dy) += spreadStep * over
		*s.at(s.b.opposite(dx, dy)) += spreadStep * over
	}
	return even
}

// repeats counts the cells that show the same face as the cell at the offset, out of how many there
// are.
func (s *solver) repeats(dx, dy int) (same, pairs int) {
	s.pairs(dx, dy, func(c, o, n int) {
		pairs += n
		same += s.same(c, o, n, func(int, int) {})
	})
	return same, pairs
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
	here, there := b.tile[c:c+n], b.tile[o:o+n]
	for i, t := range here {
		if u := there[i]; t != empty && u != empty && b.face[t] == b.face[u] && !(b.settled[c+i] && b.settled[o+i]) {
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
