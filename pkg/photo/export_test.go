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

// InQuads tells whether the blocks of img that begin at corner are added up straight.
func InQuads(img image.Image, corner image.Point, fx, fy int) bool {
	return as420(source{Image: img}, corner, fx, fy) != nil
}

const MaxScans = maxScans

// HasProfile reports whether a picture names a colour space that is not sRGB.
func HasProfile(f Format, data []byte) bool { return profileOf(f, data) != nil }
