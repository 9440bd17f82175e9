// Package resample scales opaque pictures. Every photo is scaled twice on its way into a mosaic, and a general library,
// with floating point and transparency, took a fifth of the whole time for that.
package resample

import (
	"image"
	"math"
	"sync"
)

// A pixel is three fields of 21 bits in one word, so that one multiplication weights red, green and blue. Weights are
// integers that add up to one. Each field starts with a bias, so that a negative sum does not borrow from the next
// field.
const (
	field = 21
	bits  = 12
	one   = 1 << bits
	bias  = 128
	start = (bias*one + one/2) * (1 | 1<<field | 1<<(2*field)) // with a half, to round
)

// Lanczos returns img at width x height pixels, by the Lanczos filter with three lobes (C. E. Duchon:
// Lanczos Filtering in One and Two Dimensions, Journal of Applied Meteorology 18, 1979), on the
// encoded levels. img is opaque and not empty, and so is the result. It is safe for concurrent use.
func Lanczos(img *image.NRGBA, width, height int) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	if w == width && h == height {
		for y := range h {
			copy(out.Pix[y*out.Stride:][:4*w], img.Pix[y*img.Stride:])
		}
		return out
	}
	across := weights(w, width)
	down := across
	if w != h || width != height {
		down = weights(h, height)
	}
	b := buffers.Get().(*[3][]uint64)
	defer buffers.Put(b)
	pixels := sized(&b[0], w*h)
	for y := range h {
		row := img.Pix[y*img.Stride:][:4*w]
		for x := range pixels[y*w:][:w] {
			p := row[4*x : 4*x+4 : 4*x+4]
			pixels[y*w+x] = uint64(p[0]) | uint64(p[1])<<field | uint64(p[2])<<(2*field)
		}
	}
	half := turned(sized(&b[1], width*h), pixels, w, across)
	for i, p := range turned(sized(&b[2], width*height), half, h, down) {
		q := out.Pix[4*i : 4*i+4 : 4*i+4]
		q[0], q[1], q[2], q[3] = uint8(p), uint8(p>>field), uint8(p>>(2*field)), 0xFF
	}
	return out
}

var buffers = sync.Pool{New: func() any { return new([3][]uint64) }}

func sized(b *[]uint64, n int) []uint64 {
	if cap(*b) < n {
		*b = make([]uint64, n)
	}
	return (*b)[:n]
}

// turned filters rows of w pixels, and writes them to the columns of out. It takes four rows at a time, which share the
// loads of the weights and have independent sums.
func turned(out, pixels []uint64, w int, to []window) []uint64 {
	h := len(pixels) / w
	for y0 := 0; y0 < h; y0 += 4 {
		y1, y2, y3 := min(y0+1, h-1), min(y0+2, h-1), min(y0+3, h-1) // at the end, a row may come twice
		row0, row1, row2, row3 := pixels[y0*w:][:w], pixels[y1*w:][:w], pixels[y2*w:][:w], pixels[y3*w:][:w]
		for x := range to {
			first, weight := to[x].first, to[x].weight
			p0, p1, p2, p3 := row0[first:][:len(weight)], row1[first:][:len(weight)], row2[first:][:len(weight)], row3[first:][:len(weight)]
			var s0, s1, s2, s3 uint64 = start, start, start, start
			for k, v := range weight {
				s0 += v * p0[k]
				s1 += v * p1[k]
				s2 += v * p2[k]
				s3 += v * p3[k]
			}
			column := out[x*h:][:h]
			column[y0], column[y1], column[y2], column[y3] = rounded(s0), rounded(s1), rounded(s2), rounded(s3)
		}
	}
	return out
}

// rounded is the pixel that a sum stands for.
func rounded(sum uint64) uint64 {
	r, g, b := levels[sum>>bits%512], levels[sum>>(bits+field)%512], levels[sum>>(bits+2*field)%512]
	return r | g<<field | b<<(2*field)
}

// levels maps a field, shifted right by bits, to its 8-bit level.
var levels = func() (t [512]uint64) {
	for i := range t {
		t[i] = uint64(min(255, max(0, i-bias)))
	}
	return t
}()

// window is the range of pixels that make one new pixel.
type window struct {
	first  int
	weight []uint64 // of the pixels from first on; negative ones in two's complement
}

// weights returns the windows that scale a line from one number of pixels to another.
func weights(from, to int) []window {
	curve := lanczos()
	step := float64(from) / float64(to)
	wide := max(1, step)
	all := make([]window, to)
	most := int(2*lobes*wide) + 2 // taps
	buffer := make([]uint64, to*most)
	share := make([]float64, 0, most)
	for i := range all {
		middle := (float64(i)+0.5)*step - 0.5
		first := max(0, int(math.Ceil(middle-lobes*wide)))
		last := min(from-1, int(math.Floor(middle+lobes*wide)))
		share = share[:0]
		sum := 0.0
		for p := first; p <= last; p++ {
			v := curve[int(math.Abs(float64(p)-middle)/wide*perUnit+0.5)]
			share = append(share, v)
			sum += v
		}
		w := window{first, buffer[:len(share)]}
		buffer = buffer[len(share):]
		rest, largest := int64(one), 0
		for k, v := range share {
			n := int64(math.Round(v / sum * one))
			w.weight[k] = uint64(n)
			rest -= n
			if v > share[largest] {
				largest = k
			}
		}
		w.weight[largest] += uint64(rest)
		all[i] = w
	}
	return all
}

const (
	lobes   = 3
	perUnit = 1024 // entries of the table per unit
)

// lanczos is the filter's right half.
var lanczos = sync.OnceValue(func() *[lobes*perUnit + 2]float64 {
	var t [lobes*perUnit + 2]float64
	t[0] = 1
	for i := 1; i < lobes*perUnit; i++ {
		x := math.Pi * float64(i) / perUnit
		t[i] = lobes * math.Sin(x) * math.Sin(x/lobes) / (x * x)
	}
	return &t
})
