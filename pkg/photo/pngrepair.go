package photo

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

// pngLayout is what the header of a PNG says about its rows (PNG specification, 11.2.1).
type pngLayout struct {
	width, height int
	bits          int // of a pixel
	interlaced    bool
}

// pngPass is one of the reduced pictures that an interlaced PNG consists of (PNG specification, 8.2): every
// dx-th pixel of every dy-th row from x, y on. A picture that is not interlaced has a single one.
type pngPass struct{ x, y, dx, dy int }

var adam7 = []pngPass{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}

func (l pngLayout) passes() []pngPass {
	if l.interlaced {
		return adam7
	}
	return []pngPass{{0, 0, 1, 1}}
}

// size is how many pixels a row of the pass has, and how many rows it has.
func (p pngPass) size(l pngLayout) (width, rows int) {
	width, rows = (l.width-p.x+p.dx-1)/p.dx, (l.height-p.y+p.dy-1)/p.dy
	if width <= 0 || rows <= 0 {
		return 0, 0
	}
	return width, rows
}

func readLayout(ihdr []byte) (l pngLayout, ok bool) {
	if len(ihdr) != 13 {
		return l, false
	}
	channels := map[byte]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[ihdr[9]]
	l = pngLayout{
		width:      int(binary.BigEndian.Uint32(ihdr)),
		height:     int(binary.BigEndian.Uint32(ihdr[4:])),
		bits:       channels * int(ihdr[8]),
		interlaced: ihdr[12] == 1,
	}
	return l, l.bits > 0 && l.bits <= 64 && l.width > 0 && l.height > 0
}

// repairPNG decodes a PNG whose size was checked, but that image/png refuses, as far as its pixels go. It writes
// a sound PNG for the decoder, some KB at a time: without chunks that are not needed, with right checksums, and
// with empty rows for those that are missing. refusal is the error if no pixels can be had.
func repairPNG(ctx context.Context, data []byte, info Info, refusal error) (source, error) {
	var idat []io.Reader
	sound := bytes.NewBufferString(pngSignature)
	var layout pngLayout
	for name, payload := range lenientChunks(data) {
		switch name {
		case "IHDR":
			var ok bool
			if layout, ok = readLayout(payload); !ok || layout.width != info.Width || layout.height != info.Height {
				return source{}, refusal
			}
			writeChunk(sound, name, payload)
		case "PLTE", "tRNS":
			if len(idat) == 0 {
				writeChunk(sound, name, payload)
			}
		case "IDAT":
			idat = append(idat, bytes.NewReader(payload))
		}
	}
	if layout.width == 0 || len(idat) == 0 {
		return source{}, refusal
	}
	compressed := io.MultiReader(idat...)
	if _, err := io.CopyN(io.Discard, compressed, 2); err != nil { // the header of zlib
		return source{}, refusal
	}
	rows := &soundRows{ctx: ctx, layout: layout, pixels: flate.NewReader(compressed), out: sound}
	rows.zlib, _ = zlib.NewWriterLevel(chunkWriter{sound}, zlib.NoCompression)
	img, err := png.Decode(rows)
	if err != nil {
		return source{}, err
	}
	return rows.picture(img, refusal)
}

// soundRows reads as a PNG of the rows that can be inflated, and of empty ones for the rest.
type soundRows struct {
	ctx    context.Context // of one decoding, which the reader does not outlive
	layout pngLayout
	pixels io.Reader // inflated
	out    *bytes.Buffer
	zlib   *zlib.Writer

	pass, y int
	have    [7]int // rows of each pass
	cut     bool
	row     []byte
	ended   bool
}

func (s *soundRows) Read(p []byte) (int, error) {
	const enough = 16 << 10
	for s.out.Len() < enough && !s.ended {
		if err := s.ctx.Err(); err != nil {
			return 0, err
		}
		s.nextRow()
	}
	return s.out.Read(p)
}

func (s *soundRows) nextRow() {
	passes := s.layout.passes()
	if s.pass == len(passes) {
		_ = s.zlib.Close() // into memory
		writeChunk(s.out, "IEND", nil)
		s.ended = true
		return
	}
	width, rows := passes[s.pass].size(s.layout)
	if s.y == rows {
		s.pass, s.y = s.pass+1, 0
		return
	}
	const filters = 5
	n := 1 + (width*s.layout.bits+7)/8
	if cap(s.row) < n {
		s.row = make([]byte, n)
	}
	row := s.row[:n]
	if !s.cut {
		_, err := io.ReadFull(s.pixels, row)
		s.cut = err != nil || row[0] >= filters
	}
	if s.cut {
		clear(row)
	} else {
		s.have[s.pass]++
	}
	s.y++
	_, _ = s.zlib.Write(row) // into memory
}

// picture leaves out what was missing. Pixels of an interlaced picture are taken from the passes before.
func (s *soundRows) picture(img image.Image, refusal error) (source, error) {
	first := s.layout.passes()[0]
	b := img.Bounds()
	there := b
	there.Max.Y = min(b.Max.Y, s.have[0]*first.dy)
	switch {
	case present(b, there) < half:
		return source{}, &Error{Kind: Incomplete, Err: refusal}
	case !s.cut:
		return source{Image: img}, nil
	}
	if s.layout.interlaced {
		s.fill(img)
	}
	part := img.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(there)
	return source{Image: part, canvas: b, cut: true}, nil
}

// fill copies to each pixel that is missing the one from which its pass took it apart.
func (s *soundRows) fill(img image.Image) {
	pix, stride, size := samples(img)
	if size == 0 {
		return
	}
	for i, p := range adam7[1:] {
		back := size * p.x // a pass halves the distance in one direction: across, or down
		if p.y > 0 {
			back = stride * p.y
		}
		for y := p.y + s.have[i+1]*p.dy; y < s.layout.height; y += p.dy {
			for x := p.x; x < s.layout.width; x += p.dx {
				at := y*stride + x*size
				copy(pix[at:at+size], pix[at-back:])
			}
		}
	}
}

// samples are those of a picture as image/png makes it, with the number of bytes of a row and of a pixel.
func samples(img image.Image) (pix []byte, stride, size int) {
	switch img := img.(type) {
	case *image.Gray:
		return img.Pix, img.Stride, 1
	case *image.Paletted:
		return img.Pix, img.Stride, 1
	case *image.Gray16:
		return img.Pix, img.Stride, 2
	case *image.RGBA:
		return img.Pix, img.Stride, 4
	case *image.NRGBA:
		return img.Pix, img.Stride, 4
	case *image.RGBA64:
		return img.Pix, img.Stride, 8
	case *image.NRGBA64:
		return img.Pix, img.Stride, 8
	}
	return nil, 0, 0
}

func writeChunk(b *bytes.Buffer, name string, payload []byte) {
	head := append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), name...)
	sum := crc32.Update(crc32.ChecksumIEEE(head[4:]), crc32.IEEETable, payload)
	b.Write(head)
	b.Write(payload)
	b.Write(binary.BigEndian.AppendUint32(nil, sum))
}

// chunkWriter writes IDAT chunks.
type chunkWriter struct{ out *bytes.Buffer }

func (c chunkWriter) Write(p []byte) (int, error) {
	writeChunk(c.out, "IDAT", p)
	return len(p), nil
}
