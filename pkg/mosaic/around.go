package mosaic

// tilesAround are the tiles that the distance rule keeps out of one cell. To look at all cells around it once is faster
// than to ask tooClose for each tile, at any distance. They are not safe for concurrent use.
type tilesAround struct {
	found []uint32 // of each tile, and of empty cells: the last number under which it was found
	last  uint32
}

// collect finds those of cell c.
func (a *tilesAround) collect(g *grid, c int) {
	if a.found == nil {
		a.found = make([]uint32, len(g.holders)+1)
	}
	if a.last++; a.last == 0 {
		clear(a.found)
		a.last = 1
	}
	d := g.rules.distance
	x, y := c%g.columns, c/g.columns
	for v := max(0, y-d+1); v < min(g.rows, y+d); v++ {
		x0, x1 := g.columnsWithin(x, y, v, d)
		row, found := g.tile[v*g.columns+x0:v*g.columns+x1], a.found
		if v != y {
			for _, t := range row {
				found[t] = a.last
			}
			continue
		}
		for u, t := range row {
			if x0+u != x {
				found[t] = a.last
			}
		}
	}
}

// has reports whether tile t is one of them.
func (a *tilesAround) has(t int32) bool { return a.found[t] == a.last }
