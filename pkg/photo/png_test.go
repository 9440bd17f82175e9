package photo_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"

	"smalti/pkg/photo"
)

// pngParts are what asPNG writes: the signature with the header, the compressed pixels, and the end.
func pngParts(t testing.TB, data []byte) (head, idat, end []byte) {
	t.Helper()
	const header = 8 + 25
	for rest := data[header:]; string(rest[4:8]) == "IDAT"; {
		n := binary.BigEndian.Uint32(rest)
		idat = append(idat, rest[8:8+n]...)
		rest = rest[12+n:]
	}
	return data[:header], idat, data[len(data)-12:]
}

// interlacedPNG is a picture in the seven passes of an interlaced PNG.
func interlacedPNG(t testing.TB, img *image.NRGBA) []byte {
	t.Helper()
	var rows bytes.Buffer
	z := zlib.NewWriter(&rows)
	width, height := img.Rect.Dx(), img.Rect.Dy()
	for _, p := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		for y := p[1]; y < height && p[0] < width; y += p[3] {
			row := []byte{0}
			for x := p[0]; x < width; x += p[2] {
				row = append(row, img.Pix[img.PixOffset(x, y):][:3]...)
			}
			if _, err := z.Write(row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	whole := asPNG(t, flat(width, height, red))
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	out := pngChunk(whole[:8], "IHDR", append(head, 8, 2, 0, 0, 1), nil)
	return pngChunk(out, "IDAT", rows.Bytes(), whole[len(whole)-12:])
}

func TestDamagedPNG(t *testing.T) {
	img := noise(60, 40)
	data := asPNG(t, img)
	head, idat, end := pngParts(t, data)
	ancillary := pngChunk(bytes.Clone(head), "tEXt", []byte("Comment\x00x"), data[len(head):])
	ancillary[len(head)+12] ^= 1
	adler := bytes.Clone(idat)
	adler[len(adler)-1] ^= 1
	short := bytes.Clone(head)
	short[8+8+7]-- // the height
	short = pngChunk(short[:8], "IHDR", short[16:29], data[len(head):])
	unknown := pngChunk(bytes.Clone(head), "XxXx", []byte("critical"), data[len(head):])
	wrongCRC := pngChunk(bytes.Clone(head), "IDAT", idat, end)
	wrongCRC[len(wrongCRC)-13] ^= 1
	interlaced := interlacedPNG(t, img)
	for _, tc := range []struct {
		name string
		data []byte
		size image.Point
		err  string // the sentence of the refusal
		rows int    // of the original
	}{
		{"whole and interlaced", interlaced, image.Pt(60, 40), "", 40},
		{"wrong CRC of an ancillary chunk", ancillary, image.Pt(60, 40), "", 40},
		{"wrong CRC of the pixels", wrongCRC, image.Pt(60, 40), "", 40},
		{"wrong Adler-32", pngChunk(bytes.Clone(head), "IDAT", adler, end), image.Pt(60, 40), "", 40},
		{"no Adler-32", pngChunk(bytes.Clone(head), "IDAT", idat[:len(idat)-4], end), image.Pt(60, 40), "", 40},
		{"no IEND", data[:len(data)-12], image.Pt(60, 40), "", 40},
		{"a row too much", short, image.Pt(60, 39), "", 39},
		{"an unknown critical chunk", unknown, image.Pt(60, 40), "", 40},
		{"cut at four fifths", data[:len(data)*4/5], image.Pt(60, 40), "", 20},
		{"cut at a quarter", data[:len(data)/4], image.Point{}, "Less than half of this photo arrived.", 0},
		{"interlaced, cut at four fifths", interlaced[:len(interlaced)*4/5], image.Pt(60, 40), "", 1},
		{"interlaced, cut at a tenth", interlaced[:len(interlaced)/10], image.Pt(60, 40), "", 1},
		{"interlaced, cut at the first rows", interlaced[:80], image.Point{}, "Less than half of this photo arrived.", 0},
		{"no pixels", append(bytes.Clone(head), end...), image.Point{}, "This picture is damaged or incomplete.", 0},
		{"no header", append(bytes.Clone(head[:8]), data[len(head):]...), image.Point{}, "This picture is damaged or incomplete.", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := photo.Picture(tc.data, 60, photo.Limits{})
			if e := (*photo.Error)(nil); tc.err != "" {
				if !errors.As(err, &e) || e.Sentence() != tc.err {
					t.Errorf("got %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Rect.Size() != tc.size {
				t.Fatalf("size %v, want %v", got.Rect.Size(), tc.size)
			}
			if n := 4 * 60 * tc.rows; !bytes.Equal(got.Pix[:n], img.Pix[:n]) && tc.rows > 1 {
				t.Error("the rows that arrived look otherwise")
			}
		})
	}
}

// TestCutInterlacedPNG: each pixel that did not arrive looks like its neighbour of an earlier pass.
func TestCutInterlacedPNG(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.SetNRGBA(i%64, i/64, color.NRGBA{uint8(4 * (i % 64)), uint8(4 * (i / 64)), 0, 255})
	}
	data := interlacedPNG(t, img)
	for _, part := range []float64{0.9, 0.6, 0.3} {
		got, err := photo.Picture(data[:int(part*float64(len(data)))], 64, photo.Limits{})
		if err != nil {
			t.Errorf("%.0f %%: %v", 100*part, err)
			continue
		}
		for i := range 64 * 64 {
			x, y := i%64, i/64
			r, g := int(got.Pix[4*i])/4, int(got.Pix[4*i+1])/4
			if r > x || x-r > 7 || g > y || y-g > 7 {
				t.Fatalf("%.0f %%: at %d, %d is the pixel of %d, %d", 100*part, x, y, r, g)
			}
		}
	}
}

// TestTargetsAreWhole: a friend's photo may lack its end, what everybody looks at may not.
func TestTargetsAreWhole(t *testing.T) {
	data := asPNG(t, noise(60, 40))
	cut := data[:len(data)*4/5]
	var refused *photo.Error
	if _, err := photo.NewDecoder(photo.Limits{}, 1<<20).Target(t.Context(), cut, 40); !errors.As(err, &refused) || refused.Kind != photo.Broken {
		t.Errorf("a target that was cut off: %v", err)
	}
	if _, err := photo.Tile(cut, 40, photo.Limits{}); err != nil {
		t.Errorf("a friend's photo that was cut off: %v", err)
	}
}
