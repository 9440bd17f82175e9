package likeness

import "math"

// SSIM is the mean structural similarity of two pictures' L*, as in Z. Wang, A. C. Bovik,
// H. R. Sheikh, E. P. Simoncelli: Image Quality Assessment: From Error Visibility to Structural
// Similarity, IEEE Transactions on Image Processing 13 (2004) 600-612: a Gaussian window of 11 x 11
// samples with a deviation of 1.5, K1 = 0.01, K2 = 0.03, over the windows that lie wholly inside. A
// picture smaller than the window is one window. Both pictures have the same size.
func SSIM(a, b *Picture) float64 {
	const c1, c2 = (0.01 * 100) * (0.01 * 100), (0.03 * 100) * (0.03 * 100)
	n := len(a.Pix)
	x, y := make([]float64, n), make([]float64, n)
	xx, yy, xy := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		p, q := a.Pix[i][0], b.Pix[i][0]
		x[i], y[i], xx[i], yy[i], xy[i] = p, q, p*p, q*q, p*q
	}
	for _, plane := range []*[]float64{&x, &y, &xx, &yy, &xy} {
		*plane = blur(*plane, a.Width, a.Height)
	}
	sum := 0.0
	for i := range x {
		mx, my := x[i], y[i]
		vx, vy, cov := xx[i]-mx*mx, yy[i]-my*my, xy[i]-mx*my
		sum += (2*mx*my + c1) * (2*cov + c2) / ((mx*mx + my*my + c1) * (vx + vy + c2))
	}
	return sum / float64(len(x))
}

// blur returns the weighted means of all windows inside.
func blur(p []float64, width, height int) []float64 {
	h, v := gauss(min(11, width)), gauss(min(11, height))
	w := width - len(h) + 1
	rows := make([]float64, w*height)
	for y := range height {
		for x := range w {
			for k, g := range h {
				rows[y*w+x] += g * p[y*width+x+k]
			}
		}
	}
	out := make([]float64, w*(height-len(v)+1))
	for i := range out {
		for k, g := range v {
			out[i] += g * rows[i+k*w]
		}
	}
	return out
}

// gauss is a window of n samples, together 1.
func gauss(n int) []float64 {
	w := make([]float64, n)
	sum := 0.0
	for i := range w {
		d := float64(i) - float64(n-1)/2
		w[i] = math.Exp(-d * d / (2 * 1.5 * 1.5))
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}
