package photo

import "image"

// What the tests look at besides the exported names.
var (
	Orientation = orientation
	Centre      = centre
	Subject     = subject
)

// Shrink shrinks a picture in sRGB.
func Shrink(img image.Image, fx, fy int) *image.NRGBA { return shrink(source{Image: img}, fx, fy) }

// HasProfile reports whether a picture names a colour space that is not sRGB.
func HasProfile(f Format, data []byte) bool { return profileOf(f, data) != nil }
