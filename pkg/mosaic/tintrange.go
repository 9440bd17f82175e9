package mosaic

import (
	"image"
	"math"

	"smalti/pkg/colour"
)

// maxClipping is how many levels of 255 the pixels of a tile may lose on average to clipping, in each
// channel: hardly visible. Pixels that were black or white before do not count.
const maxClipping = 4

// tintRange tells what happens to a tile's mean when an offset is added to all its pixels. A constant in
// Y, Cb and Cr is a constant in R, G and B, so the histograms of the three channels are all it needs.
type tintRange struct {
	most      int             // the largest offset, in 8-bit levels
	low, high [3]int          // the offsets that clipping allows
	share     [3][256]float32 // of the pixels, of each channel: those of each level
	meanLight [3][]float32    // of each channel, after adding -most to most as far as clipping allows; only after fill
}

// widestOffset returns the levels it takes at most to move a colour by so many CIELAB units: about six for
// each, near black and for blue.
func widestOffset(tint float64) int { return int(min(128, 4+6*tint)) }

// measure takes the histograms of a picture.
func (r *tintRange) measure(img *image.NRGBA, span int) {
	r.most = span
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
	for ch := range 3 {
		bins := &histogram[ch]
		r.low[ch] = -clippingOffset(w*h, span, func(i int) int { return bins[i] })
		r.high[ch] = clippingOffset(w*h, span, func(i int) int { return bins[255-i] })
		for v, n := range bins {
			r.share[ch][v] = float32(n) / float32(w*h)
		}
	}
}

// fill computes the means after each offset that clipping allows, and one more.
func (r *tintRange) fill() {
	light := lightOf()
	for ch := range 3 {
		if cap(r.meanLight[ch]) < 2*r.most+1 {
			r.meanLight[ch] = make([]float32, 2*r.most+1)
		}
		r.meanLight[ch] = r.meanLight[ch][:2*r.most+1]
		for o := r.low[ch]; o <= min(r.high[ch]+1, r.most); o++ {
			r.meanLight[ch][o+r.most] = meanAfter(&r.share[ch], light, o)
		}
	}
}

// meanAfter is the mean light after adding o to levels, each with its share. What clips to black adds
// nothing, what clips to white adds 1.
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

// clippingOffset is by how many levels pixels can be moved towards the end of the scale where bins begin.
func clippingOffset(pixels, span int, bin func(i int) int) int {
	gone, sum := 0, 0 // pixels beyond the end, and the levels that they lost
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

// mean is the tile's mean after adding o to R, G and B.
func (r *tintRange) mean(o colour.Light) colour.Lab {
	var c colour.Light
	for ch, m := range r.meanLight {
		k := min(int(math.Floor(o[ch]))+r.most, 2*r.most-1)
		f := o[ch] - float64(k-r.most)
		c[ch] = float64(m[k])*(1-f) + float64(m[k+1])*f
	}
	return colour.ToLab(c)
}

// offsetFor is how many levels must be added to channel ch for its mean light to become want, or as close
// to it as clipping allows.
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
		low[ch] = float64(meanAfter(&r.share[ch], lightOf(), r.low[ch]))
		high[ch] = float64(meanAfter(&r.share[ch], lightOf(), r.high[ch]))
	}
	return float32(min(0, colour.ToLab(low)[0]-mean[0])), float32(max(0, colour.ToLab(high)[0]-mean[0]))
}
