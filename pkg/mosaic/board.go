package mosaic

// rules are the options that the solver keeps, after what the numbers forbid was relaxed.
type rules struct {
	distance int // at least 1
	maxUses  int // at least 1
	everyone bool
}

const empty = -1

// board is the grid while it is being filled. Some cells may be settled: they keep the tile that
// they have, or stay empty, and do not count.
type board struct {
	columns, rows int
	brick         bool
	rules         rules
	free          []int     // the cells that are not settled
	settled       []bool    // of each cell
	people        []int     // of each tile: by how many times more often than others it may be used
	before        []int     // of each tile: how often it is used elsewhere
	face          []int32   // of each tile
	tile          []int32   // of each cell, or empty
	shown         []int32   // the face of each cell; of empty ones, one more than there are
	holders       [][]int32 // the cells of each tile, in no particular order
	at            []int32   // where a cell is in its tile's holders
}

func newBoard(columns, rows int, face []int, r rules) *board {
	b := &board{
		columns: columns, rows: rows, rules: r,
		face: make([]int32, len(face)), tile: make([]int32, columns*rows), shown: make([]int32, columns*rows),
		holders: make([][]int32, len(face)), at: make([]int32, columns*rows),
		settled: make([]bool, columns*rows), people: make([]int, len(face)), before: make([]int, len(face)),
	}
	for t, f := range face {
		b.face[t] = int32(f)
		b.people[t] = 1
	}
	b.free = make([]int, len(b.tile))
	for c := range b.tile {
		b.set(c, empty)
		b.free[c] = c
	}
	return b
}

// settle has the cells that are settled keep a tile, or stay empty.
func (b *board) settle(settled []bool, tile []int32) {
	b.settled = settled
	b.free = b.free[:0]
	for c := range b.tile {
		if settled[c] {
			b.set(c, tile[c])
		} else {
			b.free = append(b.free, c)
		}
	}
}

func (b *board) uses(t int32) int { return b.before[t] + len(b.holders[t]) }

// limit is the most uses of tile t on this board.
func (b *board) limit(t int32) int { return b.rules.maxUses*b.people[t] - b.before[t] }

// set places t, or empty, in cell c without telling the holders.
func (b *board) set(c int, t int32) {
	b.tile[c], b.shown[c] = t, int32(len(b.face))
	if t != empty {
		b.shown[c] = b.face[t]
	}
}

// put places t, or empty, in cell c, whatever was there.
func (b *board) put(c int, t int32) {
	if old := b.tile[c]; old != empty {
		h := b.holders[old]
		last := h[len(h)-1]
		h[b.at[c]] = last
		b.at[last] = b.at[c]
		b.holders[old] = h[:len(h)-1]
	}
	b.set(c, t)
	if t != empty {
		b.at[c] = int32(len(b.holders[t]))
		b.holders[t] = append(b.holders[t], int32(c))
	}
}

// tally finds all holders anew, after set.
func (b *board) tally() {
	for t := range b.holders {
		b.holders[t] = b.holders[t][:0]
	}
	for _, c := range b.free {
		if t := b.tile[c]; t != empty {
			b.at[c] = int32(len(b.holders[t]))
			b.holders[t] = append(b.holders[t], int32(c))
		}
	}
}

func (b *board) clear() {
	for _, c := range b.free {
		b.set(c, empty)
	}
	b.tally()
}

// near reports whether a cell other than c closer than the repeat distance shows face f.
func (b *board) near(c int, f int32) bool {
	d := b.rules.distance
	x, y := c%b.columns, c/b.columns
	for v := max(0, y-d+1); v < min(b.rows, y+d); v++ {
		x0, x1 := b.line(x, y, v, d)
		for u, g := range b.shown[v*b.columns+x0 : v*b.columns+x1] {
			if g == f && v*b.columns+x0+u != c {
				return true
			}
		}
	}
	return false
}

// room reports whether tile t may be used once more.
func (b *board) room(t int32) bool { return len(b.holders[t]) < b.limit(t) }

// spare reports whether cell c can lose its tile.
func (b *board) spare(c int) bool {
	t := b.tile[c]
	return t == empty || !b.rules.everyone || b.uses(t) > 1
}

// mostUses is the most uses of a tile, for each of its people.
func (b *board) mostUses() int {
	most := 0
	for t, n := range b.people {
		most = max(most, (b.uses(int32(t))+n-1)/n)
	}
	return most
}
