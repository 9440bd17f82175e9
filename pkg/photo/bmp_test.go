package photo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"slices"
	"testing"

	"golang.org/x/image/bmp"

	"smalti/pkg/photo"
)

func asBMP(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := bmp.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// iconBitmap is a BMP as icons have it: without its file header, and with a mask, here of nothing.
func iconBitmap(t testing.TB, img image.Image) []byte {
	t.Helper()
	data := asBMP(t, img)[14:]
	height := binary.LittleEndian.Uint32(data[8:])
	binary.LittleEndian.PutUint32(data[8:], 2*height)
	return append(data, make([]byte, (img.Bounds().Dx()+31)/32*4*int(height))...)
}

// asICO is an icon of the given pictures, each said to be twice as wide as the one before.
func asICO(pictures ...[]byte) []byte {
	out := []byte{0, 0, 1, 0, byte(len(pictures)), 0}
	start := 6 + 16*len(pictures)
	for i, p := range pictures {
		out = append(out, 8<<i, 8<<i, 0, 0, 1, 0, 32, 0)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p)))
		out = binary.LittleEndian.AppendUint32(out, uint32(start))
		start += len(p)
	}
	return append(out, bytes.Join(pictures, nil)...)
}

// runsBMP is a BMP of 8 x 2 pixels in runs: red, below it so many green ones, 4 or 8, and nothing.
func runsBMP(green int) []byte {
	colours := []byte{0, 0, 255, 0, 0, 255, 0, 0}
	rows := slices.Concat([]byte{0, byte(green)}, bytes.Repeat([]byte{1}, green), []byte{0, 0, 8, 0, 0, 1})
	out := binary.LittleEndian.AppendUint32([]byte("BM"), 0)
	for _, v := range []uint32{0, 14 + 40 + 8, 40, 8, 2, 1 | 8<<16, 1, 0, 0, 0, 2, 0} {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return append(append(out, colours...), rows...)
}

func TestBMPAndICO(t *testing.T) {
	img := noise(16, 16)
	plain := asBMP(t, img)
	for _, tc := range []struct {
		name string
		data []byte
	}{
		{"BMP", plain},
		{"ICO of a PNG", asICO(asPNG(t, noise(8, 8)), asPNG(t, img))},
		{"ICO of a bitmap", asICO(asPNG(t, noise(8, 8)), iconBitmap(t, img))},
	} {
		got, err := photo.Picture(tc.data, 16, photo.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		} else if !bytes.Equal(got.Pix, img.Pix) {
			t.Errorf("%s looks otherwise", tc.name)
		}
		if err := photo.CheckComplete(bytes.NewReader(tc.data)); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	got, err := photo.Picture(runsBMP(4), 8, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	wantColour(t, got, 7, 0, red, 0)
	wantColour(t, got, 3, 1, green, 0)
	wantColour(t, got, 7, 1, color.NRGBA{A: 255}, 0)

	var refused *photo.Error
	if _, err := photo.Picture(plain[:len(plain)/3], 16, photo.Limits{}); !errors.As(err, &refused) || refused.Kind != photo.Incomplete {
		t.Errorf("a third of a BMP: %v", err)
	}
	if err := photo.CheckComplete(bytes.NewReader(plain[:len(plain)-1])); err == nil {
		t.Error("a BMP without its last byte is whole")
	}
	binary.LittleEndian.PutUint32(plain[18:], 100_000)
	binary.LittleEndian.PutUint32(plain[22:], 100_000)
	if _, err := photo.Picture(plain, 16, photo.Limits{}); !errors.As(err, &refused) || refused.Kind != photo.TooManyPixels {
		t.Errorf("a BMP of 10,000 megapixels: %v", err)
	}
}
