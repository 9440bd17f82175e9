package mosaic

import "math"

// Weights of what is wrong with a tile in a cell, in CIEDE2000 units. They were found by trying, on
// photographs, what comes out nearest to the target in CIEDE2000 and structural similarity at one,
// two and four samples per cell side.
type weights struct {
	Close  float32 // how much the difference seen close up counts against that of the means
	Light  float32
	Chroma float32
	Shape  float32 // of the tile's own structural dissimilarity
	Tint   float32 // of each unit of tint that is used
}

var tuned = weights{Close: 0.4, Light: 0.7, Chroma: 0.7, Shape: 4, Tint: 0.1}

// grain is a look ready to be compared.
type grain struct {
	lab      [3]float32  // the mean
	even     even        // the mean
	variance float32     // of l
	l        [16]float32 // L*, 4 x 4 samples, about their mean
	ab       [8]float32  // chroma, 2 x 2 samples, about their mean
}

// matcher says how badly a tile does in a cell.
type matcher struct {
	tint       float32
	cell, tile []grain
}

func newMatcher(cells []look, p *photos, tint float64) *matcher {
	return &matcher{tint: float32(tint), cell: grains(cells), tile: grains(p.look)}
}

func grains(looks []look) []grain {
	all := make([]grain, len(looks))
	for i := range looks {
		l, g := &looks[i], &all[i]
		g.even = toEven(l.one)
		for k := range 3 {
			g.lab[k] = float32(l.one[k])
		}
		mean := 0.0
		for _, s := range l.four {
			mean += s[0] / 16
		}
		for k, s := range l.four {
			g.l[k] = float32(s[0] - mean)
			g.variance += g.l[k] * g.l[k] / 16
		}
		var two [4]even
		var sum even
		for q := range 4 {
			two[q] = toEven(l.two[q])
			for k := range 3 {
				sum[k] += two[q][k] / 4
			}
		}
		w := sqrt(tuned.Chroma / 4)
		for q := range 4 {
			g.ab[2*q] = w * (two[q][1] - sum[1])
			g.ab[2*q+1] = w * (two[q][2] - sum[2])
		}
	}
	return all
}

// far is how badly tile t does in cell c seen from afar: by its mean colour, after the tint. It is
// never more than cost.
func (m *matcher) far(c, t int) float32 {
	a, b := &m.cell[c], &m.tile[t]
	l, x, y := a.even[0]-b.even[0], a.even[1]-b.even[1], a.even[2]-b.even[2]
	e := sqrt(l*l + x*x + y*y)
	if m.tint == 0 {
		return e
	}
	part, moved := m.move(a, b)
	return e*(1-part) + tuned.Tint*moved
}

// move is the part of the way from tile b to cell a that the tint allows, and how far that is.
func (m *matcher) move(a, b *grain) (part, distance float32) {
	l, x, y := a.lab[0]-b.lab[0], a.lab[1]-b.lab[1], a.lab[2]-b.lab[2]
	d := sqrt(l*l + x*x + y*y)
	if d <= m.tint {
		return 1, d
	}
	return m.tint / d, m.tint
}

// cost is how badly tile t does in cell c.
func (m *matcher) cost(c, t int) float32 { return m.near(c, t, m.far(c, t)) }

// near completes far to cost by what is seen close up.
func (m *matcher) near(c, t int, far float32) float32 {
	a, b := &m.cell[c], &m.tile[t]
	var s0, s1, s2, s3 float32
	for i := 0; i < 16; i += 4 {
		s0 += a.l[i] * b.l[i]
		s1 += a.l[i+1] * b.l[i+1]
		s2 += a.l[i+2] * b.l[i+2]
		s3 += a.l[i+3] * b.l[i+3]
	}
	v := a.variance + b.variance
	both := (s0 + s1 + s2 + s3) / 8 // twice the covariance
	s0, s1, s2, s3 = 0, 0, 0, 0
	for i := 0; i < 8; i += 4 {
		d0, d1, d2, d3 := a.ab[i]-b.ab[i], a.ab[i+1]-b.ab[i+1], a.ab[i+2]-b.ab[i+2], a.ab[i+3]-b.ab[i+3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	e := sqrt(far*far + tuned.Light*(v-both) + s0 + s1 + s2 + s3)
	return far + tuned.Close*(e-far) + tuned.Shape*(1-(both+contrast)/(v+contrast))
}

// lightness of 2 x 2 samples, and what the tint will add to it in cell c.
func (m *matcher) lift(c, t int) float32 {
	if m.tint == 0 {
		return 0
	}
	a, b := &m.cell[c], &m.tile[t]
	part, _ := m.move(a, b)
	return part * (a.lab[0] - b.lab[0])
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
