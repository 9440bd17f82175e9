package photo

import (
	"bytes"
	"image"
	"os"
	"time"
)

// What the tests look at besides the exported names.
var (
	Orientation = orientation
	Centre      = centre
)

// Shrink shrinks a picture in sRGB.
func Shrink(img image.Image, fx, fy int) *image.NRGBA { return shrink(source{Image: img}, fx, fy) }

// HasProfile reports whether a picture names a colour space that is not sRGB.
func HasProfile(f Format, data []byte) bool { return profileOf(f, data) != nil }

// What makes the decoder process of a photo that ends with it run away.
var (
	Loops   = []byte("please loop")
	Crashes = []byte("please crash")
)

// Before any init function.
var _ = func() bool {
	pool.Processor = 3 * time.Second
	answered = func(message []byte) [][]byte {
		for bytes.HasSuffix(message, Loops) {
		}
		if bytes.HasSuffix(message, Crashes) {
			os.Exit(3)
		}
		return answer(message)
	}
	return true
}()
