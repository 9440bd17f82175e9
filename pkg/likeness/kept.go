package likeness

import (
	"image"
	"math"
)

// Kept says how much is left of photos in the cells that show them. An overlay, or a strong shading, takes from both.
type Kept struct {
	Correlation float64 // of a cell's luma with its photo's, mean over the photos that are not plain
	Gradient    float64 // energy of the cells' differences of neighbours, relative to the photos'
}

// plainVariance is the variance of luma, in squares of 8-bit levels, up to which a photo is plain.
const plainVariance = 4

// Keep compares cells with their photos, which have the same size.
func Keep(photos, cells []*image.NRGBA) (k Kept) {
	var textured, before, after float64
	for i := range photos {
		a, b := luma(photos[i]), luma(cells[i])
		width := photos[i].Rect.Dx()
		before += gradient(a, width)
		after += gradient(b, width)
		va, vb, both := covariance(a, a), covariance(b, b), covariance(a, b)
		if va > plainVariance {
			textured++
			if vb > 0 {
				k.Correlation += both / math.Sqrt(va*vb)
			}
		}
	}
	k.Correlation /= textured
	k.Gradient = after / before
	return k
}

// luma is that of ITU-R BT.601, row by row.
func luma(m *image.NRGBA) (all []float64) {
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]
		for x := 0; x < len(row); x += 4 {
			all = append(all, 0.299*float64(row[x])+0.587*float64(row[x+1])+0.114*float64(row[x+2]))
		}
	}
	return all
}

func gradient(v []float64, width int) (sum float64) {
	for i := range v {
		if i%width+1 < width {
			sum += (v[i+1] - v[i]) * (v[i+1] - v[i])
		}
		if i+width < len(v) {
			sum += (v[i+width] - v[i]) * (v[i+width] - v[i])
		}
	}
	return sum
}

func covariance(a, b []float64) float64 {
	var sumA, sumB, both float64
	for i := range a {
		sumA += a[i]
		sumB += b[i]
		both += a[i] * b[i]
	}
	n := float64(len(a))
	return both/n - sumA/n*sumB/n
}
