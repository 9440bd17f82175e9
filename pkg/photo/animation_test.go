package photo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"
	"time"

	"smalti/pkg/photo"
)

// onPalette is a frame of a GIF of one colour.
func onPalette(r image.Rectangle, c color.Color) *image.Paletted {
	img := image.NewPaletted(r, color.Palette{white, red, green, color.Transparent})
	index := uint8(img.Palette.Index(c))
	for i := range img.Pix {
		img.Pix[i] = index
	}
	return img
}

// animated is a WebP of red frames of 16 x 16 pixels at the given corners; the first is white
// instead if blank is set.
func animated(canvas uint16, blank bool, corners ...image.Point) []byte {
	one := animatedRed(canvas)
	head := one[12 : 12+18+14] // VP8X and ANIM
	parts := [][]byte{[]byte("WEBP"), head}
	for i, at := range corners {
		about := []byte{byte(at.X / 2), 0, 0, byte(at.Y / 2), 0, 0, 15, 0, 0, 15, 0, 0, 100, 0, 0, 0}
		frame := redVP8L()
		if blank && i == 0 {
			frame = flatVP8L(255, 255, 255)
		}
		parts = append(parts, riff("ANMF", about, riff("VP8L", frame)))
	}
	return riff("RIFF", parts...)
}

func TestAnimationsUseTheirCanvas(t *testing.T) {
	whole, corner := image.Rect(0, 0, 40, 40), image.Rect(24, 24, 40, 40)
	edge := asGIF(t, onPalette(whole, red))
	copy(edge[6:], []byte{20, 0, 20, 0})
	overEdge := asGIF(t, onPalette(whole, color.Transparent), onPalette(corner, red))
	i := bytes.LastIndex(overEdge, []byte{',', 24, 0, 24, 0})
	overEdge[i+1], overEdge[i+3] = 30, 30
	for _, tc := range []struct {
		name    string
		data    []byte
		inside  color.NRGBA // at (35, 35)
		outside color.NRGBA // at (5, 5)
	}{
		{"GIF, small second frame after a blank one", asGIF(t, onPalette(whole, white), onPalette(corner, red)), red, white},
		{"GIF, transparent first", asGIF(t, onPalette(whole, color.Transparent), onPalette(whole, green)), green, green},
		{"GIF, first frame over the edge", edge, red, red},
		{"GIF, second frame over the edge", overEdge, red, white},
		{"GIF, all blank", asGIF(t, onPalette(whole, white), onPalette(whole, color.Transparent)), white, white},
		{"WebP, first frame in the corner", animated(40, false, image.Pt(24, 24), image.Pt(0, 0)), red, white},
		{"WebP, blank first", animated(40, true, image.Pt(0, 0), image.Pt(24, 24)), red, white},
	} {
		t.Run(tc.name, func(t *testing.T) {
			img, err := photo.Picture(tc.data, 40, photo.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if img.Rect != whole {
				t.Fatalf("picture is %v, want the canvas", img.Rect)
			}
			wantColour(t, img, 35, 35, tc.inside, 2)
			wantColour(t, img, 5, 5, tc.outside, 2)
		})
	}
}

func TestSearchForAFrameEnds(t *testing.T) {
	blank, last := onPalette(image.Rect(0, 0, 1000, 1000), white), onPalette(image.Rect(0, 0, 1000, 1000), red)
	two, three := asGIF(t, blank, last), asGIF(t, blank, blank, last)
	one := asGIF(t, blank)
	frame := three[len(one)-1 : len(one)-1+len(three)-len(two)]
	for _, tc := range []struct {
		blanks int
		want   color.NRGBA
	}{
		{10, red},
		{20, white},  // too many pixels
		{100, white}, // too many frames
	} {
		data := bytes.Clone(two[:len(one)-1])
		for range tc.blanks {
			data = append(data, frame...)
		}
		data = append(data, two[len(one)-1:]...)
		start := time.Now()
		img, err := photo.Picture(data, 10, photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d blank frames: %v", tc.blanks, time.Since(start))
		wantColour(t, img, 5, 5, tc.want, 2)
	}
}

// interlacedGIF stores the rows of a picture in the order of an interlaced GIF.
func interlacedGIF(t testing.TB, img *image.Paletted) []byte {
	t.Helper()
	mixed := image.NewPaletted(img.Rect, img.Palette)
	n := 0
	for _, pass := range [][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}} {
		for y := pass[0]; y < img.Rect.Dy(); y += pass[1] {
			copy(mixed.Pix[n*mixed.Stride:], img.Pix[y*img.Stride:][:img.Stride])
			n++
		}
	}
	data := asGIF(t, mixed)
	i := bytes.Index(data, []byte{',', 0, 0, 0, 0})
	data[i+9] |= 0x40
	return data
}

func TestCutGIF(t *testing.T) {
	img := image.NewPaletted(image.Rect(0, 0, 64, 64), color.Palette{red, green})
	state := uint32(1)
	for i := range img.Pix {
		if state = state*1664525 + 1013904223; i < len(img.Pix)/2 {
			img.Pix[i] = uint8(state >> 31)
		}
	}
	plain, interlaced := asGIF(t, img), interlacedGIF(t, img)
	cut := func(data []byte, part float64) []byte { return data[:50+int(part*float64(len(data)-50))] }
	for _, tc := range []struct {
		name  string
		data  []byte
		taken bool
	}{
		{"three quarters", cut(plain, 0.98), true},
		{"a quarter", cut(plain, 0.3), false},
		{"interlaced, a half", cut(interlaced, 0.5), true},
		{"interlaced, the first rows", cut(interlaced, 0.05), false},
	} {
		got, err := photo.Picture(tc.data, 64, photo.Limits{})
		var refused *photo.Error
		switch {
		case tc.taken && err != nil:
			t.Errorf("%s: %v", tc.name, err)
		case tc.taken && got.Rect != img.Rect:
			t.Errorf("%s is %v", tc.name, got.Rect)
		case !tc.taken && (!errors.As(err, &refused) || refused.Sentence() != "Less than half of this photo arrived."):
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	whole, err := photo.Picture(interlaced, 64, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i, index := range img.Pix {
		if (index == 0) != (whole.Pix[4*i] > 128) {
			t.Fatalf("pixel %d of an interlaced GIF is %v", i, whole.Pix[4*i:4*i+4])
		}
	}
}

func TestAnimatedFrameLargerThanItSays(t *testing.T) {
	data := animatedRed(20)
	i := bytes.Index(data, []byte("VP8L"))
	binary.LittleEndian.PutUint32(data[i+9:], 9999|9999<<14)
	if _, err := photo.Picture(data, 20, photo.Limits{}); err == nil {
		t.Error("a frame of 100 megapixels on a canvas of 400 pixels was taken")
	}
}

// TestLargeFrameBehindAnEmptyOne: only the first frame enlarges the canvas, and only the canvas is checked.
func TestLargeFrameBehindAnEmptyOne(t *testing.T) {
	data := asGIF(t, onPalette(image.Rect(0, 0, 8, 8), red), onPalette(image.Rect(0, 0, 8, 8), red))
	i := bytes.Index(data, []byte{',', 0, 0, 0, 0, 8, 0, 8, 0})
	copy(data[i+5:], []byte{0, 0, 0, 0})
	j := bytes.LastIndex(data, []byte{',', 0, 0, 0, 0, 8, 0, 8, 0})
	copy(data[j+5:], []byte{255, 255, 255, 255})
	if _, err := photo.Picture(data, 8, photo.Limits{}); err == nil {
		t.Error("a frame of 4,295 megapixels was taken")
	}
}
