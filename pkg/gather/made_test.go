package gather_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"testing"

	"smalti/pkg/message"
)

// Pictures that the tests make themselves.

var (
	red   = color.NRGBA{255, 0, 0, 255}
	green = color.NRGBA{0, 255, 0, 255}
	blue  = color.NRGBA{0, 0, 255, 255}
)

func wantColour(t *testing.T, img *image.NRGBA, x, y int, want color.NRGBA) {
	t.Helper()
	if got := img.NRGBAAt(x, y); got != want {
		t.Errorf("pixel (%d,%d) is %v, want %v", x, y, got, want)
	}
}

// wantNear allows for what coding changes.
func wantNear(t *testing.T, img *image.NRGBA, x, y int, want color.NRGBA) {
	t.Helper()
	got := img.NRGBAAt(x, y)
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 3 }
	if !near(got.R, want.R) || !near(got.G, want.G) || !near(got.B, want.B) || got.A != 255 {
		t.Errorf("pixel (%d,%d) is %v, want about %v", x, y, got, want)
	}
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func flat(width, height int, c color.Color) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

// noise is a picture that a JPEG encoder has to work for: smooth, with some grain.
func noise(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	state := uint32(1)
	for y := range height {
		for x := range width {
			state = state*1664525 + 1013904223
			grain := uint8(state >> 28)
			img.SetNRGBA(x, y, color.NRGBA{uint8(255*x/width)&0xF0 + grain, uint8(255*y/height)&0xF0 + grain, 128 + grain, 255})
		}
	}
	return img
}

// smooth is a picture like a photograph in one respect: most of it is soft, some of it is grain.
func smooth(side, seed int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	state := uint32(seed)
	for y := range side {
		for x := range side {
			state = state*1664525 + 1013904223
			grain := uint8(state >> 30)
			img.SetNRGBA(x, y, color.NRGBA{uint8(200*x/side) + grain, uint8(200*y/side) + grain, uint8(50+100*(x+y)/(2*side)) + grain, 255})
		}
	}
	return img
}

func sentence(t *testing.T, err error) string {
	t.Helper()
	m, ok := message.Of(err)
	if !ok {
		t.Errorf("no message in %v", err)
	}
	return m.String()
}
