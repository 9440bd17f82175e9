package mosaic

import (
	"math"

	"smalti/pkg/colour"
	"smalti/pkg/parallel"
)

// weights say how much each error of a tile in a cell counts, in CIEDE2000 units. They were found by
// experiments on photographs: these give mosaics that are closest to the target in CIEDE2000, PSNR and
// structural similarity at one, two and four samples per cell side together.
type weights struct {
	detail             float32 // share of the difference of samples, the rest being that of the means
	ownStructure       float32 // structural dissimilarity within the cell
	lightnessError     float32 // squared difference in lightness beyond what is tolerated
	neighbourStructure float32 // structural dissimilarity of the windows around the cell
}

// Where every cell can have a tile of nearly its colour, structure decides. Where few photos have the
// target's colours, or their uses are limited, colour comes first. Fair shares leave little choice by colour, but
// many tiles of nearly the same: structure then decides again.
var (
	plenty = weights{detail: 0.85, ownStructure: 6, lightnessError: 0.05, neighbourStructure: 12.5}
	poor   = weights{detail: 0.6, ownStructure: 3.5, lightnessError: 0.0125, neighbourStructure: 4.5}
	shared = weights{detail: 0.6, ownStructure: 3.5, lightnessError: 0.0125, neighbourStructure: 12}
	scarce = weights{detail: 0.2, ownStructure: 0.7, lightnessError: 0.003, neighbourStructure: 4}
)

// mix is the weights between w and o, at part of the way.
func (w weights) mix(o weights, part float32) weights {
	return weights{
		detail: w.detail + part*(o.detail-w.detail), ownStructure: w.ownStructure + part*(o.ownStructure-w.ownStructure),
		lightnessError: w.lightnessError + part*(o.lightnessError-w.lightnessError), neighbourStructure: w.neighbourStructure + part*(o.neighbourStructure-w.neighbourStructure),
	}
}

const (
	lightnessDetail    = 0.58 // weights within the difference of samples
	chromaDetail       = 1.1
	toleratedLightness = 4   // CIELAB units
	tintPenalty        = 0.1 // for each CIELAB unit that a tile is tinted
	loudPenalty        = 0.6 // for each CIELAB unit that a tile is louder than it may be in the cell; see loud.go
)

// features are a descriptor in the form that is compared fast.
type features struct {
	mean            [3]float32  // the mean
	perceptual      perceptual  // the mean
	darker, lighter float32     // of a tile: how far the tint can move its lightness
	loudness        float32     // of a tile; of a cell, what a tile may have there
	variance        float32     // of lightness
	lightness       [16]float32 // L*, 4 x 4 samples, about their mean
	chroma          [8]float32  // chroma, 2 x 2 samples, about their mean
	meanLightness   float32     // that of the samples of lightness
}

// colour is the mean.
func (g *features) colour() (c colour.Lab) {
	for k, v := range g.mean {
		c[k] = float64(v)
	}
	return c
}

// matcher computes what a tile costs in a cell: the smaller, the better it looks there. A tile is shown in the
// one of its views, the whole or a crop, that costs least there.
type matcher struct {
	weights
	tint        float32
	cell, view  []features
	firstView   []int32 // of each tile; a last one for the end
	viewSpreads []spreads
	groups      []cellGroup
	group       []int32 // of each cell
}

func newMatcher(cells []descriptor, p *photos, tint float64, w weights) *matcher {
	return &matcher{weights: w, tint: float32(tint), cell: allFeatures(cells), view: p.looks, firstView: p.firstView}
}

func (m *matcher) tiles() int { return len(m.firstView) - 1 }

func allFeatures(looks []descriptor) []features {
	all := make([]features, len(looks))
	parallel.Each(len(looks), func(i int) { all[i] = newFeatures(&looks[i]) })
	return all
}

func newFeatures(l *descriptor) (g features) {
	g.perceptual, g.loudness = toPerceptual(l.one), l.loudness
	for k := range 3 {
		g.mean[k] = float32(l.one[k])
	}
	mean := 0.0
	for _, s := range l.four {
		mean += s[0] / 16
	}
	g.meanLightness = float32(mean)
	for k, s := range l.four {
		g.lightness[k] = float32(s[0] - mean)
		g.variance += g.lightness[k] * g.lightness[k] / 16
	}
	var two [4]perceptual
	var sum perceptual
	for q := range 4 {
		two[q] = toPerceptual(l.two[q])
		for k := range 3 {
			sum[k] += two[q][k] / 4
		}
	}
	w := sqrt(chromaDetail / 4)
	for q := range 4 {
		g.chroma[2*q] = w * (two[q][1] - sum[1])
		g.chroma[2*q+1] = w * (two[q][2] - sum[2])
	}
	return g
}

// meanCost is the cost of a view in a cell by its mean colour after the tint, as seen from afar. It is
// never more than cost. Nothing else is called as often.
func (m *matcher) meanCost(a, b *features) float32 {
	l, x, y := a.perceptual[0]-b.perceptual[0], a.perceptual[1]-b.perceptual[1], a.perceptual[2]-b.perceptual[2]
	light := a.mean[0] - b.mean[0]
	if m.tint == 0 {
		return sqrt(l*l+x*x+y*y) + m.lightnessError*excess(light)
	}
	part, moved := m.reach(light, a.mean[1]-b.mean[1], a.mean[2]-b.mean[2])
	lift := 1 - b.lift(light, part)
	part = 1 - part
	l *= lift
	x *= part
	y *= part
	return sqrt(l*l+x*x+y*y) + m.lightnessError*excess(light*lift) + tintPenalty*moved
}

// excess is the square of a difference in lightness beyond what is tolerated. Large errors stand out more
// than their share in the mean; small ones must not outweigh colour.
func excess(light float32) float32 {
	over := float32(math.Abs(float64(light))) - toleratedLightness
	if over <= 0 {
		return 0
	}
	return over * over
}

// reach returns the part of a way in CIELAB that the tint allows, and its length.
func (m *matcher) reach(l, x, y float32) (part, distance float32) {
	if d := sqrt(l*l + x*x + y*y); d > m.tint {
		return m.tint / d, m.tint
	} else {
		return 1, d
	}
}

// lift is the part of a way of l in lightness that is left of part of it where clipping stops it.
func (g *features) lift(l, part float32) float32 {
	if way := part * l; way < g.darker {
		return g.darker / l
	} else if way > g.lighter {
		return g.lighter / l
	}
	return part
}

// cost is the cost of tile t in cell c.
func (m *matcher) cost(c, t int) float32 {
	_, cost := m.bestView(c, t, 2*forbidden)
	return cost
}

// bestView returns the view of tile t that costs least in cell c, and that cost. If none costs less than limit, it
// returns that, and -1.
func (m *matcher) bestView(c, t int, limit float32) (view int32, cost float32) {
	view, cost = -1, limit
	a, first := &m.cell[c], m.firstView[t]
	views := m.view[first:m.firstView[t+1]]
	for i := range views {
		far := m.meanCost(a, &views[i])
		if far >= cost {
			continue
		}
		if e := m.addDetailCost(a, &views[i], far); e < cost {
			view, cost = first+int32(i), e
		}
	}
	return view, cost
}

// addDetailCost completes a meanCost to the cost.
func (m *matcher) addDetailCost(a, b *features, far float32) float32 {
	var s0, s1, s2, s3 float32
	for i := 0; i < 16; i += 4 {
		s0 += a.lightness[i] * b.lightness[i]
		s1 += a.lightness[i+1] * b.lightness[i+1]
		s2 += a.lightness[i+2] * b.lightness[i+2]
		s3 += a.lightness[i+3] * b.lightness[i+3]
	}
	variance := a.variance + b.variance
	both := (s0 + s1 + s2 + s3) / 8 // twice the covariance
	s0, s1, s2, s3 = 0, 0, 0, 0
	for i := 0; i < 8; i += 4 {
		d0, d1, d2, d3 := a.chroma[i]-b.chroma[i], a.chroma[i+1]-b.chroma[i+1], a.chroma[i+2]-b.chroma[i+2], a.chroma[i+3]-b.chroma[i+3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	e := sqrt(far*far + lightnessDetail*max(0, variance-both) + s0 + s1 + s2 + s3) // rounding may bring variance below both
	return far + m.detail*(e-far) + m.ownStructure*(1-(both+contrast)/(variance+contrast)) + loudPenalty*max(0, b.loudness-a.loudness)
}

// lightnessShift is what the tint will add to the lightness of view v in cell c.
func (m *matcher) lightnessShift(c, v int) float32 {
	if m.tint == 0 {
		return 0
	}
	a, b := &m.cell[c], &m.view[v]
	l := a.mean[0] - b.mean[0]
	part, _ := m.reach(l, a.mean[1]-b.mean[1], a.mean[2]-b.mean[2])
	return b.lift(l, part) * l
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// perceptual is a colour in a space whose plain distance is close to CIEDE2000, which would be too slow to
// compute millions of times. Lightness and chroma are CIELAB's, compressed by the integrals of that
// formula's weights S_L and S_C, and a* is stretched near grey as there. (DIN 99 has the same idea.)
type perceptual [3]float32

func toPerceptual(c colour.Lab) perceptual {
	l := math.Copysign(math.Log1p(0.015*math.Abs(c[0]-50))/0.015, c[0]-50)
	c7 := math.Pow(math.Hypot(c[1], c[2]), 7)
	a := c[1] * (1.5 - 0.5*math.Sqrt(c7/(c7+6103515625))) // 25^7
	chroma := math.Hypot(a, c[2])
	if chroma == 0 {
		return perceptual{float32(l)}
	}
	squeeze := math.Log1p(0.045*chroma) / 0.045 / chroma
	return perceptual{float32(l), float32(a * squeeze), float32(c[2] * squeeze)}
}
