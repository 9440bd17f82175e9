package mosaic

import (
	"image"
	"math"

	"smalti/pkg/colour"
)

// lost is how many levels the pixels of a tile may lose on average to clipping, in each channel,
// when an offset is added to them. What is black or white before has nothing to lose. Four levels out
// of 255 are hardly seen.
const lost = 4

// reach tells what happens to a tile's mean when an offset is added to all its pixels. Adding a
// constant to Y, Cb and Cr adds a constant to R, G and B, so the three channels can be looked at one
// by one, and their histograms say everything.
type reach struct {
	span      int          // the largest offset looked at, in 8-bit levels
	low, high [3]int       // the offsets at which clipping begins to be seen
	light     [3][]float32 // the channel's mean light after adding -span to span
}

// widest returns a span that is enough for moving a colour by so many CIELAB units: near black, where
// a unit is the fewest levels apart, and for blue, which moves it the least, about six levels each.
func widest(tint float64) int { return int(min(128, 4+6*tint)) }

func reachOf(img *image.NRGBA, span int) *reach {
	r := &reach{span: span}
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
		r.low[ch] = -room(w*h, span, func(i int) int { return bins[i] })
		r.high[ch] = room(w*h, span, func(i int) int { return bins[255-i] })
		var share [256]float32
		for v, n := range bins {
			share[v] = float32(n) / float32(w*h)
		}
		r.light[ch] = make([]float32, 2*span+1)
		for o := range r.light[ch] {
			r.light[ch][o] = meanLight(&share, light, o-span)
		}
	}
	return r
}

// meanLight is the mean of light after adding o to levels, each with its share. What clips to black
// adds nothing, what clips to white adds 1.
func meanLight(share, light *[256]float32, o int) float32 {
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

// room is by how many levels pixels can be moved towards the end of the scale that bins begin at.
func room(pixels, span int, bin func(i int) int) int {
	gone, sum := 0, 0 // pixels that have reached the end, and the levels they lost
	for o := range span {
		if o > 0 {
			gone += bin(o)
		}
		if sum += gone; sum > lost*pixels {
			return o
		}
	}
	return span
}

// after is the tile's mean after adding o to its R, G and B.
func (r *reach) after(o colour.Light) colour.Lab {
	var c colour.Light
	for ch, m := range r.light {
		k := min(int(math.Floor(o[ch]))+r.span, 2*r.span-1)
		f := o[ch] - float64(k-r.span)
		c[ch] = float64(m[k])*(1-f) + float64(m[k+1])*f
	}
	return colour.ToLab(c)
}

// offset is how many levels must be added to channel ch for its mean light to become want, or as
// near to it as clipping allows.
func (r *reach) offset(ch int, want float64) float64 {
	m := r.light[ch]
	lo, hi := r.low[ch]+r.span, r.high[ch]+r.span
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
	return float64(lo-r.span) + (want-a)/(b-a)
}

// lightness is how far the mean's L* can go down (0 or less) and up.
func (r *reach) lightness(mean colour.Lab) (down, up float32) {
	var low, high colour.Light
	for ch := range 3 {
		low[ch], high[ch] = float64(r.low[ch]), float64(r.high[ch])
	}
	return float32(min(0, r.after(low)[0]-mean[0])), float32(max(0, r.after(high)[0]-mean[0]))
}
