// Package icc converts pixels to sRGB from the colour space that an ICC profile, or a PNG's own chunks,
// describe: three curves to light and a matrix, as cameras, phones and screens have, or a table of colours, as
// printers have. It is pure.
//
// Colours that sRGB does not have are clipped, as browsers do.
package icc

import (
	"math"

	"smalti/pkg/colour"
)

// Space is what the samples of a picture stand for.
type Space string

// The spaces of profiles that are used.
const (
	RGB  Space = "RGB "
	Grey Space = "GRAY"
	CMYK Space = "CMYK"
)

// Profile is a colour space. It is safe for concurrent use.
type Profile struct {
	Space Space

	grid   *grid           // instead of all that follows, if not nil
	light  [3][256]float32 // by channel and device value
	matrix [9]float32      // from that light to that of sRGB
	grey   bool            // the matrix does nothing, and all curves are the same
}

// New is the colour space with the given chromaticities and one transfer function from a device value to
// light, both 0 to 1. The chromaticities are x and y of red, green, blue and white; white is adapted to that
// of sRGB.
func New(xy [8]float64, curve func(float64) float64) (*Profile, bool) {
	toXYZ, ok := primaries(xy)
	if !ok {
		return nil, false
	}
	return newProfile([3]curveFunc{curve, curve, curve}, xyzToRGB.times(adapt(xy[6], xy[7]).times(toXYZ))), true
}

func newProfile(curves [3]curveFunc, m matrix) *Profile {
	p := &Profile{Space: RGB, grey: m == identity}
	for c, curve := range curves {
		for i := range 256 {
			v := curve(float64(i) / 255)
			if !(v > 0) { // NaN, too
				v = 0
			}
			p.light[c][i] = float32(min(v, 1))
		}
	}
	for i, v := range m {
		p.matrix[i] = float32(v)
	}
	return p
}

// IsSRGB reports whether converting would change no level by more than one.
func (p *Profile) IsSRGB() bool {
	if p.Space == CMYK {
		return false
	}
	for _, c := range [][3]byte{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}, {128, 128, 128}, {30, 30, 30}, {200, 100, 50}, {50, 100, 200}, {60, 180, 90}} {
		pix := []byte{c[0], c[1], c[2], 255}
		p.Convert(pix)
		for i := range 3 {
			if d := int(pix[i]) - int(c[i]); d < -1 || d > 1 {
				return false
			}
		}
	}
	return true
}

// Convert converts pixels of four bytes (R, G, B and an A that is left alone) in place. Alpha must not be
// multiplied in. For a CMYK profile they are the R, G and B that the four inks
// have without a profile: a product of their complements, as in [color.CMYKToRGB].
func (p *Profile) Convert(pix []byte) {
	if p.grid != nil {
		p.grid.convert(pix)
		return
	}
	levels := colour.Levels()
	r, g, b, m := &p.light[0], &p.light[1], &p.light[2], &p.matrix
	for len(pix) >= 4 {
		x, y, z := r[pix[0]], g[pix[1]], b[pix[2]]
		if !p.grey {
			x, y, z = m[0]*x+m[1]*y+m[2]*z, m[3]*x+m[4]*y+m[5]*z, m[6]*x+m[7]*y+m[8]*z
		}
		pix[0], pix[1], pix[2] = level(levels, x), level(levels, y), level(levels, z)
		pix = pix[4:]
	}
}

// level is the nearest sRGB level of light from 0 to 1; what is beyond is clipped.
func level(levels *[65536]uint8, light float32) uint8 {
	return levels[uint16(min(max(light, 0), 1)*65535+0.5)]
}

// matrix has three rows of three.
type matrix [9]float64

var identity = matrix{1, 0, 0, 0, 1, 0, 0, 0, 1}

func (a matrix) times(b matrix) (c matrix) {
	for i := range 3 {
		for j := range 3 {
			c[3*i+j] = a[3*i]*b[j] + a[3*i+1]*b[3+j] + a[3*i+2]*b[6+j]
		}
	}
	return c
}

func (a matrix) apply(x, y, z float64) (float64, float64, float64) {
	return a[0]*x + a[1]*y + a[2]*z, a[3]*x + a[4]*y + a[5]*z, a[6]*x + a[7]*y + a[8]*z
}

func (a matrix) inverse() (matrix, bool) {
	det := a[0]*(a[4]*a[8]-a[5]*a[7]) - a[1]*(a[3]*a[8]-a[5]*a[6]) + a[2]*(a[3]*a[7]-a[4]*a[6])
	if math.Abs(det) < 1e-9 || math.IsNaN(det) {
		return identity, false
	}
	return matrix{
		(a[4]*a[8] - a[5]*a[7]) / det, (a[2]*a[7] - a[1]*a[8]) / det, (a[1]*a[5] - a[2]*a[4]) / det,
		(a[5]*a[6] - a[3]*a[8]) / det, (a[0]*a[8] - a[2]*a[6]) / det, (a[2]*a[3] - a[0]*a[5]) / det,
		(a[3]*a[7] - a[4]*a[6]) / det, (a[1]*a[6] - a[0]*a[7]) / det, (a[0]*a[4] - a[1]*a[3]) / det,
	}, true
}

// SRGBPrimaries are the chromaticities of ITU-R BT.709 and D65, for [New].
var SRGBPrimaries = [8]float64{0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290}

// The chromaticities of white under D50, which profiles refer to (ICC.1:2022, 7.2.16).
const (
	d50X = 0.9642
	d50Z = 0.8249
)

var (
	rgbToXYZ, _ = primaries(SRGBPrimaries)
	xyzToRGB, _ = rgbToXYZ.inverse()
	d50ToRGB    = xyzToRGB.times(bradford(d50X, 1, d50Z))
)

// primaries is the matrix from light to XYZ that takes (1, 1, 1) to white.
func primaries(xy [8]float64) (matrix, bool) {
	var m matrix
	for i := range 3 {
		x, y := xy[2*i], xy[2*i+1]
		if !(y > 0) {
			return m, false
		}
		m[i], m[3+i], m[6+i] = x/y, 1, (1-x-y)/y
	}
	inverse, ok := m.inverse()
	if !ok || !(xy[7] > 0) {
		return m, false
	}
	r, g, b := inverse.apply(xy[6]/xy[7], 1, (1-xy[6]-xy[7])/xy[7])
	return m.times(matrix{r, 0, 0, 0, g, 0, 0, 0, b}), true
}

// adapt takes XYZ under a white to XYZ under that of sRGB.
func adapt(x, y float64) matrix { return bradford(x/y, 1, (1-x-y)/y) }

// bradford is the linear Bradford transform (ICC.1:2022, annex E) from a white to that of sRGB.
func bradford(x, y, z float64) matrix {
	cone := matrix{0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296}
	back, _ := cone.inverse()
	wx, wy := SRGBPrimaries[6], SRGBPrimaries[7]
	r0, g0, b0 := cone.apply(x, y, z)
	r1, g1, b1 := cone.apply(wx/wy, 1, (1-wx-wy)/wy)
	return back.times(matrix{r1 / r0, 0, 0, 0, g1 / g0, 0, 0, 0, b1 / b0}).times(cone)
}
