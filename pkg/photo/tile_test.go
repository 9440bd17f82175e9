package photo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smalti/pkg/jpeg"
	"smalti/pkg/message"
	"smalti/pkg/photo"
)

var (
	red   = color.NRGBA{255, 0, 0, 255}
	green = color.NRGBA{0, 255, 0, 255}
	blue  = color.NRGBA{0, 0, 255, 255}
	white = color.NRGBA{255, 255, 255, 255}
	black = color.NRGBA{0, 0, 0, 255}
)

// near reports whether two colours differ by no more than JPEG may make them.
func near(a, b color.NRGBA, tolerance int) bool {
	d := func(x, y uint8) bool { return int(x)-int(y) <= tolerance && int(y)-int(x) <= tolerance }
	return d(a.R, b.R) && d(a.G, b.G) && d(a.B, b.B) && d(a.A, b.A)
}

func wantColour(t *testing.T, img *image.NRGBA, x, y int, want color.NRGBA, tolerance int) {
	t.Helper()
	if got := img.NRGBAAt(x, y); !near(got, want, tolerance) {
		t.Errorf("pixel (%d,%d) is %v, want %v", x, y, got, want)
	}
}

func TestEachFormatGivesItsColour(t *testing.T) {
	palette := color.Palette{red, green}
	first, second := image.NewPaletted(image.Rect(0, 0, 20, 10), palette), image.NewPaletted(image.Rect(0, 0, 20, 10), palette)
	for i := range second.Pix {
		second.Pix[i] = 1
	}
	deep := image.NewNRGBA64(image.Rect(0, 0, 9, 9))
	grey := image.NewGray(image.Rect(0, 0, 30, 20))
	grey16 := image.NewGray16(image.Rect(0, 0, 30, 20))
	for i := range deep.Pix {
		deep.Pix[i] = []byte{0xFF, 0xFF, 0x80, 0x00, 0, 0, 0xFF, 0xFF}[i%8]
	}
	for i := range grey.Pix {
		grey.Pix[i] = 77
	}
	for i := range grey16.Pix {
		grey16.Pix[i] = 77
	}
	for _, tc := range []struct {
		name string
		data []byte
		want color.NRGBA
	}{
		{"JPEG", asJPEG(t, flat(33, 17, color.NRGBA{200, 100, 50, 255})), color.NRGBA{200, 100, 50, 255}},
		{"JPEG of one pixel", asJPEG(t, flat(1, 1, color.NRGBA{200, 100, 50, 255})), color.NRGBA{200, 100, 50, 255}},
		{"JPEG, grey", asJPEG(t, grey), color.NRGBA{77, 77, 77, 255}},
		{"JPEG, three components", flatJPEG(-1, 1, 128, 128, 128), color.NRGBA{128, 128, 128, 255}},
		{"JPEG, RGB without conversion", flatJPEG(0, 1, 200, 100, 50), color.NRGBA{200, 100, 50, 255}},
		// Adobe stores inks inverted: 255 is no ink.
		{"JPEG, CMYK without ink", flatJPEG(0, 1, 255, 255, 255, 255), white},
		{"JPEG, CMYK cyan", flatJPEG(0, 1, 0, 255, 255, 255), color.NRGBA{0, 255, 255, 255}},
		{"JPEG, CMYK black", flatJPEG(0, 1, 255, 255, 255, 0), black},
		{"JPEG, YCCK grey", flatJPEG(2, 1, 128, 128, 128, 255), color.NRGBA{128, 128, 128, 255}},
		{"JPEG without its end", bytes.TrimSuffix(asJPEG(t, flat(16, 16, red)), []byte{0xFF, 0xD9}), color.NRGBA{254, 0, 0, 255}},
		{"JPEG and a web page", append(asJPEG(t, flat(16, 16, red)), "<html>"...), color.NRGBA{254, 0, 0, 255}},
		{"PNG", asPNG(t, flat(40, 30, color.NRGBA{1, 2, 3, 255})), color.NRGBA{1, 2, 3, 255}},
		{"PNG, 16 bits", asPNG(t, deep), color.NRGBA{255, 128, 0, 255}},
		{"PNG, grey 16 bits", asPNG(t, grey16), color.NRGBA{77, 77, 77, 255}},
		{"PNG, half transparent", asPNG(t, flat(8, 8, color.NRGBA{0, 0, 0, 128})), color.NRGBA{127, 127, 127, 255}},
		{"PNG, all transparent", asPNG(t, flat(8, 8, color.NRGBA{9, 9, 9, 0})), white},
		{"PNG, palette", asPNG(t, second), green},
		{"GIF, first of two frames", asGIF(t, first, second), red},
		{"WebP", stillRed(), red},
		{"WebP, animated", animatedRed(16), red},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, side := range []int{1, 5, 64} {
				img, err := photo.Tile(tc.data, side, photo.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				if img.Rect != image.Rect(0, 0, side, side) {
					t.Fatalf("tile of %d is %v", side, img.Rect)
				}
				for _, at := range []int{0, side / 2, side - 1} {
					wantColour(t, img, at, side-1-at, tc.want, 2)
				}
			}
		})
	}
}

// TestPaletteIndexOutOfRange: indexes beyond the palette once were a panic in a goroutine of the
// resampler, which nothing can recover from.
func TestPaletteIndexOutOfRange(t *testing.T) {
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = red
	}
	img := image.NewPaletted(image.Rect(0, 0, 64, 64), palette)
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	data := asPNG(t, img)
	i := bytes.Index(data, []byte("PLTE"))
	short := pngChunk(data[:i-4], "PLTE", data[i+4:i+4+3], data[i+4+3*256+4:])
	if _, err := photo.Tile(short, 16, photo.Limits{}); err != nil && sentence(t, err) == "" {
		t.Error("no sentence")
	}

	g := asGIF(t, img)
	g[10] &^= 7 // the global colour table shrinks to two entries, what follows stays
	g = append(g[:13+6:13+6], g[13+768:]...)
	if _, err := photo.Tile(g, 16, photo.Limits{}); err == nil || sentence(t, err) == "" {
		t.Errorf("GIF with wild indexes: %v", err)
	}
}

// pngChunk puts a PNG chunk with a right checksum between head and tail.
func pngChunk(head []byte, name string, payload, tail []byte) []byte {
	out := binary.BigEndian.AppendUint32(bytes.Clone(head), uint32(len(payload)))
	body := append([]byte(name), payload...)
	out = append(out, body...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	return append(out, tail...)
}

func sentence(t *testing.T, err error) string {
	t.Helper()
	m, ok := message.Of(err)
	if !ok {
		t.Errorf("no message in %v", err)
	}
	return m.String()
}

func TestWhatIsRefusedAndHow(t *testing.T) {
	jpg := asJPEG(t, noise(100, 100))
	pngData := asPNG(t, noise(100, 100))
	bigPNG := pngChunk(pngData[:8], "IHDR", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 10_000), 10_000), 8, 0, 0, 0, 0), pngData[33:])
	hugePNG := pngChunk(pngData[:8], "IHDR", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 1<<31-1), 1<<31-1), 8, 0, 0, 0, 0), pngData[33:])
	bigGIF := asGIF(t, image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{red, green}))
	copy(bigGIF[6:], []byte{0xFF, 0xFF, 0xFF, 0xFF})
	emptyGIF := append(bytes.Clone(bigGIF[:13+6]), ';')
	copy(emptyGIF[6:], []byte{8, 0, 0, 0})
	lossless := bytes.Replace(jpg, []byte{0xFF, 0xC0}, []byte{0xFF, 0xC3}, 1)
	ftyp := func(brand string) []byte { return []byte("\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x00\x00mif1") }
	badChecksum := bytes.Clone(pngData)
	badChecksum[40] ^= 0x55

	for _, tc := range []struct {
		name string
		data []byte
		kind photo.Kind
		says string
	}{
		{"nothing", nil, photo.Empty, "empty"},
		{"text named .jpg", []byte("Dear Zoë, the photo comes tomorrow."), photo.Unsupported, "This is a text file. We can use JPEG, PNG, GIF, WebP, HEIC, AVIF and BMP."},
		{"JSON", []byte(`{"error":"not found"}`), photo.Unsupported, "a text file"},
		{"web page", []byte("\n<!DOCTYPE html><title>404</title>"), photo.Unsupported, "a web page"},
		{"SVG", []byte(`<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"/>`), photo.Unsupported, "an SVG drawing"},
		{"TIFF", []byte("II*\x00\x08\x00\x00\x00"), photo.Unsupported, "a TIFF picture"},
		{"TIFF, other order", []byte("MM\x00*\x00\x00\x00\x08"), photo.Unsupported, "a TIFF picture"},
		{"BMP", []byte("BM\x00\x00\x00\x00"), photo.Unsupported, "a BMP picture"},
		{"head of an AVIF", ftyp("avif"), photo.Broken, "damaged or incomplete"},
		{"head of a HEIC", ftyp("heic"), photo.Broken, "damaged or incomplete"},
		{"video", ftyp("isom"), photo.Unsupported, "a video"},
		{"sound", []byte("RIFF\x00\x00\x00\x00WAVE"), photo.Unsupported, "a sound"},
		{"zip", []byte("PK\x03\x04rest"), photo.Unsupported, "an archive"},
		{"gzip", []byte("\x1f\x8b\x08"), photo.Unsupported, "an archive"},
		{"PDF", []byte("%PDF-1.7"), photo.Unsupported, "a PDF document"},
		{"bytes", []byte{0, 1, 2, 3, 0xFE}, photo.Unsupported, "isn’t a picture"},
		{"100 megapixels, PNG", bigPNG, photo.TooManyPixels, "This PNG picture has 100 megapixels; the limit is 30."},
		{"100 megapixels, JPEG", withSize(jpg, 10_000, 10_000), photo.TooManyPixels, "This JPEG picture has 100 megapixels; the limit is 64."},
		{"just too many", withSize(jpg, 10_000, 6401), photo.TooManyPixels, "This JPEG picture has 64.1 megapixels; the limit is 64."},
		{"just too many, progressive", withSizeOf(flatProgressive(1, 2, 3), 10_000, 6401), photo.TooManyPixels, "This JPEG picture has 64.1 megapixels; the limit is 64."},
		{"just too many, CMYK", withSize(flatJPEG(0, 1, 1, 2, 3, 4), 10_000, 6401), photo.TooManyPixels, "This JPEG picture has 64.1 megapixels; the limit is 64."},
		{"huge PNG", hugePNG, photo.TooManyPixels, "megapixels"},
		{"huge GIF canvas", bigGIF, photo.TooManyPixels, "4,295 megapixels"},
		{"huge WebP canvas", animatedRed(16384), photo.TooManyPixels, "269 megapixels"},
		{"GIF without height", emptyGIF, photo.Broken, "damaged"},
		{"too many bytes", append(bytes.Clone(jpg), make([]byte, photo.DefaultBytes)...), photo.TooLarge, "MB; the limit is 64 MB"},
		{"JPEG of 101 scans", manyScans(jpeg.MaxScans + 1), photo.TooComplex, "101 layers; the limit is 100"},
		{"lossless JPEG", lossless, photo.Unusual, "this kind of JPEG"},
		{"a third of a JPEG", jpg[:len(jpg)/3], photo.Incomplete, "Less than half of this photo arrived."},
		{"head of a JPEG", jpg[:2], photo.Broken, "damaged or incomplete"},
		{"a third of a PNG", pngData[:len(pngData)/3], photo.Incomplete, "Less than half of this photo arrived."},
		{"PNG with bad checksum", badChecksum, photo.Broken, "damaged or incomplete"},
		{"head of a GIF", []byte("GIF89a"), photo.Broken, "damaged or incomplete"},
		{"half a WebP", stillRed()[:30], photo.Broken, "damaged or incomplete"},
		{"animation without frames", animatedRed(20)[:44], photo.Broken, "damaged or incomplete"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for what, decode := range map[string]func([]byte, int, photo.Limits) (*image.NRGBA, error){"Tile": photo.Tile, "Picture": photo.Picture} {
				_, err := decode(tc.data, 64, photo.Limits{})
				e, ok := errors.AsType[*photo.Error](err)
				if !ok || e.Kind != tc.kind {
					t.Fatalf("%s: got %v, want an error of kind %s", what, err, tc.kind)
				}
				if !strings.Contains(e.Sentence(), tc.says) {
					t.Errorf("%s: sentence %q, want one with %q", what, e.Sentence(), tc.says)
				}
			}
		})
	}
}

// TestOrientations builds the stored picture from the words of the EXIF standard: where the first
// row and the first column are to be seen.
func TestOrientations(t *testing.T) {
	const w, h = 64, 32
	type side byte
	const top, bottom, left, right side = 't', 'b', 'l', 'r'
	rows := [...]side{0: top, 1: top, 2: top, 3: bottom, 4: bottom, 5: left, 6: right, 7: right, 8: left, 9: top}
	columns := [...]side{0: left, 1: left, 2: right, 3: right, 4: left, 5: top, 6: top, 7: bottom, 8: bottom, 9: left}
	upright := func(x, y int) color.NRGBA {
		return [2][2]color.NRGBA{{red, green}, {blue, white}}[2*y/h][2*x/w]
	}
	for o := range rows {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(fmt.Sprint(o, order), func(t *testing.T) {
				stored := image.NewNRGBA(image.Rect(0, 0, w, h))
				if rows[o] == left || rows[o] == right {
					stored = image.NewNRGBA(image.Rect(0, 0, h, w))
				}
				for r := range stored.Rect.Dy() {
					for c := range stored.Rect.Dx() {
						var x, y int
						for _, is := range []struct {
							side side
							n    int
						}{{rows[o], r}, {columns[o], c}} {
							switch is.side {
							case top:
								y = is.n
							case bottom:
								y = h - 1 - is.n
							case left:
								x = is.n
							case right:
								x = w - 1 - is.n
							}
						}
						stored.SetNRGBA(c, r, upright(x, y))
					}
				}
				data := withSegment(asJPEG(t, stored), 0xE1, exif(order, uint16(o)))
				img, err := photo.Picture(data, w, photo.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				if img.Rect != image.Rect(0, 0, w, h) {
					t.Fatalf("picture is %v, want %d x %d", img.Rect, w, h)
				}
				tile, err := photo.Tile(data, 32, photo.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range []image.Point{{8, 8}, {56, 8}, {8, 24}, {56, 24}} {
					wantColour(t, img, p.X, p.Y, upright(p.X, p.Y), 10)
					wantColour(t, tile, (p.X-32)/3+16, p.Y, upright(p.X, p.Y), 10)
				}
			})
		}
	}
}

func TestFineDetailKeepsItsLight(t *testing.T) {
	board := image.NewGray(image.Rect(0, 0, 512, 512))
	for y := range 512 {
		for x := range 512 {
			board.Pix[y*board.Stride+x] = uint8((x + y) % 2 * 255)
		}
	}
	data := asPNG(t, board)
	for _, side := range []int{16, 40, 64, 96, 100, 128, 200, 250} {
		img, err := photo.Tile(data, side, photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for i := 0; i < len(img.Pix); i += 4 {
			sum += int(img.Pix[i])
		}
		if mean := sum / (side * side); mean < 186 || mean > 190 { // half the light is level 188
			t.Errorf("at %d pixels a chessboard has level %d, want 188", side, mean)
		}
	}
}

func TestFlatColoursSurviveExactly(t *testing.T) {
	for level := range 256 {
		c := color.NRGBA{uint8(level), uint8(255 - level), uint8(level / 2), 255}
		img, err := photo.Tile(asPNG(t, flat(30, 30, c)), 10, photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		wantColour(t, img, 5, 5, c, 0)
	}
}

func TestPictureKeepsItsShape(t *testing.T) {
	for _, tc := range []struct{ width, height, most, wantWidth, wantHeight int }{
		{300, 200, 150, 150, 100},
		{200, 300, 150, 100, 150},
		{300, 200, 1000, 300, 200},
		{1, 8000, 1000, 1, 1000},
		{8000, 2, 1000, 1000, 1},
		{1000, 999, 7, 7, 7},
	} {
		img, err := photo.Picture(asPNG(t, flat(tc.width, tc.height, green)), tc.most, photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := img.Rect, image.Rect(0, 0, tc.wantWidth, tc.wantHeight); got != want {
			t.Errorf("%d x %d at most %d: got %v, want %v", tc.width, tc.height, tc.most, got, want)
		}
		wantColour(t, img, 0, 0, green, 0)
	}
}

func TestCheckReadsOnlyTheHead(t *testing.T) {
	for _, tc := range []struct {
		data []byte
		want photo.Info
	}{
		{withSegment(asJPEG(t, noise(300, 200)), 0xE1, make([]byte, 60_000)), photo.Info{Format: photo.JPEG, Width: 300, Height: 200}},
		{asPNG(t, noise(300, 200)), photo.Info{Format: photo.PNG, Width: 300, Height: 200}},
		{asGIF(t, image.NewPaletted(image.Rect(0, 0, 3, 2), color.Palette{red, green})), photo.Info{Format: photo.GIF, Width: 3, Height: 2}},
		{stillRed(), photo.Info{Format: photo.WebP, Width: 16, Height: 16}},
	} {
		r := bytes.NewReader(append(tc.data, make([]byte, 1<<20)...))
		info, err := photo.Check(r, photo.Limits{})
		if err != nil || info != tc.want {
			t.Errorf("got %+v, %v; want %+v", info, err, tc.want)
		}
		if r.Len() < 1<<19 {
			t.Errorf("%s: all but %d bytes were read", tc.want.Format, r.Len())
		}
	}
}

func TestCheckTellsTheReaderFromThePicture(t *testing.T) {
	broken := errors.New("line is down")
	head := asJPEG(t, noise(100, 100))[:200]
	for _, n := range []int{0, 2, 200} {
		_, err := photo.Check(&failing{data: head[:n], err: broken}, photo.Limits{})
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v, want the reader's error", n, err)
		}
	}
}

type failing struct {
	data []byte
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if len(f.data) == 0 {
		return 0, f.err
	}
	n := copy(p, f.data)
	f.data = f.data[n:]
	return n, nil
}

// photos lists a folder of real photographs, and skips where there is none.
func photos(t testing.TB, folder string) []string {
	t.Helper()
	root := os.Getenv("SMALTI_TEST_PHOTOS")
	if root == "" {
		t.Skip("SMALTI_TEST_PHOTOS does not name a folder of photos")
	}
	files, err := filepath.Glob(filepath.Join(root, folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s of SMALTI_TEST_PHOTOS: %v", folder, err)
	}
	return files
}

func TestRealPhotos(t *testing.T) {
	for i, file := range append(photos(t, "targets"), photos(t, "tiles")...) {
		if i%5 != 0 && i > 10 {
			continue // a sample will do
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := photo.Tile(data, 96, photo.Limits{}); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}
