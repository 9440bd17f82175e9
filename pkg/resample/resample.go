// Package resample scales opaque pictures. Every photo is scaled twice on its way into a mosaic, and a general library,
// with floating point and transparency, took a fifth of the whole time for that.
package resample

import (
	"encoding/binary"
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
	across, down := windows(w, width), windows(h, height)
	b := buffers.Get().(*[2][]uint64)
	defer buffers.Put(b)
	// The rows are filtered first, to the columns of half, and then these.
	strip, half := sized(&b[0], 4*w), sized(&b[1], (width+3)*h)
	for y := 0; y < h; y += 4 {
		for i := range 4 {
			pack(strip[i*w:][:w], img.Pix[min(y+i, h-1)*img.Stride:][:4*w])
		}
		for x := range across {
			s0, s1, s2, s3 := sums(strip, w, &across[x])
			column := half[x*h:][:h]
			if y+4 <= h {
				column = column[y : y+4 : y+4]
				column[0], column[1], column[2], column[3] = rounded(s0), rounded(s1), rounded(s2), rounded(s3)
				continue
			}
			four := [4]uint64{s0, s1, s2, s3}
			for i := range column[y:] {
				column[y+i] = rounded(four[i])
			}
		}
	}
	for x := 0; x < width; x += 4 {
		for y := range down {
			s0, s1, s2, s3 := sums(half[x*h:], h, &down[y])
			at := y*out.Stride + 4*x
			if x+4 <= width {
				p := out.Pix[at : at+16 : at+16]
				binary.LittleEndian.PutUint64(p, unpacked(s0)|unpacked(s1)<<32)
				binary.LittleEndian.PutUint64(p[8:], unpacked(s2)|unpacked(s3)<<32)
				continue
			}
			four := [4]uint64{s0, s1, s2, s3}
			for i := range width - x {
				binary.LittleEndian.PutUint32(out.Pix[at+4*i:], uint32(unpacked(four[i])))
			}
		}
	}
	return out
}

// pack makes words of a row of pixels.
func pack(out []uint64, row []byte) {
	for x := 0; x < len(out) && len(row) >= 4; x++ {
		p := uint64(binary.LittleEndian.Uint32(row))
		out[x] = p&0xFF | p>>8&0xFF<<field | p>>16&0xFF<<(2*field)
		row = row[4:]
	}
}

var buffers = sync.Pool{New: func() any { return new([2][]uint64) }}

func sized(b *[]uint64, n int) []uint64 {
	if cap(*b) < n {
		*b = make([]uint64, n)
	}
	return (*b)[:n]
}

// sums filters four lines of n pixels at one place. They share the loads of the weights.
func sums(lines []uint64, n int, at *window) (s0, s1, s2, s3 uint64) {
	weight := at.weight
	p0 := lines[at.first:][:len(weight)]
	p1 := lines[n+at.first:][:len(weight)]
	p2 := lines[2*n+at.first:][:len(weight)]
	p3 := lines[3*n+at.first:][:len(weight)]
	s0, s1, s2, s3 = start, start, start, start
	for k, v := range weight {
		s0 += v * p0[k]
		s1 += v * p1[k]
		s2 += v * p2[k]
		s3 += v * p3[k]
	}
	return s0, s1, s2, s3
}

// rounded is the pixel that a sum stands for.
func rounded(sum uint64) uint64 {
	r, g, b := levels[sum>>bits%512], levels[sum>>(bits+field)%512], levels[sum>>(bits+2*field)%512]
	return r | g<<field | b<<(2*field)
}

// unpacked is the same as red, green, blue and 255.
func unpacked(sum uint64) uint64 {
	r, g, b := levels[sum>>bits%512], levels[sum>>(bits+field)%512], levels[sum>>(bits+2*field)%512]
	return r | g<<8 | b<<16 | 0xFF<<24
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

// windows are the weights, kept for the next picture of the same size: many photos have that of the one before.
func windows(from, to int) []window {
	at := [2]int{from, to}
	lastWindows.Lock()
	defer lastWindows.Unlock()
	if found := lastWindows.found[at]; found != nil {
		return found
	}
	const most, small = 64, 1024 // what is kept takes a few MB at most
	if lastWindows.found == nil || len(lastWindows.found) >= most {
		lastWindows.found = make(map[[2]int][]window)
	}
	all := weights(from, to)
	if from <= small {
		lastWindows.found[at] = all
	}
	return all
}

var lastWindows struct {
	sync.Mutex
	found map[[2]int][]window
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
