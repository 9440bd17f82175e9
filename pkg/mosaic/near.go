package mosaic

// tooClose is the distance rule: it reports whether another cell within the repeat distance of c
// holds tile t. The holders must be up to date.
func (g *grid) tooClose(c int, t int32) bool {
	if len(g.holders[t]) > g.mostAround() {
		return g.standsAround(c, t)
	}
	for _, o := range g.holders[t] {
		if g.near(c, int(o)) {
			return true
		}
	}
	if g.settledWith != nil {
		for _, o := range g.settledWith[t] {
			if g.near(c, int(o)) {
				return true
			}
		}
	}
	return false
}

// near reports whether o is another cell within the repeat distance of c.
func (g *grid) near(c, o int) bool {
	if far := g.rules.distance * g.columns; o-c >= far || c-o >= far {
		return false // so many rows apart
	}
	return o != c && g.distance(g.offset(c, o)) < g.rules.distance
}

// mostAround is how many cells may be within the repeat distance of one.
func (g *grid) mostAround() int {
	d := g.rules.distance
	return min(2*d, g.columns) * min(2*d-1, g.rows)
}

// standsAround is tooClose for a tile that has more cells than there are around c.
func (g *grid) standsAround(c int, t int32) bool {
	d := g.rules.distance
	x, y := c%g.columns, c/g.columns
	for v := max(0, y-d+1); v < min(g.rows, y+d); v++ {
		x0, x1 := g.columnsWithin(x, y, v, d)
		for u, other := range g.tile[v*g.columns+x0 : v*g.columns+x1] {
			if other == t && v*g.columns+x0+u != c {
				return true
			}
		}
	}
	return false
}
