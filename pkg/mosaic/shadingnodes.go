package mosaic

import (
	"math"

	"smalti/pkg/colour"
)

// nodes are a shading in levels of R, G and B.
type nodes [3][samples * samples]float32

// maxNode is the most levels of a shading at one node.
const maxNode = 45

// leastSlope is how much light grows for each level just above black.
const leastSlope = 1 / (12.92 * 255)

// offsets returns nodes whose field moves the sixteenths about as asked.
func (v *view) offsets(by [samples * samples]colour.Lab) *nodes {
	var asked nodes
	levels := colour.Levels()
	for i, was := range v.colours() {
		for k := range was {
			was[k] += by[i][k]
		}
		want := colour.FromLab(was)
		for ch, now := range v.light[i] {
			step := (want[ch] - now) / max(v.slope[i][ch], leastSlope)
			// Light bends upwards: the slope of level^2.4 grows by this part of itself for each level.
			bend := 1.4 / (float64(levels[int(min(max(now, 0), 1)*65535)]) + 14)
			step /= max(0.5, 1+bend/2*step)
			asked[ch][i] = float32(min(max(step, -maxNode), maxNode))
		}
	}
	field := asked
	for ch := range field {
		sharpen(&field[ch], &asked[ch])
	}
	return &field
}

// sharpen changes nodes, which begin as asked, so that the means of their field over the sixteenths are nearer to what
// was asked: interpolation blurs. Two rounds make up for most of it, and do not overshoot much.
func sharpen(field, asked *[samples * samples]float32) {
	for range 2 {
		var rows, is [samples * samples]float32
		for i := range field {
			first := i / samples * samples
			rows[i] = blurred(field[i], field[max(i-1, first)], field[min(i+1, first+samples-1)])
		}
		for i := range field {
			first := i % samples
			is[i] = blurred(rows[i], rows[max(i-samples, first)], rows[min(i+samples, first+samples*(samples-1))])
		}
		for i := range field {
			field[i] += asked[i] - is[i]
		}
	}
}

// blurred is the mean of a field over the stretch of a node, with the nodes beside.
func blurred(node, before, after float32) float32 { return node*0.75 + (before+after)*0.125 }

func (n *nodes) scale(by float32) {
	for ch := range n {
		for i := range n[ch] {
			n[ch][i] *= by
		}
	}
}

// round returns the nodes in Y, Cb and Cr.
func (n *nodes) round() *Shading {
	s := &Shading{}
	for i := range n[0] {
		for c, v := range toYCbCr(colour.Light{float64(n[0][i]), float64(n[1][i]), float64(n[2][i])}) {
			s[c][i] = int8(math.Round(float64(min(max(v, -maxNode), maxNode))))
		}
	}
	return s
}

// nodes is the inverse of round.
func (s *Shading) nodes() *nodes {
	n := &nodes{}
	for i := range s[0] {
		for ch, v := range toRGB([3]float32{float32(s[0][i]), float32(s[1][i]), float32(s[2][i])}) {
			n[ch][i] = v
		}
	}
	return n
}

// toRGB is the inverse of toYCbCr.
func toRGB(s [3]float32) [3]float32 {
	return [3]float32{s[0] + 1.402*s[2], s[0] - 0.344136*s[1] - 0.714136*s[2], s[0] + 1.772*s[1]}
}
