// Package colour converts between sRGB, linear light and CIELAB under D65, and measures how different
// two colours look.
package colour

import "math"

// Light is linear sRGB: red, green and blue, each from 0 to 1.
type Light [3]float64

// Lab is a colour in CIELAB: L*, a* and b*.
type Lab [3]float64

// Linear decodes an sRGB value, from 0 to 1, to light (IEC 61966-2-1, the inverse transfer function).
func Linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// The white of the sRGB matrix below, so that equal R, G and B have no chroma at all.
const whiteX, whiteZ = 0.4124564 + 0.3575761 + 0.1804375, 0.0193339 + 0.1191920 + 0.9503041

// ToLab converts light to CIELAB. The matrix is the one that Lindbloom gives for sRGB under D65,
// the formula is that of CIE 15:2004, 8.2.1.
func ToLab(c Light) Lab {
	fx := labF((0.4124564*c[0] + 0.3575761*c[1] + 0.1804375*c[2]) / whiteX)
	fy := labF(0.2126729*c[0] + 0.7151522*c[1] + 0.0721750*c[2])
	fz := labF((0.0193339*c[0] + 0.1191920*c[1] + 0.9503041*c[2]) / whiteZ)
	return Lab{116*fy - 16, 500 * (fx - fy), 200 * (fy - fz)}
}

// FromLab is the inverse of ToLab. What sRGB cannot show comes out below 0 or above 1.
func FromLab(c Lab) Light {
	fy := (c[0] + 16) / 116
	x := whiteX * labG(fy+c[1]/500)
	y := labG(fy)
	z := whiteZ * labG(fy-c[2]/200)
	return Light{
		3.2404542*x - 1.5371385*y - 0.4985314*z,
		-0.9692660*x + 1.8760108*y + 0.0415560*z,
		0.0556434*x - 0.2040259*y + 1.0572252*z,
	}
}

const labKnee = 6.0 / 29

func labF(t float64) float64 {
	if t > labKnee*labKnee*labKnee {
		return math.Cbrt(t)
	}
	return t/(3*labKnee*labKnee) + 4.0/29
}

func labG(f float64) float64 {
	if f > labKnee {
		return f * f * f
	}
	return 3 * labKnee * labKnee * (f - 4.0/29)
}

// Distance is the plain distance of two colours: the difference of CIE 1976.
func Distance(a, b Lab) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}
