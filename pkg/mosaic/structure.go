package mosaic

import "math"

// structure keeps up to date how similar the mosaic's structure is to the target's, while tiles
// change: the SSIM of L* (Wang, Bovik, Sheikh, Simoncelli 2004) at 2 x 2 samples per cell, in one
// window around each cell. Its windows weight whole cells by a Gaussian of the distance.
//
// It makes edges continue from cell to cell: the best tile for a cell depends on its neighbours.
type structure struct {
	columns, rows int
	brick         bool
	target        [][4]float32 // L* of each cell
	views         [][4]float32 // L* of each view of each tile
	contribution  []sums       // of each cell to the windows around
	window        []window     // of each cell
	kernel        [2*windowReach + 1]float32
	kernelBetween [2 * windowReach]float32 // between rows that are half a cell apart
}

// sums are means over the samples of a cell: y is the L* of the mosaic, x that of the target.
type sums struct{ y, yy, xy float32 }

func (s sums) minus(t sums) sums { return sums{s.y - t.y, s.yy - t.yy, s.xy - t.xy} }

// window is the weighted means around a cell.
type window struct {
	x, variance float32 // variance of x
	sums
	scale      float32 // 1 over the sum of the weights: less at the edge
	similarity float32
}

const (
	windowReach = 2    // how many cells a window reaches around its own
	luminance   = 1    // SSIM's C1, for values up to 100
	contrast    = 9    // SSIM's C2
	kernelWidth = 0.85 // standard deviation of the weights, in cells
)

func newStructure(columns, rows int, brick bool, cells []descriptor, views [][4]float32) *structure {
	s := &structure{
		columns: columns, rows: rows, brick: brick, target: lightness(cells), views: views,
		contribution: make([]sums, len(cells)), window: make([]window, len(cells)),
	}
	for i := range s.kernel {
		s.kernel[i] = kernelAt(float64(i - windowReach))
	}
	for i := range s.kernelBetween {
		s.kernelBetween[i] = kernelAt(float64(i-windowReach) + 0.5)
	}
	for c := range s.window {
		w := &s.window[c]
		var sum, xx float32
		s.around(c, func(o int, weight float32) {
			sum += weight
			for _, l := range s.target[o] {
				w.x += weight * l / 4
				xx += weight * l * l / 4
			}
		})
		w.scale = 1 / sum
		w.x /= sum
		w.variance = xx/sum - w.x*w.x
	}
	return s
}

func kernelAt(cells float64) float32 {
	d := cells / kernelWidth
	return float32(math.Exp(-d * d / 2))
}

// windowColumns returns the columns u0 <= u < u1 of row v that the window of cell x of row y reaches, with
// their weights.
func (s *structure) windowColumns(x, y, v int) (u0, u1 int, bell []float32) {
	first, bell := x-windowReach, s.kernel[:]
	if s.brick && (y-v)&1 != 0 {
		first, bell = x-windowReach+1-y&1, s.kernelBetween[:]
	}
	u0, u1 = max(0, first), min(s.columns, first+len(bell))
	return u0, u1, bell[u0-first:]
}

func lightness(looks []descriptor) [][4]float32 {
	all := make([][4]float32, len(looks))
	for i := range looks {
		all[i] = looks[i].quarters()
	}
	return all
}

// around calls visit for each cell that a window of cell c reaches, with its weight.
func (s *structure) around(c int, visit func(o int, weight float32)) {
	x, y := c%s.columns, c/s.columns
	for v := max(0, y-windowReach); v <= min(s.rows-1, y+windowReach); v++ {
		u0, u1, bell := s.windowColumns(x, y, v)
		for u := u0; u < u1; u++ {
			visit(v*s.columns+u, s.kernel[v-y+windowReach]*bell[u-u0])
		}
	}
}

// contributionOf is what view v adds to windows in cell c, made lighter by lift.
func (s *structure) contributionOf(c int, v int32, lift float32) sums {
	return s.contributionOfSamples(c, &s.views[v], lift)
}

// contributionOfSamples is contributionOf for samples of L*. The loops are unrolled because this is called
// more often than anything else.
func (s *structure) contributionOfSamples(c int, y *[4]float32, lift float32) sums {
	x := &s.target[c]
	y0, y1, y2, y3 := y[0]+lift, y[1]+lift, y[2]+lift, y[3]+lift
	return sums{
		y:  y0/4 + y1/4 + y2/4 + y3/4,
		yy: y0*y0/4 + y1*y1/4 + y2*y2/4 + y3*y3/4,
		xy: y0*x[0]/4 + y1*x[1]/4 + y2*x[2]/4 + y3*x[3]/4,
	}
}

// recomputeWindows computes the windows of the cells lo <= c < hi from the contributions.
func (s *structure) recomputeWindows(lo, hi int) {
	for c := lo; c < hi; c++ {
		w := &s.window[c]
		w.sums = sums{}
		s.around(c, func(o int, weight float32) {
			weight *= w.scale
			p := &s.contribution[o]
			w.y += weight * p.y
			w.yy += weight * p.yy
			w.xy += weight * p.xy
		})
		w.similarity = w.with(sums{}, 0)
	}
}

// with is the window's SSIM if d were added to its sums with a weight.
func (w *window) with(d sums, weight float32) float32 {
	y := w.y + weight*d.y
	both := w.x * y
	varY := w.yy + weight*d.yy - y*y
	cov := w.xy + weight*d.xy - both
	return (2*both + luminance) * (2*cov + contrast) / ((w.x*w.x + y*y + luminance) * (w.variance + varY + contrast))
}

// slope is the gradient of the sum of all similarities by the contribution of cell c.
func (s *structure) slope(c int) (all sums) {
	x, y := c%s.columns, c/s.columns
	for v := max(0, y-windowReach); v < min(s.rows, y+windowReach+1); v++ {
		down := s.kernel[v-y+windowReach]
		u0, u1, bell := s.windowColumns(x, y, v)
		row := s.window[v*s.columns+u0 : v*s.columns+u1]
		for i := range row {
			w := &row[i]
			weight := down * bell[i] * w.scale
			both := w.x * w.y
			light := w.x*w.x + w.y*w.y + luminance
			noise := w.variance + w.yy - w.y*w.y + contrast
			a := (2*both + luminance) / light
			same, spread := a/noise, w.similarity/noise
			all.yy -= weight * spread
			all.xy += weight * 2 * same
			all.y += weight * 2 * (w.x*(2*(w.xy-both)+contrast)/(light*noise) - w.x*same - w.y*w.similarity/light + w.y*spread)
		}
	}
	return all
}

func (s sums) dot(d sums) float32 { return s.y*d.y + s.yy*d.yy + s.xy*d.xy }

// gain is by how much the sum of all similarities rises if cell c contributes p.
func (s *structure) gain(c int, p sums) float32 {
	d := p.minus(s.contribution[c])
	x, y := c%s.columns, c/s.columns
	var sum float32
	for v := max(0, y-windowReach); v < min(s.rows, y+windowReach+1); v++ {
		weight := s.kernel[v-y+windowReach]
		u0, u1, bell := s.windowColumns(x, y, v)
		row := s.window[v*s.columns+u0 : v*s.columns+u1]
		for i := range row {
			w := &row[i]
			sum += w.with(d, weight*bell[i]*w.scale) - w.similarity
		}
	}
	return sum
}

// savedWindows is a copy of the windows around a cell.
type savedWindows [(2*windowReach + 1) * (2*windowReach + 1)]window

// try saves the windows around cell c and changes them as if it contributed p.
func (s *structure) try(under *savedWindows, c int, p sums) {
	s.rowsAround(c, func(k, first, n int) { copy(under[k:], s.window[first:first+n]) })
	s.add(c, p.minus(s.contribution[c]))
}

func (s *structure) restore(under *savedWindows, c int) {
	s.rowsAround(c, func(k, first, n int) { copy(s.window[first:first+n], under[k:]) })
}

// rowsAround calls visit for each row of windows around cell c: n of them from first on, and from k on in
// a copy.
func (s *structure) rowsAround(c int, visit func(k, first, n int)) {
	x, y := c%s.columns, c/s.columns
	k := 0
	for v := max(0, y-windowReach); v < min(s.rows, y+windowReach+1); v++ {
		u0, u1, _ := s.windowColumns(x, y, v)
		visit(k, v*s.columns+u0, u1-u0)
		k += u1 - u0
	}
}

// set changes the contribution of cell c to p.
func (s *structure) set(c int, p sums) {
	d := p.minus(s.contribution[c])
	s.contribution[c] = p
	s.add(c, d)
}

func (s *structure) add(c int, d sums) {
	x, y := c%s.columns, c/s.columns
	for v := max(0, y-windowReach); v < min(s.rows, y+windowReach+1); v++ {
		u0, u1, bell := s.windowColumns(x, y, v)
		down := s.kernel[v-y+windowReach]
		row := s.window[v*s.columns+u0 : v*s.columns+u1]
		for i := range row {
			w := &row[i]
			weight := down * bell[i] * w.scale
			w.y += weight * d.y
			w.yy += weight * d.yy
			w.xy += weight * d.xy
			w.similarity = w.with(sums{}, 0)
		}
	}
}
