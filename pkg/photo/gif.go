package photo

import (
	"bufio"
	"compress/lzw"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"io"
)

// gifFrame is what precedes the pixels of a frame (GIF89a, 20 to 22).
type gifFrame struct {
	rect       image.Rectangle
	palette    color.Palette // of 256 colours
	interlaced bool
	codes      []byte // the code size and the blocks of data
}

// gifFrames takes a GIF apart, more leniently than image/gif: like browsers it accepts frames that reach over
// the edge of the canvas, and data that ends early.
type gifFrames struct {
	rest   []byte
	screen image.Rectangle
	global color.Palette
}

var errNoFrame = errors.New("gif: no further frame")

func openGIF(data []byte) (*gifFrames, error) {
	const header = 13
	if len(data) < header {
		return nil, io.ErrUnexpectedEOF
	}
	width, height := binary.LittleEndian.Uint16(data[6:]), binary.LittleEndian.Uint16(data[8:])
	g := &gifFrames{rest: data[header:], screen: image.Rect(0, 0, int(width), int(height))}
	var err error
	g.global, err = g.colours(data[10])
	return g, err
}

// colours reads a table of colours, if the flags say that there is one. Those that it lacks are black.
func (g *gifFrames) colours(flags byte) (color.Palette, error) {
	n := 0
	if flags&0x80 != 0 {
		n = 2 << (flags & 7)
	}
	if len(g.rest) < 3*n {
		return nil, io.ErrUnexpectedEOF
	}
	p := make(color.Palette, 256) // so that every index is valid
	for i := range p {
		p[i] = color.Black
		if i < n {
			p[i] = color.RGBA{g.rest[3*i], g.rest[3*i+1], g.rest[3*i+2], 255}
		}
	}
	g.rest = g.rest[3*n:]
	return p, nil
}

// next reads up to the next frame and over it.
func (g *gifFrames) next() (gifFrame, error) {
	transparent := -1
	for len(g.rest) > 0 {
		kind := g.rest[0]
		switch {
		case kind == 0x21 && len(g.rest) >= 2: // an extension
			if control := g.rest; len(control) >= 8 && control[1] == 0xF9 && control[2] == 4 && control[3]&1 != 0 {
				transparent = int(control[6])
			}
			g.rest = g.rest[2:]
			g.skipBlocks()
		case kind == 0x2C && len(g.rest) >= 11:
			return g.frame(transparent)
		default: // the trailer, an unknown block, or the end
			return gifFrame{}, errNoFrame
		}
	}
	return gifFrame{}, errNoFrame
}

func (g *gifFrames) frame(transparent int) (gifFrame, error) {
	at := func(i int) int { return int(binary.LittleEndian.Uint16(g.rest[i:])) }
	f := gifFrame{rect: image.Rect(at(1), at(3), at(1)+at(5), at(3)+at(7))}
	flags := g.rest[9]
	f.interlaced = flags&0x40 != 0
	g.rest = g.rest[10:]
	f.palette = g.global
	if flags&0x80 != 0 {
		local, err := g.colours(flags)
		if err != nil {
			return gifFrame{}, err
		}
		f.palette = local
	}
	if transparent >= 0 {
		f.palette = append(color.Palette{}, f.palette...)
		f.palette[transparent] = color.Transparent
	}
	start := g.rest
	g.rest = g.rest[min(1, len(g.rest)):] // the code size
	g.skipBlocks()
	f.codes = start[:len(start)-len(g.rest)]
	return f, nil
}

func (g *gifFrames) skipBlocks() {
	for len(g.rest) > 0 {
		n := int(g.rest[0])
		g.rest = g.rest[min(1+n, len(g.rest)):]
		if n == 0 {
			return
		}
	}
}

// decode decodes the pixels of a frame as far as they go. What is missing at the bottom is missing in the
// picture; of an interlaced frame, the rows that are there stand for those that are not.
func (f gifFrame) decode(ctx context.Context) (*image.Paletted, error) {
	if len(f.codes) == 0 || f.codes[0] < 2 || f.codes[0] > 8 {
		return nil, errors.New("gif: bad code size")
	}
	r := lzw.NewReader(&blockReader{blocks: f.codes[1:]}, lzw.LSB, int(f.codes[0]))
	defer func() { _ = r.Close() }()
	img := image.NewPaletted(f.rect, f.palette)
	width, height := f.rect.Dx(), f.rect.Dy()
	rows := 0 // from the top that have pixels
	for y, span := range gifRows(height, f.interlaced) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		row := img.Pix[y*img.Stride:][:width]
		if _, err := io.ReadFull(r, row); err != nil {
			break
		}
		for i := y + 1; i < min(y+span, height); i++ {
			copy(img.Pix[i*img.Stride:], row)
		}
		rows = max(rows, min(y+span, height))
	}
	part := f.rect
	part.Max.Y = part.Min.Y + rows
	return img.SubImage(part).(*image.Paletted), nil
}

// gifRows iterates over the rows of a frame in the order of its data, with how many rows each stands for
// until those between it and the next come (GIF89a, appendix E).
func gifRows(height int, interlaced bool) func(yield func(y, span int) bool) {
	passes := [][3]int{{0, 1, 1}} // first row, step, rows to stand for
	if interlaced {
		passes = [][3]int{{0, 8, 8}, {4, 8, 4}, {2, 4, 2}, {1, 2, 1}}
	}
	return func(yield func(y, span int) bool) {
		for _, p := range passes {
			for y := p[0]; y < height; y += p[1] {
				if !yield(y, p[2]) {
					return
				}
			}
		}
	}
}

// blockReader joins blocks of data, each of which begins with its length.
type blockReader struct {
	blocks, block []byte
}

func (b *blockReader) ReadByte() (byte, error) {
	if len(b.block) == 0 {
		if len(b.blocks) < 2 || b.blocks[0] == 0 {
			return 0, io.EOF
		}
		n := min(int(b.blocks[0]), len(b.blocks)-1)
		b.block, b.blocks = b.blocks[1:1+n], b.blocks[1+n:]
	}
	c := b.block[0]
	b.block = b.block[1:]
	return c, nil
}

func (b *blockReader) Read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		if p[n], err = b.ReadByte(); err == nil {
			n++
		}
	}
	return n, err
}

// gifSize is the size of the canvas: that of the screen, or larger, if the first frame reaches beyond it.
func gifSize(r io.Reader) (width, height int, err error) {
	b := bufio.NewReader(r)
	var screen [13]byte
	if _, err := io.ReadFull(b, screen[:]); err != nil {
		return 0, 0, err
	}
	width, height = int(binary.LittleEndian.Uint16(screen[6:])), int(binary.LittleEndian.Uint16(screen[8:]))
	frame, err := firstFrame(b, screen[10])
	if err != nil {
		return width, height, nil //nolint:nilerr // the decoder refuses it
	}
	at := func(i int) int { return int(binary.LittleEndian.Uint16(frame[i:])) }
	return max(width, at(0)+at(4)), max(height, at(2)+at(6)), nil
}

// decodeGIF is the first frame that is not blank, on its canvas.
func decodeGIF(ctx context.Context, data []byte) (source, error) {
	g, err := openGIF(data)
	if err != nil {
		return source{}, err
	}
	a := animation{canvas: g.screen}
	for first := true; a.more(); first = false {
		f, err := g.next()
		if err != nil {
			break
		}
		if first { // as in gifSize
			a.canvas.Max = image.Pt(max(a.canvas.Max.X, f.rect.Max.X), max(a.canvas.Max.Y, f.rect.Max.Y))
		}
		if f.rect.Empty() {
			continue
		}
		if !a.affords(f.rect) {
			break
		}
		img, err := f.decode(ctx)
		if err != nil {
			a.failed(err)
			break
		}
		part := present(f.rect, img.Rect)
		a.add(source{Image: img, canvas: a.canvas, cut: part < 1}, part)
	}
	return a.result()
}
