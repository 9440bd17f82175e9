package poster

import (
	"image"
)

// Poster is a picture made of tiles, ready to be written. It is safe for concurrent use.
type Poster struct {
	*encoder
	header []byte
}

// New codes the tiles that the grid uses, which is all of the work that depends on pixels. Tiles are
// square and opaque; they are scaled to the cell's side. The error is an [*InputError].
func New(tiles []*image.NRGBA, grid Grid, o Options) (*Poster, error) {
	o, err := prepare(tiles, &grid, o)
	if err != nil {
		return nil, err
	}
	c, err := newEncoder(tiles, &grid, o, []int{0, o.mcus(o.Width)})
	if err != nil {
		return nil, err
	}
	return &Poster{encoder: c, header: c.header(c.Size(), appendColour(densitySegment(o.DPI)))}, nil
}

// prepare checks all input and completes the options.
func prepare(tiles []*image.NRGBA, g *Grid, o Options) (Options, error) {
	if err := checkTiles(tiles); err != nil {
		return o, err
	}
	if err := g.check(len(tiles)); err != nil {
		return o, err
	}
	return o.complete(g)
}

// encoder holds everything that rows are composed of.
type encoder struct {
	options Options
	layout  *layout
	mcuRows int // of MCUs
	rows    []segmentRow
	words   []uint64
	quant   [2]*quantiser
	tables  tables
	dc      [2]dcCodes
	shading *shading // nil if no cell has one
}

// tables are Huffman tables by destination and class.
type tables [2][2]*huffman

// newEncoder codes the tiles for a grid that is cut into strips, given in MCUs.
func newEncoder(tiles []*image.NRGBA, g *Grid, o Options, strips []int) (*encoder, error) {
	t := newTransformer(&o)
	l, err := newLayout(g, len(tiles), o.mcus(o.Tile), strips, t.shift)
	if err != nil {
		return nil, err
	}
	c := &encoder{options: o, layout: l, mcuRows: o.mcus(o.Height), quant: t.quant}
	pictures := l.transformAll(tiles, &o)
	c.rows = l.makeRows(pictures, t)
	if len(l.shaded) > 0 {
		c.shading = newShading(l, pictures, t)
	}
	counts := l.count(pictures, c.rows, o.Subsampling, c.mcuRows)
	if c.shading != nil {
		c.shading.count(counts, pictures, c.mcuRows)
	}
	for d := range c.tables {
		for class := range c.tables[d] {
			c.tables[d][class] = newHuffman(&counts[d][class])
		}
		c.dc[d] = newDCCodes(c.tables[d][dcTable])
	}
	c.words = l.encodeAll(pictures, c.rows, o.Subsampling, &c.tables)
	if c.shading != nil {
		c.shading.encode(pictures, &c.tables, &c.dc)
	}
	return c, nil
}

// Size returns the picture's size in pixels.
func (e *encoder) Size() image.Point { return image.Pt(e.options.Width, e.options.Height) }

// shift quantises a cell's shift.
func (t *transformer) shift(c *Cell) (s [3]int16) {
	for i, levels := range c.Shift {
		s[i] = int16(t.quant[min(i, 1)].shift(levels))
	}
	return s
}
