package mosaic

import (
	"image"
	"sync"

	"smalti/pkg/colour"
)

// coverage is the pixels of a line that one sample covers, the outer two only in part.
type coverage struct {
	first  int
	weight []float32 // of each pixel, together 1
}

// coverages divides the pixels from x0 to x1 evenly among n samples.
func coverages(x0, x1 float64, n, limit int) []coverage {
	all := make([]coverage, n)
	step := (x1 - x0) / float64(n)
	for i := range all {
		a, b := x0+step*float64(i), x0+step*float64(i+1)
		first := min(int(a), limit-1)
		s := coverage{first: first}
		for p := first; p < limit && (p == first || float64(p) < b-1e-9); p++ {
			s.weight = append(s.weight, float32((min(b, float64(p+1))-max(a, float64(p)))/step))
		}
		all[i] = s
	}
	return all
}

// average fills out, rows of len(across) samples, with the mean light of the pixels that each covers.
func average(out []colour.Light, img *image.NRGBA, across, down []coverage) {
	light := lightOf()
	for j, v := range down {
		row := out[j*len(across):][:len(across)]
		clear(row)
		for k, wy := range v.weight {
			line := img.Pix[(v.first+k)*img.Stride:]
			for i, h := range across {
				var r, g, b float32
				p := line[4*h.first:]
				for _, wx := range h.weight {
					r += wx * light[p[0]]
					g += wx * light[p[1]]
					b += wx * light[p[2]]
					p = p[min(4, len(p)):]
				}
				row[i][0] += float64(wy * r)
				row[i][1] += float64(wy * g)
				row[i][2] += float64(wy * b)
			}
		}
	}
}

// lightOf maps an sRGB level to light.
var lightOf = sync.OnceValue(func() *[256]float32 {
	var t [256]float32
	for i := range t {
		t[i] = float32(colour.Linear(float64(i) / 255))
	}
	return &t
})
