package poster

import (
	"image"
	"sync"
)

// Poster is a picture made of tiles, ready to be written. It is safe for concurrent use.
type Poster struct {
	*coded
	header []byte

	mu     sync.Mutex
	starts []int64 // where chunks begin in the file, as far as that is known
}

// New codes the tiles that the grid uses. Tiles are square and opaque; those of another side than
// the cell's are scaled. All of the work that depends on pixels is done here. The error is an
// [*InputError].
func New(tiles []*image.NRGBA, grid Grid, o Options) (*Poster, error) {
	o, err := prepare(tiles, &grid, o)
	if err != nil {
		return nil, err
	}
	c, err := code(tiles, &grid, o, []int{0, o.inMCUs(o.Width)})
	if err != nil {
		return nil, err
	}
	p := &Poster{coded: c, header: c.header(c.Size(), appendColour(appendDensity(nil, o.DPI)))}
	p.starts = []int64{int64(len(p.header))}
	return p, nil
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

// coded is everything that rows are composed of.
type coded struct {
	options Options
	layout  *layout
	rows    int // of MCUs
	runs    []run
	words   []uint64
	quant   [2]*quantiser
	tables  tables
	dc      [2]dcCodes
}

// tables are Huffman tables by destination and class.
type tables [2][2]*huffman

// code codes the tiles for a grid that is cut into strips, which are in MCUs.
func code(tiles []*image.NRGBA, g *Grid, o Options, strips []int) (*coded, error) {
	t := newTransformer(&o)
	l, err := newLayout(g, len(tiles), o.inMCUs(o.Tile), strips, t.shift)
	if err != nil {
		return nil, err
	}
	c := &coded{options: o, layout: l, rows: o.inMCUs(o.Height), quant: t.quant}
	pictures := l.transformAll(tiles, &o)
	c.runs = l.numberRuns(pictures, t)
	counts := l.count(pictures, c.runs, o.Subsampling, c.rows)
	for d := range c.tables {
		for class := range c.tables[d] {
			c.tables[d][class] = newHuffman(&counts[d][class])
		}
		c.dc[d] = newDCCodes(c.tables[d][dcTable])
	}
	c.words = l.codeAll(pictures, c.runs, o.Subsampling, &c.tables)
	return c, nil
}

// Size returns the picture's size in pixels.
func (p *coded) Size() image.Point { return image.Pt(p.options.Width, p.options.Height) }

// shift quantises a cell's shift.
func (t *transformer) shift(c *Cell) (s [3]int16) {
	for i, levels := range c.Shift {
		s[i] = int16(t.quant[min(i, 1)].shift(levels))
	}
	return s
}
