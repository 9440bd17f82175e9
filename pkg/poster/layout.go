package poster

import "math/bits"

// A picture is one tile at one size.
type picture struct{ tile, span int }

// A segment is what is coded once and copied as often as needed: the columns of MCUs from <= column < to
// of a picture. That is all of it unless a cell is cut.
type segment struct{ picture, from, to int }

// A placement is a segment in a cell: what the cell adds to each row of MCUs of a band.
type placement struct {
	row      int32    // of the first row of the band; before rows are made, the segment
	skipRows int16    // rows of MCUs of the segment above this band: large cells cross several
	shift    [3]int16 // added to the DC values, quantised
	shaded   int32    // number of the shaded cell plus 1, or 0; then row and shift mean nothing
}

// layout divides a grid into bands, which are its rows. For a pyramid the bands are cut into strips, each
// for a picture of its own; a poster is one strip.
type layout struct {
	pictures   []picture
	segments   []segment
	uses       []int64     // of each segment: in how many placements it is
	placements []placement // of all bands and of their strips, from left to right
	starts     []int       // where the placements of each strip of each band begin, and the end
	strips     []int       // where the strips begin, and where the last one ends, in MCUs
	shaded     []shadedCell

	tile          int               // a cell's side, in MCUs
	cutSegments   map[segment]int32 // segments of cut cells
	wholeSegments [][3]int32        // of each tile at a span of 1, 2 and 4: the whole segment's number plus 1, or 0
	pictureOf     map[picture]int
}

// newLayout divides a grid. The side of a cell and the strips are in MCUs.
func newLayout(g *Grid, tiles, tile int, strips []int, shift func(*Cell) [3]int16) (*layout, error) {
	owners, err := g.owners()
	if err != nil {
		return nil, err
	}
	l := &layout{
		placements: make([]placement, 0, len(g.Cells)), starts: make([]int, 0, g.Rows*(len(strips)-1)+1), strips: strips,
		tile: tile, cutSegments: map[segment]int32{}, wholeSegments: make([][3]int32, tiles), pictureOf: map[picture]int{},
	}
	for row := range g.Rows {
		l.addBand(g, owners, row, shift)
	}
	l.starts = append(l.starts, len(l.placements))
	return l, nil
}

// addBand cuts a row of the grid into strips.
func (l *layout) addBand(g *Grid, owners []int32, row int, shift func(*Cell) [3]int16) {
	x := 0
	if g.Brick && row%2 == 1 {
		x = -l.tile / 2
	}
	strip := 0
	l.starts = append(l.starts, len(l.placements))
	for column := 0; column < g.Columns; {
		at := row*g.Columns + column
		if owners != nil {
			at = int(owners[at])
		}
		c := &g.Cells[at]
		span := max(c.Span, 1)
		p := placement{skipRows: int16((row - at/g.Columns) * l.tile), shift: shift(c)}
		for end := x + span*l.tile; ; {
			from, to := max(x, l.strips[strip]), min(end, l.strips[strip+1])
			switch {
			case from >= to:
			case c.Shading != nil:
				l.shaded = append(l.shaded, shadedCell{c, l.pictureNumber(c.Tile, span), from - x, to - x})
				p.shaded = int32(len(l.shaded))
				l.placements = append(l.placements, p)
			default:
				p.row = l.segmentOf(c.Tile, span, from-x, to-x)
				l.uses[p.row]++
				l.placements = append(l.placements, p)
			}
			if end < l.strips[strip+1] || strip == len(l.strips)-2 {
				break
			}
			strip++
			l.starts = append(l.starts, len(l.placements))
		}
		x += span * l.tile
		column += span
	}
}

// segmentOf returns the number of a segment, a new one if it is not known.
func (l *layout) segmentOf(tile, span, from, to int) int32 {
	if from > 0 || to < span*l.tile {
		u := segment{l.pictureNumber(tile, span), from, to}
		n, known := l.cutSegments[u]
		if !known {
			n = l.newSegment(u)
			l.cutSegments[u] = n
		}
		return n
	}
	n := &l.wholeSegments[tile][bits.Len(uint(span))-1]
	if *n == 0 {
		*n = l.newSegment(segment{l.pictureNumber(tile, span), from, to}) + 1
	}
	return *n - 1
}

func (l *layout) newSegment(u segment) int32 {
	l.segments = append(l.segments, u)
	l.uses = append(l.uses, 0)
	return int32(len(l.segments) - 1)
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

// owners returns for each place the number of the cell that fills it, or nil if there are no large cells.
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
