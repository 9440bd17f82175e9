package photo_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/bits"
	"testing"
)

// Pictures that the tests make themselves.

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

func asGIF(t testing.TB, frames ...*image.Paletted) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: frames, Delay: make([]int, len(frames))}); err != nil {
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

// withSize patches the size in a JPEG's frame header.
func withSize(jpg []byte, width, height uint16) []byte {
	jpg = bytes.Clone(jpg)
	i := bytes.Index(jpg, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(jpg[i+5:], height)
	binary.BigEndian.PutUint16(jpg[i+7:], width)
	return jpg
}

// withSegment puts a marker segment behind a JPEG's first two bytes.
func withSegment(jpg []byte, marker byte, payload []byte) []byte {
	out := []byte{0xFF, 0xD8, 0xFF, marker}
	out = binary.BigEndian.AppendUint16(out, uint16(len(payload)+2))
	return append(append(out, payload...), jpg[2:]...)
}

// exif is an APP1 payload whose first directory holds the resolution unit, and the orientation.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("Exif\x00\x00II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("Exif\x00\x00MM\x00*")
	}
	b = order.AppendUint32(b, 8) // where the directory begins
	b = order.AppendUint16(b, 2) // how many entries it has
	for _, entry := range [][2]uint16{{0x0128, 2}, {0x0112, orientation}} {
		const short = 3
		b = order.AppendUint16(b, entry[0])
		b = order.AppendUint16(b, short)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, entry[1])
		b = order.AppendUint16(b, 0)
	}
	return order.AppendUint32(b, 0) // no further directory
}

// flatJPEG writes a baseline JPEG of 8 x 8 pixels of one colour, of any number of components, which
// no encoder at hand does: only DC coefficients, with Huffman tables to suit. With adobe >= 0 it has
// an Adobe segment with that transform. The scan is written so many times.
func flatJPEG(adobe, scans int, components ...uint8) []byte {
	out := []byte{0xFF, 0xD8}
	segment := func(marker byte, payload ...byte) {
		out = append(out, 0xFF, marker)
		out = binary.BigEndian.AppendUint16(out, uint16(len(payload)+2))
		out = append(out, payload...)
	}
	if adobe >= 0 {
		segment(0xEE, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(adobe))...)
	}
	// With all steps 8, the DC coefficient of a flat block is its level less 128.
	segment(0xDB, append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)...)
	frame := []byte{8, 0, 8, 0, 8, byte(len(components))}
	scan := []byte{byte(len(components))}
	for i := range components {
		frame = append(frame, byte(i+1), 0x11, 0)
		scan = append(scan, byte(i+1), 0)
	}
	segment(0xC0, frame...)
	// DC: categories 0 to 8, each with a code of four bits that is the category. AC: end of block, "0".
	segment(0xC4, append(append([]byte{0x00}, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0, 1, 2, 3, 4, 5, 6, 7, 8)...)
	segment(0xC4, append(append([]byte{0x10}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0)...)
	for range scans {
		segment(0xDA, append(scan, 0, 63, 0)...)
		out = append(out, flatBits(components, true)...)
	}
	return append(out, 0xFF, 0xD9)
}

// flatProgressive is flatJPEG as a progressive one, whose only scan holds the DC coefficients.
func flatProgressive(components ...uint8) []byte {
	jpg := flatJPEG(-1, 1, components...)
	jpg[bytes.Index(jpg, []byte{0xFF, 0xC0})+1] = 0xC2
	i := bytes.Index(jpg, []byte{0xFF, 0xDA})
	header := 2 + int(binary.BigEndian.Uint16(jpg[i+2:]))
	jpg[i+header-2] = 0 // the last coefficient of the scan
	return append(append(jpg[:i+header], flatBits(components, false)...), 0xFF, 0xD9)
}

// manyScans is a progressive JPEG of so many scans.
func manyScans(n int) []byte {
	jpg := flatProgressive(128, 128, 128)
	scan := jpg[bytes.Index(jpg, []byte{0xFF, 0xDA}) : len(jpg)-2]
	return append(append(jpg[:len(jpg)-2], bytes.Repeat(scan, n-1)...), 0xFF, 0xD9)
}

func flatBits(components []uint8, endOfBlock bool) []byte {
	var acc uint64
	n := 0
	put := func(v uint64, width int) { acc, n = acc<<width|v, n+width }
	for _, level := range components {
		dc := int(level) - 128
		category := bits.Len(uint(max(dc, -dc)))
		put(uint64(category), 4)
		if dc < 0 {
			dc += 1<<category - 1
		}
		put(uint64(dc), category)
		if endOfBlock {
			put(0, 1)
		}
	}
	for n%8 != 0 {
		put(1, 1)
	}
	var out []byte
	for n -= 8; n >= 0; n -= 8 {
		b := byte(acc >> n)
		if out = append(out, b); b == 0xFF {
			out = append(out, 0)
		}
	}
	return out
}

func riff(name string, payload ...[]byte) []byte {
	body := bytes.Join(payload, nil)
	b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// redVP8L is a lossless WebP bitstream (RFC 9649, section 3) of 16 x 16 red pixels: no transforms,
// and five prefix codes of one symbol each, which take no bits per pixel.
func redVP8L() []byte { return flatVP8L(255, 0, 0) }

func flatVP8L(r, g, b uint64) []byte {
	var acc uint64
	n := 0
	var out []byte
	put := func(v uint64, width int) {
		acc |= v << n
		for n += width; n >= 8; n -= 8 {
			out = append(out, byte(acc))
			acc >>= 8
		}
	}
	put(0x2F, 8)
	put(15, 14)
	put(15, 14)
	put(0, 1+3)                                        // no alpha, version 0
	put(0, 1)                                          // no transform
	put(0, 1)                                          // no colour cache
	put(0, 1)                                          // no meta prefix codes
	for _, symbol := range []uint64{g, r, b, 255, 0} { // green, red, blue, alpha, distance
		put(1, 1) // simple code
		put(0, 1) // one symbol
		put(1, 1) // of eight bits
		put(symbol, 8)
	}
	put(0, 7)
	return out
}

func stillRed() []byte { return riff("RIFF", []byte("WEBP"), riff("VP8L", redVP8L())) }

// animatedRed is an animation of one frame on a larger canvas.
func animatedRed(canvas uint16) []byte {
	size := []byte{byte(canvas - 1), byte((canvas - 1) >> 8), 0}
	extended := append([]byte{1 << 1, 0, 0, 0}, append(size, size...)...)
	about := []byte{0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 100, 0, 0, 0}
	return riff("RIFF", []byte("WEBP"), riff("VP8X", extended), riff("ANIM", make([]byte, 6)),
		riff("ANMF", about, riff("VP8L", redVP8L())))
}
