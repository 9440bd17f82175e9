package mosaic

// farthest is up to which offset, in cells, repeats are watched: the eye sees repeats at one
// offset again and again as wallpaper.
const farthest = 12

var (
	tolerated  float32 = 1.8
	spreadStep float32 = 1.2
)

// raiseSpread makes repeats dearer at the offsets where they are too common. It reports whether
// there are none.
func (s *solver) raiseSpread() bool {
	const half = farthest*(2*farthest+1) + farthest
	b := s.b
	var share [half]float32
	var sum float32
	for i := range share {
		dx, dy := offset(i)
		same, pairs := 0, 0
		for y := range b.rows - dy {
			lo, hi := max(0, -dx), min(b.columns, b.columns-dx)
			if hi <= lo {
				break
			}
			here := b.tile[y*b.columns+lo : y*b.columns+hi]
			there := b.tile[(y+dy)*b.columns+lo+dx:][:len(here)]
			for k, t := range here {
				if b.face[t] == b.face[there[k]] {
					same++
				}
			}
			pairs += len(here)
		}
		if pairs > 0 {
			share[i] = float32(same) / float32(pairs)
		}
		sum += share[i]
	}
	mean := sum / half
	if mean == 0 {
		return true
	}
	even := true
	side := 2*s.radius + 1
	for i := range share {
		dx, dy := offset(i)
		if max(abs(dx), dy) < b.rules.distance {
			continue
		}
		if over := share[i]/mean - tolerated; over > 0 {
			even = false
			s.spread[(s.radius+dy)*side+s.radius+dx] += spreadStep * over
			s.spread[(s.radius-dy)*side+s.radius-dx] += spreadStep * over
		}
	}
	if !even {
		clear(s.calm)
	}
	return even
}

// offset numbers one of each pair of opposite offsets.
func offset(i int) (dx, dy int) {
	i += farthest + 1
	return i%(2*farthest+1) - farthest, i / (2*farthest + 1)
}

func abs(x int) int { return max(x, -x) }
