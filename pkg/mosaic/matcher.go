package mosaic

import (
	"context"
	"math"

	"smalti/pkg/parallel"
)

// weights says how much what can be wrong with a tile in a cell counts, in CIEDE2000 units. They were
// found by trying, on photographs, what comes out nearest to the target in CIEDE2000, PSNR and
// structural similarity, at one, two and four samples per cell side together.
type weights struct {
	close     float32 // how much the difference seen close up counts against that of the means
	shape     float32 // of the tile's own structural dissimilarity
	square    float32 // of the square of the difference in lightness, beyond what passes
	structure float32 // of the structural dissimilarity around a cell
}

// Where every cell can have a tile of nearly its colour, structure decides. Where few photos have the
// target's colours, or uses are rationed, colour comes first: a fine line in the wrong lightness is of
// no use.
var (
	plenty = weights{close: 0.85, shape: 6, square: 0.05, structure: 12.5}
	poor   = weights{close: 0.6, shape: 3.5, square: 0.0125, structure: 4.5}
	scarce = weights{close: 0.2, shape: 0.7, square: 0.003, structure: 4}
)

// towards is the weights on the way from w to o, a part of it.
func (w weights) towards(o weights, part float32) weights {
	return weights{
		close: w.close + part*(o.close-w.close), shape: w.shape + part*(o.shape-w.shape),
		square: w.square + part*(o.square-w.square), structure: w.structure + part*(o.structure-w.structure),
	}
}

// Weights within the difference seen close up, and of each CIELAB unit of tint.
const (
	lightDetail  = 0.58
	colourDetail = 1.1
	passes       = 4 // CIELAB units of lightness
	tinting      = 0.1
)

// grain is a look ready to be compared.
type grain struct {
	lab      [3]float32  // the mean
	even     even        // the mean
	down, up float32     // of a tile: how far its lightness can go
	variance float32     // of l
	l        [16]float32 // L*, 4 x 4 samples, about their mean
	ab       [8]float32  // chroma, 2 x 2 samples, about their mean
}

// matcher says how badly a tile does in a cell.
type matcher struct {
	weights
	tint       float32
	cell, tile []grain
	kind       []int32   // of each cell
	kinds      [][]bound // for each kind of cell, all tiles
}

func newMatcher(cells []look, p *photos, tint float64, w weights) *matcher {
	m := &matcher{weights: w, tint: float32(tint), cell: grains(cells), tile: grains(p.look)}
	for t := range m.tile {
		if tint == 0 {
			break
		}
		m.tile[t].down, m.tile[t].up = p.reach[t].lightness(p.look[t].one)
	}
	return m
}

func grains(looks []look) []grain {
	all := make([]grain, len(looks))
	parallel.Ranges(context.Background(), len(looks), 256, nil, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			all[i] = grainOf(&looks[i])
		}
	})
	return all
}

func grainOf(l *look) (g grain) {
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
	w := sqrt(colourDetail / 4)
	for q := range 4 {
		g.ab[2*q] = w * (two[q][1] - sum[1])
		g.ab[2*q+1] = w * (two[q][2] - sum[2])
	}
	return g
}

// far is how badly tile t does in cell c seen from afar: by its mean colour, after the tint. It is
// never more than cost.
func (m *matcher) far(c, t int) float32 {
	a, b := &m.cell[c], &m.tile[t]
	l, x, y := a.even[0]-b.even[0], a.even[1]-b.even[1], a.even[2]-b.even[2]
	light := a.lab[0] - b.lab[0]
	if m.tint == 0 {
		return sqrt(l*l+x*x+y*y) + m.square*gross(light)
	}
	part, lift, moved := m.move(a, b)
	l *= 1 - lift
	x *= 1 - part
	y *= 1 - part
	light *= 1 - lift
	return sqrt(l*l+x*x+y*y) + m.square*gross(light) + tinting*moved
}

// gross is the square of a difference in lightness beyond what passes. Large errors stand out more
// than their share in the mean, and no structure is worth them; small ones are not to outweigh colour.
func gross(light float32) float32 {
	over := max(0, max(light, -light)-passes)
	return over * over
}

// move is the part of the way from tile b to cell a that the tint allows, the same for lightness
// alone, where black and white may be nearer, and how far in all that is.
func (m *matcher) move(a, b *grain) (part, light, distance float32) {
	l, x, y := a.lab[0]-b.lab[0], a.lab[1]-b.lab[1], a.lab[2]-b.lab[2]
	d := sqrt(l*l + x*x + y*y)
	part, distance = 1, d
	if d > m.tint {
		part, distance = m.tint/d, m.tint
	}
	light = part
	if way := part * l; way < b.down {
		light = b.down / l
	} else if way > b.up {
		light = b.up / l
	}
	return part, light, distance
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
	e := sqrt(far*far + lightDetail*max(0, v-both) + s0 + s1 + s2 + s3) // rounding may bring v below both
	return far + m.close*(e-far) + m.shape*(1-(both+contrast)/(v+contrast))
}

// lightness of 2 x 2 samples, and what the tint will add to it in cell c.
func (m *matcher) lift(c, t int) float32 {
	if m.tint == 0 {
		return 0
	}
	a, b := &m.cell[c], &m.tile[t]
	_, light, _ := m.move(a, b)
	return light * (a.lab[0] - b.lab[0])
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
