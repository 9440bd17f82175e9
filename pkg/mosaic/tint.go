package mosaic

import (
	"image"
	"math"
)

// clipped is the largest share of a tile's pixels that a shift may drive against black or white in
// one channel, beyond those that are there already.
var clipped = 1.0

// reach tells what happens to a tile's mean when an offset is added to all its pixels. Adding a
// constant to Y, Cb and Cr adds a constant to R, G and B, so the three channels can be looked at
// one by one, and their histograms say everything.
type reach struct {
	low, high [3]int                  // offsets that clip few pixels
	mean      [3][2*span8 + 1]float32 // the channel's mean light after adding -span8 to span8
}

// span8 is the largest offset looked at, in 8-bit levels.
const span8 = 128

func reachOf(img *image.NRGBA) (r reach) {
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
	light := toLight()
	for ch := range 3 {
		bins := &histogram[ch]
		r.low[ch] = -steps(w*h, func(o int) (out int) {
			for v := range o {
				out += bins[v] * (o - v)
			}
			return out
		}, bins[0])
		r.high[ch] = steps(w*h, func(o int) (out int) {
			for v := range o {
				out += bins[255-v] * (o - v)
			}
			return out
		}, bins[255])
		for o := -span8; o <= span8; o++ {
			sum := 0.0
			for v, n := range bins {
				if n > 0 {
					sum += float64(n) * float64(light[min(255, max(0, v+o))])
				}
			}
			r.mean[ch][o+span8] = float32(sum / float64(w*h))
		}
	}
	return r
}

// steps is the largest offset with which the levels lost to clipping are few.
func steps(pixels int, out func(o int) int, there int) int {
	o := 0
	for o < span8 && float64(out(o+1)-there*(o+1)) <= clipped*float64(pixels) {
		o++
	}
	return o
}

// lightAt is the mean light of channel ch after adding o levels.
func (r *reach) lightAt(ch int, o float64) float64 {
	i := math.Floor(o)
	k := min(max(int(i)+span8, 0), 2*span8-1)
	f := o - float64(k-span8)
	m := &r.mean[ch]
	return float64(m[k])*(1-f) + float64(m[k+1])*f
}

// offset is how many levels must be added to channel ch for its mean light to become want, or as
// near as few clipped pixels allow.
func (r *reach) offset(ch int, want float64) float64 {
	lo, hi := r.low[ch], r.high[ch]
	m := &r.mean[ch]
	if want <= float64(m[lo+span8]) {
		return float64(lo)
	}
	if want >= float64(m[hi+span8]) {
		return float64(hi)
	}
	for hi-lo > 1 {
		mid := (lo + hi) >> 1
		if float64(m[mid+span8]) <= want {
			lo = mid
		} else {
			hi = mid
		}
	}
	a, b := float64(m[lo+span8]), float64(m[hi+span8])
	if b <= a {
		return float64(lo)
	}
	return float64(lo) + (want-a)/(b-a)
}

// shifted is the tile's mean after adding o to its R, G and B.
func (r *reach) shifted(o rgb) lab {
	return toLab(rgb{r.lightAt(0, o[0]), r.lightAt(1, o[1]), r.lightAt(2, o[2])})
}

// towards returns the offsets in R, G and B that move the tile's mean by at most limit towards
// goal, and how far they move it.
func (r *reach) towards(from, goal lab, limit float64) (o rgb, moved float64) {
	d := distance(from, goal)
	part := 1.0
	if d > limit {
		part = limit / d
	}
	for range 8 {
		light := fromLab(lab{
			from[0] + part*(goal[0]-from[0]),
			from[1] + part*(goal[1]-from[1]),
			from[2] + part*(goal[2]-from[2]),
		})
		for ch := range 3 {
			o[ch] = r.offset(ch, light[ch])
		}
		now := r.shifted(o)
		moved = distance(from, now)
		// A channel that was stopped short bends the way: never farther than allowed, and never
		// away from the goal.
		if moved <= limit && distance(now, goal) <= d {
			return o, moved
		}
		part *= 0.8
	}
	return rgb{}, 0
}

// tint sets the shifts of all cells.
func tint(plan *Plan, cells []look, p *photos, limit float64) {
	plan.Tint.Limit = limit
	if limit == 0 {
		return
	}
	sum := 0.0
	for c := range plan.Cells {
		cell := &plan.Cells[c]
		r := &p.reach[cell.Tile]
		o, moved := r.towards(p.look[cell.Tile].one, cells[c].one, limit*0.995)
		cell.Shift = toYCbCr(o)
		sum += moved
		plan.Tint.Largest = max(plan.Tint.Largest, moved)
	}
	plan.Tint.Mean = sum / float64(len(plan.Cells))
}

// toYCbCr converts an offset (JFIF 1.02, which has ITU-R BT.601's weights in full range). Offsets
// have no zero point to add.
func toYCbCr(o rgb) [3]float32 {
	y := 0.299*o[0] + 0.587*o[1] + 0.114*o[2]
	return [3]float32{float32(y), float32((o[2] - y) / 1.772), float32((o[0] - y) / 1.402)}
}
