package gather_test

import (
	"math"
	"testing"

	"smalti/pkg/gather"
	"smalti/pkg/portrait"
)

// A tile is kept in far fewer bytes than it has, and nobody sees the difference.
func TestCodedTiles(t *testing.T) {
	for number := range 8 {
		for _, side := range []int{1, 8, 33, 96} {
			tile := portrait.Draw(number, side)
			coded := gather.Code(tile)
			kept := gather.Decode(coded, side)
			if kept == nil || kept.Rect != tile.Rect || !kept.Opaque() {
				t.Fatalf("friend %d at %d pixels: %v", number, side, kept)
			}
			squares := 0.0
			for i := 0; i < len(tile.Pix); i += 4 {
				d := brightness(tile.Pix[i:]) - brightness(kept.Pix[i:])
				squares += d * d
			}
			rms := math.Sqrt(squares / float64(side*side))
			t.Logf("friend %d at %d pixels: %d bytes, brightness differs by %.1f", number, side, len(coded), rms)
			if side == 96 && (rms > 4 || len(coded) > len(tile.Pix)/6) {
				t.Errorf("friend %d at %d pixels: %d bytes, brightness differs by %.1f (root mean square)", number, side, len(coded), rms)
			}
		}
	}
}

// brightness is that of a pixel, in levels of 8 bits (ITU-R BT.601).
func brightness(p []byte) float64 {
	return 0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2])
}
