package poster

import "math/bits"

// A picture is one tile at one size.
type picture struct{ tile, span int }

// A unit is what is coded once and copied as often as needed: a picture, or the columns of MCUs
// from <= column < to of one, where a cell is cut.
type unit struct{ picture, from, to int }

// A piece is a unit in its place: what one cell adds to each row of MCUs of a band.
type piece struct {
	run   int32    // the run in the band's first row; before runs are numbered, the unit
	skip  int16    // how many of the unit's rows of MCUs lie above this band: large cells cross several
	shift [3]int16 // added to the DC values, quantised
}

// layout is a grid taken apart into bands, which are the rows of the grid. For a pyramid the bands
// are cut into strips, of which each is a picture of its own; a poster is one strip.
type layout struct {
	pictures []picture
	units    []unit
	uses     []int64 // of each unit: how many pieces it is in
	pieces   []piece // of all bands and of their strips, from left to right
	starts   []int   // where the pieces of each strip of each band begin, and where the last one's end
	strips   []int   // where the strips begin, and where the last one ends, in MCUs

	tile      int            // a cell's side, in MCUs
	known     map[unit]int32 // cut units
	whole     [][3]int32     // for each tile, its whole unit at a span of 1, 2 and 4: one more than its number, 0 for none
	pictureOf map[picture]int
}

// newLayout takes a grid apart. The side of a cell and the strips are in MCUs.
func newLayout(g *Grid, tiles, tile int, strips []int, shift func(*Cell) [3]int16) (*layout, error) {
	owners, err := g.owners()
	if err != nil {
		return nil, err
	}
	l := &layout{
		pieces: make([]piece, 0, len(g.Cells)), starts: make([]int, 0, g.Rows*(len(strips)-1)+1), strips: strips,
		tile: tile, known: map[unit]int32{}, whole: make([][3]int32, tiles), pictureOf: map[picture]int{},
	}
	for row := range g.Rows {
		l.addBand(g, owners, row, shift)
	}
	l.starts = append(l.starts, len(l.pieces))
	return l, nil
}

// addBand cuts a row of the grid into strips.
func (l *layout) addBand(g *Grid, owners []int32, row int, shift func(*Cell) [3]int16) {
	x := 0
	if g.Brick && row%2 == 1 {
		x = -l.tile / 2
	}
	strip := 0
	l.starts = append(l.starts, len(l.pieces))
	for column := 0; column < g.Columns; {
		at := row*g.Columns + column
		if owners != nil {
			at = int(owners[at])
		}
		c := &g.Cells[at]
		span := max(c.Span, 1)
		p := piece{skip: int16((row - at/g.Columns) * l.tile), shift: shift(c)}
		for end := x + span*l.tile; ; {
			from, to := max(x, l.strips[strip]), min(end, l.strips[strip+1])
			if from < to {
				p.run = l.unitOf(c.Tile, span, from-x, to-x)
				l.uses[p.run]++
				l.pieces = append(l.pieces, p)
			}
			if end < l.strips[strip+1] || strip == len(l.strips)-2 {
				break
			}
			strip++
			l.starts = append(l.starts, len(l.pieces))
		}
		x += span * l.tile
		column += span
	}
}

// unitOf returns the number of a unit, a new one if need be.
func (l *layout) unitOf(tile, span, from, to int) int32 {
	if from > 0 || to < span*l.tile {
		u := unit{l.pictureNumber(tile, span), from, to}
		n, known := l.known[u]
		if !known {
			n = l.newUnit(u)
			l.known[u] = n
		}
		return n
	}
	n := &l.whole[tile][bits.Len(uint(span))-1]
	if *n == 0 {
		*n = l.newUnit(unit{l.pictureNumber(tile, span), from, to}) + 1
	}
	return *n - 1
}

func (l *layout) newUnit(u unit) int32 {
	l.units = append(l.units, u)
	l.uses = append(l.uses, 0)
	return int32(len(l.units) - 1)
}

func (l *layout) pictureNumber(tile, span int) int {
	p := picture{tile, span}
	n, known := l.pictureOf[p]
	if !known {
		n = len(l.pictures)
		l.pictures = append(l.pictures, p)
		l.pictureOf[p] = n
	}
	return n
}

// owners returns for each place the number of the cell that fills it, or nil where every cell
// fills its own place and no other.
func (g *Grid) owners() ([]int32, error) {
	large := false
	for i := range g.Cells {
		large = large || g.Cells[i].Span > 1
	}
	if !large {
		return nil, nil
	}
	const nobody = -1
	owners := make([]int32, len(g.Cells))
	for i := range owners {
		owners[i] = nobody
	}
	for i := range g.Cells {
		if owners[i] != nobody {
			continue
		}
		column, row, span := i%g.Columns, i/g.Columns, max(g.Cells[i].Span, 1)
		if column+span > g.Columns || row+span > g.Rows {
			return nil, invalid("the large cell in column %d of row %d reaches beyond the grid", column, row)
		}
		for y := row; y < row+span; y++ {
			for x := column; x < column+span; x++ {
				if owners[y*g.Columns+x] != nobody {
					return nil, invalid("two cells meet in column %d of row %d", x, y)
				}
				owners[y*g.Columns+x] = int32(i)
			}
		}
	}
	return owners, nil
}
