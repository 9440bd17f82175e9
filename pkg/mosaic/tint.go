package mosaic

import (
	"image"
	"math"

	"smalti/pkg/colour"
)

// shift is the shift of a tile in a cell. It adds to what is said of the tint, with the sum for the
// mean.
func (p *Plan) shift(r *tintRange, tile, cell colour.Lab) [3]float32 {
	offset, moved := r.towards(tile, cell, p.Tint.Limit)
	p.Tint.Mean += moved
	p.Tint.Largest = max(p.Tint.Largest, moved)
	return toYCbCr(offset)
}

// headroom is the part of the limit that is used, so that rounding in the poster cannot break it.
const headroom = 0.99

// towards returns the offsets in R, G and B that move the tile's mean towards goal, at most by
// limit, and how far they move it.
func (r *tintRange) towards(from, goal colour.Lab, limit float64) (offset colour.Light, moved float64) {
	whole := colour.Distance(from, goal)
	part := 1.0
	if whole > headroom*limit {
		part = headroom * limit / whole
	}
	// A channel that clipping stops short bends the way. Then less is done, until it is neither
	// farther than allowed nor away from the goal.
	for range 8 {
		var way colour.Lab
		for i := range way {
			way[i] = from[i] + part*(goal[i]-from[i])
		}
		light := colour.FromLab(way)
		for ch := range 3 {
			offset[ch] = r.offsetFor(ch, light[ch])
		}
		now := r.mean(offset)
		if moved = colour.Distance(from, now); moved <= limit && colour.Distance(now, goal) <= whole {
			return offset, moved
		}
		part *= 0.8
	}
	return colour.Light{}, 0
}

// toYCbCr converts an offset (JFIF 1.02, which has ITU-R BT.601's weights in full range). Offsets
// have no zero point to add.
func toYCbCr(o colour.Light) [3]float32 {
	y := 0.299*o[0] + 0.587*o[1] + 0.114*o[2]
	return [3]float32{float32(y), float32((o[2] - y) / 1.772), float32((o[0] - y) / 1.402)}
}

// maxClipping is how many levels the pixels of a tile may lose on average to clipping, in each channel,
// when an offset is added to them. What is black or white before has nothing to lose. Four levels out
// of 255 are hardly seen.
const maxClipping = 4

// tintRange tells what happens to a tile's mean when an offset is added to all its pixels. Adding a
// constant to Y, Cb and Cr adds a constant to R, G and B, so the three channels can be looked at one
// by one, and their histograms say everything.
type tintRange struct {
	most      int          // the largest offset looked at, in 8-bit levels
	low, high [3]int       // the offsets at which clipping begins to be seen
	meanLight [3][]float32 // the channel's mean light after adding -span to span
}

// widestOffset returns a span that is enough for moving a colour by so many CIELAB units: near black, where
// a unit is the fewest levels apart, and for blue, which moves it the least, about six levels each.
func widestOffset(tint float64) int { return int(min(128, 4+6*tint)) }

func newTintRange(img *image.NRGBA, span int) *tintRange {
	r := &tintRange{most: span}
	var histogram [3][256]int
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		row := img.Pix[y*img.Stride:][:4*w]
		for i := 0; i < len(row); i += 4 {
			p := row[i : i+3 : i+3]
			histogram[0][p[0]]++
			histogram[1][p[1]]++
			histogram[2][p[2]]++
		}
	}
	light := lightOf()
	for ch := range 3 {
		bins := &histogram[ch]
		r.low[ch] = -clippingOffset(w*h, span, func(i int) int { return bins[i] })
		r.high[ch] = clippingOffset(w*h, span, func(i int) int { return bins[255-i] })
		var share [256]float32
		for v, n := range bins {
			share[v] = float32(n) / float32(w*h)
		}
		r.meanLight[ch] = make([]float32, 2*span+1)
		for o := range r.meanLight[ch] {
			r.meanLight[ch][o] = meanAfter(&share, light, o-span)
		}
	}
	return r
}

// meanAfter is the mean of light after adding o to levels, each with its share. What clips to black
// adds nothing, what clips to white adds 1.
func meanAfter(share, light *[256]float32, o int) float32 {
	from, to := share[max(0, -o):min(256, 256-o)], light[max(0, o):min(256, 256+o)]
	var even, odd float32
	for len(from) >= 2 && len(to) >= 2 {
		even += from[0] * to[0]
		odd += from[1] * to[1]
		from, to = from[2:], to[2:]
	}
	if len(from) == 1 {
		even += from[0] * to[0]
	}
	for _, s := range share[min(256, 256-o):] {
		even += s
	}
	return even + odd
}

// clippingOffset is by how many levels pixels can be moved towards the end of the scale that bins begin at.
func clippingOffset(pixels, span int, bin func(i int) int) int {
	gone, sum := 0, 0 // pixels that have reached the end, and the levels they lost
	for o := range span {
		if o > 0 {
			gone += bin(o)
		}
		if sum += gone; sum > maxClipping*pixels {
			return o
		}
	}
	return span
}

// mean is the tile's mean after adding o to its R, G and B.
func (r *tintRange) mean(o colour.Light) colour.Lab {
	var c colour.Light
	for ch, m := range r.meanLight {
		k := min(int(math.Floor(o[ch]))+r.most, 2*r.most-1)
		f := o[ch] - float64(k-r.most)
		c[ch] = float64(m[k])*(1-f) + float64(m[k+1])*f
	}
	return colour.ToLab(c)
}

// offsetFor is how many levels must be added to channel ch for its mean light to become want, or as
// near to it as clipping allows.
func (r *tintRange) offsetFor(ch int, want float64) float64 {
	m := r.meanLight[ch]
	lo, hi := r.low[ch]+r.most, r.high[ch]+r.most
	switch {
	case want <= float64(m[lo]):
		return float64(r.low[ch])
	case want >= float64(m[hi]):
		return float64(r.high[ch])
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; float64(m[mid]) <= want {
			lo = mid
		} else {
			hi = mid
		}
	}
	a, b := float64(m[lo]), float64(m[hi])
	return float64(lo-r.most) + (want-a)/(b-a)
}

// lightnessRange is how far the mean's L* can go down (0 or less) and up.
func (r *tintRange) lightnessRange(mean colour.Lab) (down, up float32) {
	var low, high colour.Light
	for ch := range 3 {
		low[ch], high[ch] = float64(r.low[ch]), float64(r.high[ch])
	}
	return float32(min(0, r.mean(low)[0]-mean[0])), float32(max(0, r.mean(high)[0]-mean[0]))
}
