package resample_test

import (
	"image"
	"math/rand/v2"
	"testing"

	"github.com/disintegration/imaging"

	"smalti/pkg/resample"
)

// noise is the hardest picture: black and white pixels at random, for which filters overshoot most.
func noise(seed uint64, w, h int) *image.NRGBA {
	random := rand.New(rand.NewPCG(seed, 1))
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(255 * random.IntN(2))
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// An exact implementation of the same filter gives the same levels, but for rounding.
func TestLanczosIsImagings(t *testing.T) {
	for _, c := range [][4]int{
		{96, 96, 64, 64}, {113, 113, 96, 96}, {64, 64, 64, 64}, {10, 10, 64, 64}, {1, 1, 8, 8}, {7, 1, 3, 9},
		{300, 200, 17, 31}, {2, 900, 5, 8}, {8, 8, 1, 1}, {64, 48, 64, 24},
	} {
		img := noise(1, c[0], c[1])
		got, want := resample.Lanczos(img, c[2], c[3]), imaging.Resize(img, c[2], c[3], imaging.Lanczos)
		if got.Rect != want.Rect {
			t.Fatalf("%v: %v, want %v", c, got.Rect, want.Rect)
		}
		for i := range got.Pix {
			if d := int(got.Pix[i]) - int(want.Pix[i]); d > 2 || d < -2 {
				t.Errorf("%v: sample %d is %d, want %d", c, i, got.Pix[i], want.Pix[i])
				break
			}
		}
	}
}

// A part of a picture has rows that do not follow each other.
func TestLanczosOfAPart(t *testing.T) {
	img := noise(2, 50, 40)
	part := img.SubImage(image.Rect(10, 5, 40, 35)).(*image.NRGBA)
	for _, side := range []int{30, 20} {
		got, want := resample.Lanczos(part, side, side), resample.Lanczos(imaging.Clone(part), side, side)
		for i := range got.Pix {
			if got.Pix[i] != want.Pix[i] {
				t.Fatalf("%d: sample %d is %d, want %d", side, i, got.Pix[i], want.Pix[i])
			}
		}
	}
}

// One colour stays what it is: weights add up to one.
func TestLanczosOfOneColour(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 37, 23))
	for i := range img.Pix {
		img.Pix[i] = []uint8{255, 0, 201, 255}[i%4]
	}
	out := resample.Lanczos(img, 64, 9)
	for i, v := range out.Pix {
		if want := img.Pix[i%4]; v != want {
			t.Fatalf("sample %d is %d, want %d", i, v, want)
		}
	}
}

func BenchmarkLanczos(b *testing.B) {
	img := noise(3, 113, 113)
	b.ReportAllocs()
	for b.Loop() {
		resample.Lanczos(img, 96, 96)
	}
}

func BenchmarkImaging(b *testing.B) {
	img := noise(3, 113, 113)
	b.ReportAllocs()
	for b.Loop() {
		imaging.Resize(img, 96, 96, imaging.Lanczos)
	}
}
