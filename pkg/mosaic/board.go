package mosaic

// rules are the options that the solver keeps, after what the numbers forbid was relaxed.
type rules struct {
	distance int // at least 1
	maxUses  int // at least 1
	everyone bool
}

const empty = -1

// board is the grid while it is being filled.
type board struct {
	columns, rows int
	rules         rules
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
	}
	for t, f := range face {
		b.face[t] = int32(f)
	}
	for c := range b.tile {
		b.set(c, empty)
	}
	return b
}

func (b *board) uses(t int32) int { return len(b.holders[t]) }

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
	for c, t := range b.tile {
		if t != empty {
			b.at[c] = int32(len(b.holders[t]))
			b.holders[t] = append(b.holders[t], int32(c))
		}
	}
}

func (b *board) clear() {
	for c := range b.tile {
		b.set(c, empty)
	}
	b.tally()
}

// near reports whether a cell other than c closer than the repeat distance shows face f.
func (b *board) near(c int, f int32) bool {
	d := b.rules.distance
	x, y := c%b.columns, c/b.columns
	x0, x1 := max(0, x-d+1), min(b.columns, x+d)
	for v := max(0, y-d+1); v < min(b.rows, y+d); v++ {
		for u, g := range b.shown[v*b.columns+x0 : v*b.columns+x1] {
			if g == f && v*b.columns+x0+u != c {
				return true
			}
		}
	}
	return false
}

// within reports whether two cells are at most so many cells apart.
func (b *board) within(c, o, across, down int) bool {
	return abs(c%b.columns-o%b.columns) <= across && abs(c/b.columns-o/b.columns) <= down
}

// room reports whether tile t may be used once more.
func (b *board) room(t int32) bool { return b.uses(t) < b.rules.maxUses }

// spare reports whether cell c can lose its tile.
func (b *board) spare(c int) bool {
	t := b.tile[c]
	return t == empty || !b.rules.everyone || b.uses(t) > 1
}

func (b *board) mostUses() int {
	most := 0
	for _, h := range b.holders {
		most = max(most, len(h))
	}
	return most
}
