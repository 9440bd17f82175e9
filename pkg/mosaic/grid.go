package mosaic

// rules are the options, less what the numbers alone make impossible.
type rules struct {
	distance int // at least 1
	maxUses  int // of one tile, at least 1
	share    int // most uses of a face, at least 1
	least    int // uses of a face
}

// most is the most uses of a face that only one tile shows.
func (r rules) most() int { return min(r.maxUses, r.share) }

// grid is the assignment of tiles to cells while it is made. Settled cells keep their tile, or stay
// empty; the solver works on the free ones.
type grid struct {
	columns, rows int
	brick         bool
	rules         rules
	free          []int     // the cells that are not settled
	settled       []bool    // of each cell
	copies        []int     // of each tile: how many tiles show its face; it may be used for each of them
	usesElsewhere []int     // of each tile: its uses in large cells
	tile          []int32   // of each cell
	empty         int32     // stands for a tile where there is none: the number of tiles
	holders       [][]int32 // the cells of each tile, in no particular order
	holderIndex   []int32   // where a cell is in its tile's holders
	settledWith   [][]int32 // the settled cells of each tile; nil if there are none
}

func newGrid(columns, rows int, copies []int, r rules) *grid {
	cells, tiles := columns*rows, len(copies)
	g := &grid{
		columns: columns, rows: rows, rules: r, copies: copies, empty: int32(tiles), usesElsewhere: make([]int, tiles),
		free: make([]int, cells), settled: make([]bool, cells), tile: make([]int32, cells),
		holders: make([][]int32, tiles), holderIndex: make([]int32, cells),
	}
	for c := range g.tile {
		g.tile[c], g.free[c] = g.empty, c
	}
	return g
}

// settle fixes some cells, with a tile or empty.
func (g *grid) settle(settled []bool, tile []int32) {
	g.settled = settled
	g.free = g.free[:0]
	g.settledWith = make([][]int32, len(g.holders))
	for c := range g.tile {
		if settled[c] {
			g.tile[c] = tile[c]
			if t := tile[c]; t != g.empty {
				g.settledWith[t] = append(g.settledWith[t], int32(c))
			}
		} else {
			g.free = append(g.free, c)
		}
	}
}

func (g *grid) uses(t int32) int { return g.usesElsewhere[t] + len(g.holders[t]) }

// limit is the most uses of tile t in this grid.
func (g *grid) limit(t int32) int {
	return min(g.rules.maxUses*g.copies[t], g.rules.share) - g.usesElsewhere[t]
}

// put puts t, or g.empty, into cell c and keeps the holders up to date.
func (g *grid) put(c int, t int32) {
	if old := g.tile[c]; old != g.empty {
		h := g.holders[old]
		last := h[len(h)-1]
		h[g.holderIndex[c]] = last
		g.holderIndex[last] = g.holderIndex[c]
		g.holders[old] = h[:len(h)-1]
	}
	g.tile[c] = t
	if t != g.empty {
		g.holderIndex[c] = int32(len(g.holders[t]))
		g.holders[t] = append(g.holders[t], int32(c))
	}
}

// countHolders computes all holders, after cells changed without put.
func (g *grid) countHolders() {
	for t := range g.holders {
		g.holders[t] = g.holders[t][:0]
	}
	for _, c := range g.free {
		if t := g.tile[c]; t != g.empty {
			g.holderIndex[c] = int32(len(g.holders[t]))
			g.holders[t] = append(g.holders[t], int32(c))
		}
	}
}

func (g *grid) clear() {
	for _, c := range g.free {
		g.tile[c] = g.empty
	}
	g.countHolders()
}

// mayAdd reports whether tile t may be used once more.
func (g *grid) mayAdd(t int32) bool { return len(g.holders[t]) < g.limit(t) }

// mayRemove reports whether cell c may lose its tile.
func (g *grid) mayRemove(c int) bool {
	t := g.tile[c]
	return t == g.empty || g.uses(t) > g.rules.least
}

// mostUses is the most uses of a tile, divided among its copies.
func (g *grid) mostUses() int {
	most := 0
	for t, n := range g.copies {
		most = max(most, (g.uses(int32(t))+n-1)/n)
	}
	return most
}
