package photo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"

	"smalti/pkg/photo"
)

func TestDamagedJPEG(t *testing.T) {
	data := asJPEG(t, noise(160, 160))
	whole, err := photo.Picture(data, 160, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	start := bytes.Index(data, []byte{0xFF, 0xDA}) + 14
	cut := func(part float64) []byte { return data[:start+int(part*float64(len(data)-start))] }
	marker := bytes.Clone(data)
	copy(marker[start+(len(data)-start)*4/5:], []byte{0xFF, 0x55})
	comment := withSegment(data, 0xFE, nil)
	comment[5] = 0 // the length
	const less = "Less than half of this photo arrived."
	for _, tc := range []struct {
		name string
		data []byte
		rows int // that look as those of the whole
		err  string
	}{
		{"bad length of a comment", comment, 160, ""},
		{"cut at four fifths", cut(0.8), 112, ""},
		{"cut at four fifths, with an end", append(bytes.Clone(cut(0.8)), 0xFF, 0xD9), 112, ""},
		{"a marker in its midst", marker, 112, ""},
		{"cut at a third", cut(0.33), 0, less},
		{"cut behind its header", data[:start], 0, less},
		{"cut in its header", data[:start-30], 0, less},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := photo.Picture(tc.data, 160, photo.Limits{})
			if e := (*photo.Error)(nil); tc.err != "" {
				if !errors.As(err, &e) || e.Sentence() != tc.err {
					t.Errorf("got %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := tc.rows * got.Stride; got.Rect != whole.Rect || !bytes.Equal(got.Pix[:n], whole.Pix[:n]) {
				t.Error("what arrived looks otherwise")
			}
		})
	}
}

// TestCutJPEGIsWhiteBelow: what did not arrive is white, as in browsers.
func TestCutJPEGIsWhiteBelow(t *testing.T) {
	data := asJPEG(t, noise(160, 160))
	got, err := photo.Picture(data[:len(data)*3/4], 160, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	wantColour(t, got, 80, 155, white, 0)
}

func TestCMYKWithoutAdobe(t *testing.T) {
	want := color.NRGBA{0, 255, 255, 255}
	img, err := photo.Picture(flatJPEG(-1, 1, 0, 255, 255, 255), 8, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	wantColour(t, img, 4, 4, want, 2)
}

// greyProgressive is a progressive JPEG of 64 x 64 grey pixels.
func greyProgressive() []byte {
	jpg := withSizeOf(flatProgressive(128, 128, 128), 64, 64)
	i := bytes.Index(jpg, []byte{0xFF, 0xDA})
	jpg = jpg[:i+2+int(binary.BigEndian.Uint16(jpg[i+2:]))]
	const bits = 64 * 3 * 4 // four of each block, all zero
	return append(append(jpg, make([]byte, bits/8)...), 0xFF, 0xD9)
}

func withSizeOf(jpg []byte, width, height uint16) []byte {
	i := bytes.Index(jpg, []byte{0xFF, 0xC2})
	binary.BigEndian.PutUint16(jpg[i+5:], height)
	binary.BigEndian.PutUint16(jpg[i+7:], width)
	return jpg
}

func TestCutProgressiveJPEG(t *testing.T) {
	data := greyProgressive()
	scan := len(data) - 2 - 96
	for _, tc := range []struct {
		size  int
		taken bool
	}{{96, true}, {70, true}, {30, false}} {
		img, err := photo.Picture(data[:scan+tc.size], 64, photo.Limits{})
		var refused *photo.Error
		switch {
		case !tc.taken && (!errors.As(err, &refused) || refused.Kind != photo.Incomplete):
			t.Errorf("%d of 96 bytes: %v", tc.size, err)
		case tc.taken && err != nil:
			t.Errorf("%d of 96 bytes: %v", tc.size, err)
		case tc.taken:
			wantColour(t, img, 32, 10, color.NRGBA{128, 128, 128, 255}, 1)
		}
	}
	// The same coefficients cut off again and again, each time after a bad length that hides the scans.
	again := withSegment(greyProgressive(), 0xFE, nil)
	again[5] = 0
	i := bytes.Index(again, []byte{0xFF, 0xDA})
	scans := again[i : len(again)-2]
	for range 200 {
		again = append(again[:len(again)-2], scans...)
	}
	if _, err := photo.Picture(again, 64, photo.Limits{}); err == nil {
		t.Error("a JPEG of 200 hidden scans was taken")
	}
}

// TestSizeIsCheckedOnce: what is repaired has the size that was checked.
func TestSizeIsCheckedOnce(t *testing.T) {
	large := withSize(asJPEG(t, noise(16, 16)), 65500, 65500)
	small := asJPEG(t, noise(16, 16))
	frame := bytes.Index(small, []byte{0xFF, 0xC0})
	both := append(bytes.Clone(small[:frame+19]), large[2:]...)
	for _, data := range [][]byte{both, append(bytes.Clone(small[:2]), append([]byte{0xFF, 0xFE, 0, 0}, large[2:]...)...)} {
		if img, err := photo.Picture(data, 100, photo.Limits{}); err == nil && img.Rect != image.Rect(0, 0, 16, 16) {
			t.Errorf("taken as %v", img.Rect)
		}
	}
}

func TestUnusualJPEG(t *testing.T) {
	sampling := func(y, cb, cr byte) []byte {
		jpg := asJPEG(t, noise(64, 64))
		i := bytes.Index(jpg, []byte{0xFF, 0xC0}) + 11
		jpg[i], jpg[i+3], jpg[i+6] = y, cb, cr
		return jpg
	}
	for _, data := range [][]byte{sampling(0x22, 0x11, 0x12), sampling(0x31, 0x11, 0x11)} {
		if img, err := photo.Picture(data, 64, photo.Limits{}); err != nil || img.Rect != image.Rect(0, 0, 64, 64) {
			t.Error(err)
		}
	}
}
