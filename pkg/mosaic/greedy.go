package mosaic

import "context"

// fill gives every empty cell, in random order, the best tile that the repeat distance and the most uses
// allow. It reports whether every cell got one.
func (s *solver) fill(ctx context.Context) bool {
	g := s.grid
	repairs := 0
	for _, i := range s.random.Perm(len(g.free)) {
		c := g.free[i]
		if g.tile[c] != g.empty {
			continue
		}
		if t := s.bestAllowed(c); t != g.empty {
			g.put(c, t)
			continue
		}
		repairs++
		if ctx.Err() != nil || repairs > mostRepairs || !s.makeRoom(c) {
			return false
		}
	}
	return true
}

// mostRepairs is the number of dead ends after which fill gives up.
const mostRepairs = 100

// bestAllowed returns the best tile for cell c that has uses left and is not repeated near it, or g.empty.
func (s *solver) bestAllowed(c int) int32 {
	g := s.grid
	for _, e := range s.shortlists.of(c) {
		if g.mayAdd(e.tile) && !g.tooClose(c, e.tile) {
			return e.tile
		}
	}
	s.around.collect(g, c)
	best, least := g.empty, float32(forbidden)
	for t := range int32(s.costs.tiles()) {
		if s.around.has(t) || !g.mayAdd(t) {
			continue
		}
		if v, e := s.costs.bestView(c, int(t), least-s.price[t]); v >= 0 {
			best, least = t, e+s.price[t]
		}
	}
	return best
}

// makeRoom fills cell c, for which no tile with uses left is allowed, with the tile of another cell, which
// gets a new one. It takes the best of such exchanges.
func (s *solver) makeRoom(c int) bool {
	g := s.grid
	var from int
	best := g.empty
	var least float32
	for _, other := range s.randomCells(fewestTried) {
		t := g.tile[other]
		if t == g.empty {
			continue
		}
		g.put(other, g.empty)
		if g.mayAdd(t) && !g.tooClose(c, t) {
			g.put(c, t)
			if u := s.bestAllowed(other); u != g.empty {
				loss := s.costs.cost(c, int(t)) + s.costs.cost(other, int(u)) - s.costs.cost(other, int(t))
				if best == g.empty || loss < least {
					from, best, least = other, u, loss
				}
			}
			g.put(c, g.empty)
		}
		g.put(other, t)
	}
	if best == g.empty {
		return false
	}
	t := g.tile[from]
	g.put(from, best)
	g.put(c, t)
	return true
}

// fewestTried is the least number of cells in which something is tried, if there are so many.
const fewestTried = 4096

// randomCells returns up to n different free cells in random order.
func (s *solver) randomCells(n int) []int {
	cells := s.random.Perm(len(s.grid.free))
	cells = cells[:min(n, len(cells))]
	for i, c := range cells {
		cells[i] = s.grid.free[c]
	}
	return cells
}
