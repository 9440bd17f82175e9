package photo

import (
	"image"
	"math"
	"sync"

	"smalti/pkg/colour"
)

// shrink averages blocks of fx by fy pixels, flattened on white, in linear light. What does not fill a block
// is cut off evenly at both sides.
//
// Averages of encoded values would be too dark: a checkerboard of black and white pixels is as bright as
// level 188, not 128. The picture is converted a few rows at a time, because a copy would cost more memory
// than the decoded picture. Transparency is flattened on the encoded values, as browsers do.
func shrink(img source, fx, fy int) *image.NRGBA {
	b := img.Bounds()
	width, height := b.Dx()/fx, b.Dy()/fy
	corner := b.Min.Add(image.Pt((b.Dx()-width*fx)/2, (b.Dy()-height*fy)/2))
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	if fx == 1 && fy == 1 {
		img.flatten(&image.RGBA{Pix: out.Pix, Stride: out.Stride, Rect: out.Rect}, corner) // the same, where all is opaque
		return out
	}
	sums := make([]uint64, 3*width)
	strip := image.NewRGBA(image.Rect(0, 0, width*fx, fy))
	for y := range height {
		img.flatten(strip, corner.Add(image.Pt(0, y*fy)))
		clear(sums)
		for i := range fy {
			addLight(sums, strip.Pix[i*strip.Stride:][:4*width*fx], fx)
		}
		mean(out.Pix[y*out.Stride:][:4*width], sums, uint64(fx*fy))
	}
	return out
}

// addLight adds the light of each run of f pixels to the sum of its block.
func addLight(sums []uint64, row []byte, f int) {
	light := toLight()
	for len(sums) >= 3 {
		var r, g, b uint64
		for i := 0; i < 4*f; i += 4 {
			p := row[i : i+4 : i+4]
			r += uint64(light[p[0]])
			g += uint64(light[p[1]])
			b += uint64(light[p[2]])
		}
		sums[0] += r
		sums[1] += g
		sums[2] += b
		sums, row = sums[3:], row[4*f:]
	}
}

// mean writes the averages of n pixels each as opaque NRGBA.
func mean(row []byte, sums []uint64, n uint64) {
	levels := colour.Levels()
	part := 1 / float64(n) // dividing three times a pixel takes longer than all the rest
	for i := 0; i < len(row); i += 4 {
		row[i+0] = levels[uint16(float64(sums[0])*part+0.5)]
		row[i+1] = levels[uint16(float64(sums[1])*part+0.5)]
		row[i+2] = levels[uint16(float64(sums[2])*part+0.5)]
		row[i+3] = 0xFF
		sums = sums[3:]
	}
}

// toLight maps an sRGB level to light, 0 to 65535 (IEC 61966-2-1, the inverse transfer function).
var toLight = sync.OnceValue(func() *[256]uint16 {
	var t [256]uint16
	for i := range t {
		t[i] = uint16(math.Round(65535 * colour.Linear(float64(i)/255)))
	}
	return &t
})
