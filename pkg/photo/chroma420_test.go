package photo_test

import (
	"bytes"
	"image"
	"image/draw"
	"math/rand/v2"
	"testing"

	"smalti/pkg/photo"
)

// Light that is added up straight from the samples is that of the converted picture, to the last bit.
func TestQuadsGiveTheSameLevels(t *testing.T) {
	random := rand.NewChaCha8([32]byte{})
	straight := 0
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio444} {
		for _, r := range []image.Rectangle{image.Rect(0, 0, 48, 48), image.Rect(0, 0, 51, 50), image.Rect(2, 4, 39, 50), image.Rect(3, 0, 48, 47)} {
			whole := image.NewYCbCr(image.Rect(0, 0, 52, 50), ratio)
			random.Read(whole.Y)
			random.Read(whole.Cb)
			random.Read(whole.Cr)
			img := whole.SubImage(r)
			converted := image.NewNRGBA(img.Bounds())
			draw.Draw(&image.RGBA{Pix: converted.Pix, Stride: converted.Stride, Rect: converted.Rect}, converted.Rect, img, r.Min, draw.Src)
			for _, f := range []image.Point{{1, 1}, {2, 2}, {4, 4}, {3, 3}, {2, 4}, {6, 2}, {2, 1}} {
				corner := r.Min.Add(image.Pt(r.Dx()%f.X/2, r.Dy()%f.Y/2))
				if !photo.InQuads(img, corner, f.X, f.Y) {
					continue // chroma is interpolated there
				}
				straight++
				if got, want := photo.Shrink(img, f.X, f.Y), photo.Shrink(converted, f.X, f.Y); got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
					t.Errorf("%v, %v by %v: other pixels than of the converted picture", ratio, r, f)
				}
			}
		}
	}
	if straight == 0 {
		t.Error("no picture was added up straight")
	}
}
