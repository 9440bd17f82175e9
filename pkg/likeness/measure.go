package likeness

import (
	"fmt"
	"math"
	"slices"

	"smalti/pkg/colour"
)

// Difference says how far apart two pictures are.
type Difference struct {
	Mean float64 // CIEDE2000, mean over all samples
	P95  float64 // CIEDE2000, 95th percentile (nearest rank)
	PSNR float64 // of L*, in dB with a peak of 100; +Inf for equal pictures
	SSIM float64 // of L*, see [SSIM]
}

// Compare measures two pictures of the same size.
func Compare(a, b *Picture) (Difference, error) {
	if a.Width != b.Width || a.Height != b.Height || len(a.Pix) == 0 {
		return Difference{}, fmt.Errorf("comparing pictures of %d x %d and %d x %d samples", a.Width, a.Height, b.Width, b.Height)
	}
	all := make([]float64, len(a.Pix))
	sum := 0.0
	for i := range all {
		all[i] = colour.CIEDE2000(a.Pix[i], b.Pix[i])
		sum += all[i]
	}
	slices.Sort(all)
	return Difference{
		Mean: sum / float64(len(all)),
		P95:  all[(95*len(all)+99)/100-1],
		PSNR: psnr(a, b),
		SSIM: SSIM(a, b),
	}, nil
}

func psnr(a, b *Picture) float64 {
	sum := 0.0
	for i := range a.Pix {
		d := a.Pix[i][0] - b.Pix[i][0]
		sum += d * d
	}
	return 10 * math.Log10(100*100*float64(len(a.Pix))/sum)
}

// Unrest measures salt and pepper: the root mean square by which the steps from each sample of b to its right
// and lower neighbours differ from those of a, in CIELAB units. It is 0 for equal pictures, and for pictures
// that differ everywhere by the same.
func Unrest(a, b *Picture) (float64, error) {
	if a.Width != b.Width || a.Height != b.Height || len(a.Pix) == 0 {
		return 0, fmt.Errorf("comparing pictures of %d x %d and %d x %d samples", a.Width, a.Height, b.Width, b.Height)
	}
	sum, steps := 0.0, 0
	step := func(i, j int) {
		for k := range 3 {
			d := b.Pix[j][k] - b.Pix[i][k] - a.Pix[j][k] + a.Pix[i][k]
			sum += d * d
		}
		steps++
	}
	for i := range a.Pix {
		if (i+1)%a.Width > 0 {
			step(i, i+1)
		}
		if i+a.Width < len(a.Pix) {
			step(i, i+a.Width)
		}
	}
	return math.Sqrt(sum / float64(max(1, steps))), nil
}
