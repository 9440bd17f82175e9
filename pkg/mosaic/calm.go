package mosaic

import (
	"math"
	"math/rand/v2"
	"slices"
)

// What makes a part of the target calm enough for one large tile. A tile has one mean and its own
// detail: it cannot follow what changes below it.
const (
	calmest   = 7    // the most difference from the mean, in CIELAB units, root mean square, under a large cell
	mixed     = 1.5  // by how much chance moves that, so that calm parts are not of one size only
	odd       = 0.35 // how much the cell that differs most counts beside the mean
	chromatic = 0.5  // how much a* and b* count beside L*
)

// shares of the picture that cells of a size may cover at most.
var shares = map[int]float64{4: 0.36, 2: 0.34}

// division says where large cells stand. They lie on a common lattice, so that a cell of four covers
// four of two exactly.
type division struct {
	columns, rows int
	x, y          int   // where the lattice begins
	span          []int // of each cell: the side of the cell that covers it
}

// divide finds the calm parts of the target. It leaves at least small cells of the least size.
func divide(cells []look, columns, rows, small, largest int, seed uint64) *division {
	d := &division{columns: columns, rows: rows, x: columns % 4 / 2, y: rows % 4 / 2, span: make([]int, len(cells))}
	for c := range d.span {
		d.span[c] = 1
	}
	m := make([]moments, len(cells))
	for c := range cells {
		for _, s := range cells[c].four {
			m[c].add(s)
		}
	}
	random := rand.New(rand.NewPCG(seed, 2))
	free := len(cells) - small
	for span := largest; span > 1; span /= 2 {
		room := min(free, int(shares[span]*float64(len(cells))))
		for _, b := range d.calm(m, span, random) {
			if room -= span * span; room < 0 {
				break
			}
			free -= span * span
			d.visit(b, span, func(c int) { d.span[c] = span })
		}
	}
	return d
}

// calm lists the first cells of the blocks that are calm enough and not yet part of a larger one, the
// calmest first.
func (d *division) calm(m []moments, span int, random *rand.Rand) (blocks []int) {
	var found []candidate
	w, h := d.size(span)
	for i := range w * h {
		c := d.cell(i, span)
		if d.span[c] > 1 {
			continue
		}
		chance := mixed * (2*random.Float64() - 1)
		if busy := d.busy(m, c, span); busy <= calmest {
			found = append(found, candidate{int32(c), float32(busy + chance)})
		}
	}
	slices.SortFunc(found, byCost)
	for _, f := range found {
		blocks = append(blocks, int(f.tile))
	}
	return blocks
}

// busy is how much the target differs from its mean under a block.
func (d *division) busy(m []moments, first, span int) float64 {
	var all moments
	d.visit(first, span, func(c int) { all.join(m[c]) })
	most := 0.0
	d.visit(first, span, func(c int) { most = max(most, all.from(m[c])) })
	return math.Sqrt(all.variance()) + odd*most
}

// size is how many blocks there are each way. Those of 1 are the cells themselves.
func (d *division) size(span int) (columns, rows int) {
	if span == 1 {
		return d.columns, d.rows
	}
	return (d.columns - d.x) / span, (d.rows - d.y) / span
}

// cell is the first cell of block i.
func (d *division) cell(i, span int) int {
	if span == 1 {
		return i
	}
	w, _ := d.size(span)
	return (d.y+i/w*span)*d.columns + d.x + i%w*span
}

// visit calls f for each cell of a block.
func (d *division) visit(first, span int, f func(c int)) {
	for y := range span {
		for x := range span {
			f(first + y*d.columns + x)
		}
	}
}

// count is how many cells of a size there are.
func (d *division) count(span int) (n int) {
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
	sum       lab
}

func (m *moments) add(c lab) {
	c[1] *= chromatic
	c[2] *= chromatic
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
	return max(0, m.square/m.n-math.Pow(distance(lab{}, m.sum)/m.n, 2))
}

// from is how far the mean of o is from m's.
func (m *moments) from(o moments) float64 {
	for i := range o.sum {
		o.sum[i] = o.sum[i]/o.n - m.sum[i]/m.n
	}
	return distance(lab{}, o.sum)
}
