package mosaic

import (
	"context"
	"image"
	"math"
	"math/rand/v2"
	"slices"

	"smalti/pkg/colour"
)

// A tile has one mean and its own detail: it cannot follow a target that changes. So large cells go where
// the target is smooth.
const (
	maxActivity    = 7    // root mean square difference from the mean under a large cell, in CIELAB units
	activityJitter = 1.5  // chance, so that smooth areas have cells of several sizes
	outlierWeight  = 0.35 // of the cell that differs most
	chromaWeight   = 0.5  // of a* and b* beside L*
)

// mostShare is the share of the picture that cells of a size may cover.
var mostShare = map[int]float64{4: 0.36, 2: 0.34}

// largeCells chooses where large cells go. They are aligned, so that a cell of four covers four cells of
// two exactly.
type largeCells struct {
	columns, rows int
	x, y          int       // where the first of them begins
	span          []int     // of each cell: the side of the cell that covers it
	colours       []moments // of each cell's part of the target
	random        *rand.Rand
}

func newLargeCells(cells []descriptor, o Options) *largeCells {
	d := &largeCells{
		columns: o.Columns, rows: o.Rows, x: o.Columns % 4 / 2, y: o.Rows % 4 / 2,
		span: make([]int, len(cells)), colours: make([]moments, len(cells)), random: rand.New(rand.NewPCG(o.Seed, 2)),
	}
	for c := range cells {
		d.span[c] = 1
		for _, s := range cells[c].four {
			d.colours[c].add(s)
		}
	}
	return d
}

// choose puts cells of a size where the target is smooth and leaves at least so many small ones. It
// returns how many it chose.
func (d *largeCells) choose(span, small int) (n int) {
	room := min(d.count(1)-small, int(mostShare[span]*float64(len(d.span))))
	for _, b := range d.smoothest(span) {
		if room -= span * span; room < 0 {
			break
		}
		d.eachCell(b, span, func(c int) { d.span[c] = span })
		n++
	}
	return n
}

// smoothest lists the first cells of the blocks that are smooth enough and not yet part of a larger cell,
// the smoothest first.
func (d *largeCells) smoothest(span int) (blocks []int) {
	var found []candidate
	w, h := d.blocks(span)
	for i := range w * h {
		c := d.firstCellOf(i, span)
		if d.span[c] > 1 {
			continue
		}
		chance := activityJitter * (2*d.random.Float64() - 1)
		if busy := d.activity(c, span); busy <= maxActivity {
			found = append(found, candidate{tile: int32(c), cost: float32(busy + chance)})
		}
	}
	slices.SortFunc(found, byCost)
	for _, f := range found {
		blocks = append(blocks, int(f.tile))
	}
	return blocks
}

// activity is how much the target varies under a block.
func (d *largeCells) activity(first, span int) float64 {
	var all moments
	d.eachCell(first, span, func(c int) { all.join(d.colours[c]) })
	most := 0.0
	d.eachCell(first, span, func(c int) { most = max(most, all.from(d.colours[c])) })
	return math.Sqrt(all.variance()) + outlierWeight*most
}

// origin is where the blocks of a size begin.
func (d *largeCells) origin(span int) (x, y int) {
	if span == 1 {
		return 0, 0
	}
	return d.x, d.y
}

// blocks is how many blocks of a size there are each way.
func (d *largeCells) blocks(span int) (columns, rows int) {
	x, y := d.origin(span)
	return (d.columns - x) / span, (d.rows - y) / span
}

// firstCellOf is the first cell of block i.
func (d *largeCells) firstCellOf(i, span int) int {
	w, _ := d.blocks(span)
	x, y := d.origin(span)
	return (y+i/w*span)*d.columns + x + i%w*span
}

// describe describes all blocks of a size.
func (d *largeCells) describe(ctx context.Context, target *image.NRGBA, span int) ([]descriptor, error) {
	x0, y0, x1, _ := crop(target.Rect.Dx(), target.Rect.Dy(), float64(d.columns), float64(d.rows))
	side := (x1 - x0) / float64(d.columns)
	w, h := d.blocks(span)
	x, y := x0+side*float64(d.x), y0+side*float64(d.y)
	return describeBox(ctx, target, x, y, x+side*float64(w*span), y+side*float64(h*span), w, h, func(int, int) {})
}

// eachCell calls f for each cell of a block.
func (d *largeCells) eachCell(first, span int, f func(c int)) {
	for y := range span {
		for x := range span {
			f(first + y*d.columns + x)
		}
	}
}

// count is how many cells of a size there are.
func (d *largeCells) count(span int) (n int) {
	for _, s := range d.span {
		if s == span {
			n++
		}
	}
	return n / (span * span)
}

// moments of some colours.
type moments struct {
	n, square float64
	sum       colour.Lab
}

func (m *moments) add(c colour.Lab) {
	c[1] *= chromaWeight
	c[2] *= chromaWeight
	m.n++
	for i, v := range c {
		m.sum[i] += v
		m.square += v * v
	}
}

func (m *moments) join(o moments) {
	m.n += o.n
	m.square += o.square
	for i, v := range o.sum {
		m.sum[i] += v
	}
}

func (m *moments) variance() float64 {
	return max(0, m.square/m.n-math.Pow(colour.Distance(colour.Lab{}, m.sum)/m.n, 2))
}

// from is how far the mean of o is from m's.
func (m *moments) from(o moments) float64 {
	for i := range o.sum {
		o.sum[i] = o.sum[i]/o.n - m.sum[i]/m.n
	}
	return colour.Distance(colour.Lab{}, o.sum)
}
