package mosaic

import (
	"math"

	"smalti/pkg/colour"
)

// even is a colour in a space in which the plain distance of two colours is close to their
// CIEDE2000 difference: lightness and chroma are CIELAB's, squeezed by the integrals of that
// formula's weights S_L and S_C, and a* is stretched near grey as there. (DIN 99 is built on the
// same idea.) Matching needs a distance millions of times; the formula itself would take minutes.
type even [3]float32

func toEven(c colour.Lab) even {
	l := math.Copysign(math.Log1p(0.015*math.Abs(c[0]-50))/0.015, c[0]-50)
	c7 := math.Pow(math.Hypot(c[1], c[2]), 7)
	a := c[1] * (1.5 - 0.5*math.Sqrt(c7/(c7+6103515625))) // 25^7
	chroma := math.Hypot(a, c[2])
	if chroma == 0 {
		return even{float32(l)}
	}
	squeeze := math.Log1p(0.045*chroma) / 0.045 / chroma
	return even{float32(l), float32(a * squeeze), float32(c[2] * squeeze)}
}
