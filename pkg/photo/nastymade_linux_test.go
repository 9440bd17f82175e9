package photo_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"smalti/pkg/testenv"
)

// madeNasty are files of every kind that goes wrong somewhere, made here.
func madeNasty(t *testing.T) map[string][]byte {
	t.Helper()
	jpg, pngData := asJPEG(t, noise(200, 150)), asPNG(t, noise(60, 40))
	paletted := image.NewPaletted(image.Rect(0, 0, 60, 40), color.Palette{red, color.Transparent, green})
	for i := range paletted.Pix {
		paletted.Pix[i] = uint8(i % 3)
	}
	deep := image.NewNRGBA64(image.Rect(0, 0, 33, 21))
	for i := range deep.Pix {
		deep.Pix[i] = uint8(i * 7)
	}
	grey := image.NewGray(image.Rect(0, 0, 30, 20))
	with := func(data []byte, edit func([]byte)) []byte {
		data = bytes.Clone(data)
		edit(data)
		return data
	}
	ihdr := func(width, height uint32, depth, kind, interlace byte) []byte {
		head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
		return pngChunk(pngData[:8], "IHDR", append(head, depth, kind, 0, 0, interlace), pngData[33:])
	}
	still := asGIF(t, paletted)
	canvas, dot := image.NewPaletted(image.Rect(0, 0, 2000, 2000), color.Palette{red, green}), image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{red, green})
	two, three := asGIF(t, canvas, dot), asGIF(t, canvas, dot, dot)
	frames := slices.Concat(two[:len(two)-1], bytes.Repeat(three[len(two)-1:len(three)-1], 4000))
	ftyp := func(brand string, size int) []byte {
		return append([]byte("\x00\x00\x00\x18ftyp"+brand+"\x00\x00\x00\x00mif1"), make([]byte, size)...)
	}
	var zipped, zeros bytes.Buffer
	g := gzip.NewWriter(&zipped)
	g.Write(jpg)
	g.Close()
	z, _ := zlib.NewWriterLevel(&zeros, zlib.BestSpeed)
	io.CopyN(z, endless{}, 120<<20)
	z.Close()
	lossless := func(width, height uint32) []byte {
		head := binary.LittleEndian.AppendUint32([]byte{0x2F}, width-1|(height-1)<<14)
		return riff("RIFF", []byte("WEBP"), riff("VP8L", append(head, redVP8L()[5:]...)))
	}
	orientation := func(o uint16) []byte { return withSegment(jpg, 0xE1, exif(binary.LittleEndian, o)) }
	return map[string][]byte{
		"empty.jpg": nil, "soi.jpg": jpg[:2], "header.jpg": jpg[:200], "half.jpg": jpg[:len(jpg)/2], "no_end.jpg": jpg[:len(jpg)-2],
		"flipped.jpg": with(jpg, func(b []byte) {
			for i := 700; i < len(b); i += 97 {
				b[i] ^= 0x10
			}
		}),
		"random.jpg": with(jpg, func(b []byte) {
			for i := 700; i < len(b); i++ {
				b[i] = uint8(i * i >> 3)
			}
		}),
		"bad_segment.jpg":  withSegment(jpg, 0xFE, nil)[:5],
		"65500.jpg":        withSize(jpg, 65500, 65500),
		"thin.jpg":         asJPEG(t, noise(1, 8000)),
		"one.jpg":          asJPEG(t, flat(1, 1, red)),
		"grey.jpg":         asJPEG(t, grey),
		"cmyk.jpg":         flatJPEG(0, 1, 10, 20, 30, 40),
		"ycck.jpg":         flatJPEG(2, 1, 10, 20, 30, 40),
		"progressive.jpg":  flatProgressive(77, 128, 128),
		"progressive2.jpg": flatProgressive(77, 128, 128)[:200],
		"layers.jpg":       manyScans(1000),
		"arithmetic.jpg":   with(jpg, func(b []byte) { b[bytes.Index(b, []byte{0xFF, 0xC0})+1] = 0xC9 }),
		"sampling.jpg":     with(jpg, func(b []byte) { b[bytes.Index(b, []byte{0xFF, 0xC0})+11] = 0x31 }),
		"orientation0.jpg": orientation(0), "orientation6.jpg": orientation(6), "orientation9.jpg": orientation(9),
		"bad_exif.jpg":  withSegment(jpg, 0xE1, []byte("Exif\x00\x00II*\x00\xff\xff\xff\xff")),
		"two.mpo":       append(bytes.Clone(jpg), jpg...),
		"trailing.jpg":  append(bytes.Clone(jpg), "<html><script>alert(1)</script>"...),
		"png_named.jpg": pngData, "jpeg_named.png": jpg,
		"crc.png": with(pngData, func(b []byte) { b[len(b)-20] ^= 1 }), "half.png": pngData[:len(pngData)/2], "no_data.png": pngData[:33],
		"filter.png":      ihdr(61, 40, 8, 2, 0),
		"interlaced.png":  ihdr(60, 40, 8, 2, 1),
		"30000.png":       ihdr(30000, 30000, 1, 0, 0),
		"huge.png":        ihdr(1<<31-1, 1<<31-1, 8, 2, 0),
		"profile.png":     pngChunk(pngData[:33], "iCCP", append([]byte("x\x00\x00"), zeros.Bytes()...), pngData[33:]),
		"text.png":        pngChunk(pngData[:33], "zTXt", append([]byte("x\x00\x00"), zeros.Bytes()...), pngData[33:]),
		"apng.png":        pngChunk(pngData[:33], "acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0}, pngData[33:]),
		"deep.png":        asPNG(t, deep),
		"palette.png":     asPNG(t, paletted),
		"transparent.png": asPNG(t, flat(20, 20, color.Transparent)),
		"still.gif":       still, "half.gif": still[:len(still)/2], "animated.gif": asGIF(t, paletted, paletted, paletted),
		"interlaced.gif": with(still, func(b []byte) { b[bytes.IndexByte(b[13:], ',')+13+9] |= 0x40 }),
		"65535.gif":      with(still, func(b []byte) { copy(b[6:], "\xff\xff\xff\xff") }),
		"outside.gif":    with(still, func(b []byte) { copy(b[6:], "\x08\x00\x08\x00") }),
		"flat.gif":       with(still, func(b []byte) { copy(b[8:], "\x00\x00") }),
		"frames.gif":     append(frames, ';'),
		"script.gif":     []byte("GIF89a/*\x00\x00*/=1;alert(document.domain)"),
		"still.webp":     stillRed(), "half.webp": stillRed()[:25], "animated.webp": animatedRed(20), "no_frame.webp": animatedRed(20)[:44],
		"16383.webp": lossless(16383, 16383), "canvas.webp": animatedRed(16384),
		"short.webp": lossless(3000, 3000), // 9 megapixels, in which a few bytes are repeated
		"photo.avif": ftyp("avif", 500), "sequence.avif": ftyp("avis", 500), "photo.heic": ftyp("heic", 500), "photo.heif": ftyp("mif1", 500),
		"empty.tiff": []byte("II*\x00\x08\x00\x00\x00\x00\x00"), "motorola.tif": []byte("MM\x00*\x00\x00\x00\x08\xff\xff"), "big.tiff": []byte("II+\x00\x08\x00\x00\x00"),
		"photo.bmp": append([]byte("BM"), make([]byte, 3000)...), "xxe.svg": []byte(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg>&e;</svg>`),
		"laughs.svg":  []byte(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>`),
		"gzipped.jpg": zipped.Bytes(), "drawing.svgz": zipped.Bytes()[:40],
		"404.jpg": []byte("<!DOCTYPE html><title>404</title>"), "error.png": []byte(`{"error":"gone"}`), "noise.jpg": {0, 1, 2, 3, 0xFE, 0xFF},
	}
}

func TestMadeNastyFiles(t *testing.T) {
	testenv.SkipSlow(t)
	dir := t.TempDir()
	for name, data := range madeNasty(t) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	feedNasty(t, dir)
}

// endless is an endless reader.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
