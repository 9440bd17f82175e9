package mosaic

// rules are the options that the solver keeps, after what the numbers forbid was relaxed.
type rules struct {
	distance int // at least 1
	maxUses  int // at least 1
	everyone bool
}

const empty = -1

// grid is the grid while it is being filled. Some cells may be settled: they keep the tile that
// they have, or stay empty, and do not count.
type grid struct {
	columns, rows int
	brick         bool
	rules         rules
	free          []int     // the cells that are not settled
	settled       []bool    // of each cell
	copies        []int     // of each tile: by how many times more often than others it may be used
	usesElsewhere []int     // of each tile: how often it is used elsewhere
	face          []int32   // of each tile
	tile          []int32   // of each cell, or empty
	faceAt        []int32   // the face of each cell; of empty ones, one more than there are
	holders       [][]int32 // the cells of each tile, in no particular order
	holderIndex   []int32   // where a cell is in its tile's holders
}

func newGrid(columns, rows int, face []int, r rules) *grid {
	g := &grid{
		columns: columns, rows: rows, rules: r,
		face: make([]int32, len(face)), tile: make([]int32, columns*rows), faceAt: make([]int32, columns*rows),
		holders: make([][]int32, len(face)), holderIndex: make([]int32, columns*rows),
		settled: make([]bool, columns*rows), copies: make([]int, len(face)), usesElsewhere: make([]int, len(face)),
	}
	for t, f := range face {
		g.face[t] = int32(f)
		g.copies[t] = 1
	}
	g.free = make([]int, len(g.tile))
	for c := range g.tile {
		g.set(c, empty)
		g.free[c] = c
	}
	return g
}

// settle has the cells that are settled keep a tile, or stay empty.
func (g *grid) settle(settled []bool, tile []int32) {
	g.settled = settled
	g.free = g.free[:0]
	for c := range g.tile {
		if settled[c] {
			g.set(c, tile[c])
		} else {
			g.free = append(g.free, c)
		}
	}
}

func (g *grid) uses(t int32) int { return g.usesElsewhere[t] + len(g.holders[t]) }

// limit is the most uses of tile t on this grid.
func (g *grid) limit(t int32) int { return g.rules.maxUses*g.copies[t] - g.usesElsewhere[t] }

// set places t, or empty, in cell c without telling the holders.
func (g *grid) set(c int, t int32) {
	g.tile[c], g.faceAt[c] = t, int32(len(g.face))
	if t != empty {
		g.faceAt[c] = g.face[t]
	}
}

// put places t, or empty, in cell c, whatever was there.
func (g *grid) put(c int, t int32) {
	if old := g.tile[c]; old != empty {
		h := g.holders[old]
		last := h[len(h)-1]
		h[g.holderIndex[c]] = last
		g.holderIndex[last] = g.holderIndex[c]
		g.holders[old] = h[:len(h)-1]
	}
	g.set(c, t)
	if t != empty {
		g.holderIndex[c] = int32(len(g.holders[t]))
		g.holders[t] = append(g.holders[t], int32(c))
	}
}

// countHolders finds all holders anew, after set.
func (g *grid) countHolders() {
	for t := range g.holders {
		g.holders[t] = g.holders[t][:0]
	}
	for _, c := range g.free {
		if t := g.tile[c]; t != empty {
			g.holderIndex[c] = int32(len(g.holders[t]))
			g.holders[t] = append(g.holders[t], int32(c))
		}
	}
}

func (g *grid) clear() {
	for _, c := range g.free {
		g.set(c, empty)
	}
	g.countHolders()
}

// tooClose reports whether a cell other than c closer than the repeat distance shows face f.
func (g *grid) tooClose(c int, f int32) bool {
	d := g.rules.distance
	x, y := c%g.columns, c/g.columns
	for v := max(0, y-d+1); v < min(g.rows, y+d); v++ {
		x0, x1 := g.columnsWithin(x, y, v, d)
		for u, shown := range g.faceAt[v*g.columns+x0 : v*g.columns+x1] {
			if shown == f && v*g.columns+x0+u != c {
				return true
			}
		}
	}
	return false
}

// mayAdd reports whether tile t may be used once more.
func (g *grid) mayAdd(t int32) bool { return len(g.holders[t]) < g.limit(t) }

// mayRemove reports whether cell c can lose its tile.
func (g *grid) mayRemove(c int) bool {
	t := g.tile[c]
	return t == empty || !g.rules.everyone || g.uses(t) > 1
}

// mostUses is the most uses of a tile, for each of its people.
func (g *grid) mostUses() int {
	most := 0
	for t, n := range g.copies {
		most = max(most, (g.uses(int32(t))+n-1)/n)
	}
	return most
}
