package photo

import (
	"compress/flate"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"io"
)

// pngReader joins the data of a frame. Behind a chunk with a wrong checksum it fails: what would follow is noise,
// and no browser shows such a picture whole.
type pngReader struct {
	ctx  context.Context // of one decoding, which the reader does not outlive
	data []pngData
	rest []byte
	err  error
}

func (r *pngReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if len(r.data) == 0 {
			return 0, io.EOF
		}
		d := r.data[0]
		r.data, r.rest = r.data[1:], d.payload
		if d.chunk.whole && !d.chunk.sound() {
			r.err = fmt.Errorf("%w: checksum of rows", errPNG)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// decode decodes a frame from the origin on as far as its rows go, and tells which part of it is there. Pixels of
// an interlaced picture that are missing are taken from the passes before.
func (f *pngFile) decode(ctx context.Context, frame pngFrame) (s source, part float64, err error) {
	l := f.layout
	l.width, l.height = frame.rect.Dx(), frame.rect.Dy()
	in := &pngReader{ctx: ctx, data: frame.data}
	if _, err := io.CopyN(io.Discard, in, 2); err != nil { // the header of zlib
		return s, 0, err
	}
	rows := newPNGRows(f, l)
	inflated := flate.NewReader(in)
	have, cut := [7]int{}, false
	for i, p := range l.passes() {
		width, height := p.size(l)
		n := 1 + (width*l.channels*l.depth+7)/8
		rows.begin(n)
		for y := 0; y < height && !cut; y++ {
			row := rows.next()
			if _, err := io.ReadFull(inflated, row); err != nil {
				cut = true
			} else if filter := row[0]; filter >= filters {
				cut = true
			} else {
				rows.restore(filter)
				rows.put(p.x, p.y+y*p.dy, p.dx, width)
				have[i]++
			}
		}
	}
	if ctx.Err() != nil {
		return s, 0, ctx.Err()
	}
	if cut && in.err != nil {
		return s, 0, in.err
	}
	img := rows.img
	whole := image.Rect(0, 0, l.width, l.height)
	there := whole
	there.Max.Y = min(l.height, have[0]*l.passes()[0].dy)
	if !cut {
		return source{Image: img}, 1, nil
	}
	if l.interlaced {
		rows.fill(l, have)
	}
	shown := img.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(there)
	return source{Image: shown, canvas: whole, cut: true}, present(whole, there), nil
}

// pngRows restores rows and converts their samples to eight bits.
type pngRows struct {
	layout       pngLayout
	clear        []byte // samples of the colour that is transparent; nil: none
	bpp          int    // bytes to the pixel on the left
	row, above   []byte // each begins with its filter
	img          image.Image
	pix          []byte
	stride, size int // bytes of a row and of a pixel of img
	level        [256]byte
}

// filters is how many kinds of them there are (PNG specification, 9.2).
const filters = 5

func newPNGRows(f *pngFile, l pngLayout) *pngRows {
	r := &pngRows{layout: l, bpp: max(1, l.channels*l.depth/8)}
	if l.depth <= 8 {
		for i := range r.level {
			r.level[i] = byte(i)
			if l.colour == pngGrey {
				r.level[i] = byte(i & (1<<l.depth - 1) * 255 / (1<<l.depth - 1))
			}
		}
	}
	if (l.colour == pngGrey || l.colour == pngRGB) && len(f.clear) >= 2*l.channels {
		r.clear = f.clear
	}
	rect := image.Rect(0, 0, l.width, l.height)
	switch {
	case l.colour == pngPalette:
		img := image.NewPaletted(rect, f.palette)
		r.img, r.pix, r.stride, r.size = img, img.Pix, img.Stride, 1
	case l.colour == pngGrey && r.clear == nil:
		img := image.NewGray(rect)
		r.img, r.pix, r.stride, r.size = img, img.Pix, img.Stride, 1
	case l.colour == pngRGB && r.clear == nil:
		img := image.NewRGBA(rect)
		r.img, r.pix, r.stride, r.size = img, img.Pix, img.Stride, 4
	default:
		img := image.NewNRGBA(rect)
		r.img, r.pix, r.stride, r.size = img, img.Pix, img.Stride, 4
	}
	return r
}

// begin begins a pass with rows of n bytes.
func (r *pngRows) begin(n int) { r.row, r.above = make([]byte, n), make([]byte, n) }

// next is the space of the next row.
func (r *pngRows) next() []byte {
	r.row, r.above = r.above, r.row
	return r.row
}

// restore undoes the filter of the row (PNG specification, 9.2).
func (r *pngRows) restore(filter byte) {
	row, above, bpp := r.row[1:], r.above[1:], r.bpp
	above = above[:len(row)]
	switch filter {
	case 1: // left
		for i := bpp; i < len(row); i++ {
			row[i] += row[i-bpp]
		}
	case 2: // above
		for i, v := range above {
			row[i] += v
		}
	case 3: // their mean
		for i := range min(bpp, len(row)) {
			row[i] += above[i] / 2
		}
		for i := bpp; i < len(row); i++ {
			row[i] += byte((int(row[i-bpp]) + int(above[i])) / 2)
		}
	case 4:
		paeth(row, above, bpp)
	}
}

// paeth undoes the filter of that name (PNG specification, 9.4).
func paeth(row, above []byte, bpp int) {
	for channel := range bpp {
		var a, c int // left; above it
		for i := channel; i < len(row); i += bpp {
			b := int(above[i])
			pa, pb := b-c, a-c
			pc := pa + pb
			pa, pb, pc = max(pa, -pa), max(pb, -pb), max(pc, -pc)
			switch {
			case pa <= pb && pa <= pc:
			case pb <= pc:
				a = b
			default:
				a = c
			}
			a = (a + int(row[i])) & 0xFF
			row[i] = byte(a)
			c = b
		}
	}
}

// put writes the pixels of the row: n of them from x, y on, dx apart.
func (r *pngRows) put(x, y, dx, n int) {
	out, step := r.pix[y*r.stride+x*r.size:], dx*r.size
	row, l := r.row[1:], r.layout
	switch {
	case l.depth < 8:
		r.putBits(out, step, n)
	case r.size == 1 && step == 1 && l.depth == 8:
		copy(out, row[:n])
	case r.size == 1:
		for i := range n {
			out[i*step] = row[i*l.depth/8]
		}
	case l.colour == pngRGB && l.depth == 8:
		for i := range n {
			p, q := row[3*i:3*i+3:3*i+3], out[i*step:i*step+4:i*step+4]
			q[0], q[1], q[2], q[3] = p[0], p[1], p[2], 255
		}
	case l.colour == pngRGBA && l.depth == 8 && step == 4:
		copy(out, row[:4*n])
	default:
		r.putSamples(out, step, n)
	}
	if r.clear != nil {
		r.putClear(out, step, n)
	}
}

// putBits writes samples of less than eight bits.
func (r *pngRows) putBits(out []byte, step, n int) {
	row, depth := r.row[1:], r.layout.depth
	for i := range n {
		bit := i * depth
		v := r.level[row[bit/8]>>(8-depth-bit%8)&(1<<depth-1)]
		if q := out[i*step:]; r.size == 1 {
			q[0] = v
		} else {
			q[0], q[1], q[2], q[3] = v, v, v, 255
		}
	}
}

// putSamples writes the high bytes of samples as R, G, B and A.
func (r *pngRows) putSamples(out []byte, step, n int) {
	l, width := r.layout, r.layout.depth/8
	row := r.row[1:]
	for i := range n {
		p, q := row[i*width*l.channels:][:width*l.channels], out[i*step:][:4]
		switch l.channels {
		case 1, 2:
			q[0], q[1], q[2], q[3] = p[0], p[0], p[0], 255
		default:
			q[0], q[1], q[2], q[3] = p[0], p[width], p[2*width], 255
		}
		if l.channels%2 == 0 {
			q[3] = p[(l.channels-1)*width]
		}
	}
}

// putClear makes the pixels of the transparent colour transparent. All bits of their samples count.
func (r *pngRows) putClear(out []byte, step, n int) {
	l, row := r.layout, r.row[1:]
	sample := func(i int) uint16 {
		switch bit := i * l.depth; l.depth {
		case 16:
			return binary.BigEndian.Uint16(row[2*i:])
		default:
			return uint16(row[bit/8]) >> (8 - l.depth - bit%8) & (1<<l.depth - 1)
		}
	}
	for i := range n {
		same := true
		for c := range l.channels {
			same = same && sample(i*l.channels+c) == binary.BigEndian.Uint16(r.clear[2*c:])&(1<<l.depth-1)
		}
		if same {
			out[i*step+3] = 0
		}
	}
}

// fill copies to each pixel that is missing the one from which its pass took it apart.
func (r *pngRows) fill(l pngLayout, have [7]int) {
	for i, p := range adam7[1:] {
		back := r.size * p.x // a pass halves the distance in one direction: across, or down
		if p.y > 0 {
			back = r.stride * p.y
		}
		for y := p.y + have[i+1]*p.dy; y < l.height; y += p.dy {
			for x := p.x; x < l.width; x += p.dx {
				at := y*r.stride + x*r.size
				copy(r.pix[at:at+r.size], r.pix[at-back:])
			}
		}
	}
}
