package photo

import (
	"context"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"math/bits"
)

// dib is a device-independent bitmap: what a BMP holds behind its 14 bytes of header, and an icon for each size
// (Microsoft, "Bitmap Storage" and "BITMAPINFOHEADER").
type dib struct {
	width, height int
	topDown       bool
	depth         int // bits per pixel
	packing       uint32
	masks         [4]uint32 // of red, green, blue and alpha, with 16 and 32 bits
	palette       [256][4]byte
	rows          []byte
}

// How the pixels of a bitmap are packed.
const (
	bmpPlain  = 0
	bmpRuns8  = 1
	bmpRuns4  = 2
	bmpMasked = 3

	bmpMaskedAlpha = 6
)

// bmpOS2 is the size of the oldest header.
const bmpOS2 = 12

var errBitmap = errors.New("bmp: bad header")

// readDIB reads a header. start is where the rows begin, counted from data; 0 means behind the colours.
func readDIB(data []byte, start int) (*dib, error) {
	if len(data) < 12 {
		return nil, errBitmap
	}
	u16 := func(i int) int { return int(binary.LittleEndian.Uint16(data[i:])) }
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(data[i:]) }
	size := int(u32(0))
	d, entry, colours := &dib{}, 4, 0 // bytes of a colour, and how many there are
	switch {
	case size == bmpOS2:
		entry, d.width, d.height, d.depth = 3, u16(4), u16(6), u16(10)
	case size >= 40 && size <= len(data):
		height := int(int32(u32(8)))
		d.width, d.height, d.topDown = int(int32(u32(4))), max(height, -height), height < 0
		d.depth, d.packing, colours = u16(14), u32(16), int(u32(32))
	}
	if d.width <= 0 || d.height <= 0 || d.width > 1<<20 || d.height > 1<<20 {
		return nil, errBitmap
	}
	end := size
	switch d.depth {
	case 1, 2, 4, 8:
		n := colours
		if n <= 0 || n > 1<<d.depth {
			n = 1 << d.depth
		}
		for i := range d.palette {
			d.palette[i] = [4]byte{0, 0, 0, 255}
			if at := size + entry*i; i < n && at+3 <= len(data) {
				d.palette[i] = [4]byte{data[at+2], data[at+1], data[at], 255}
			}
		}
		end += entry * n
	case 16:
		d.masks = [4]uint32{0x7C00, 0x3E0, 0x1F}
	case 24:
	case 32:
		d.masks = [4]uint32{0xFF0000, 0xFF00, 0xFF}
	default:
		return nil, errBitmap
	}
	masked := (d.packing == bmpMasked || d.packing == bmpMaskedAlpha) && (d.depth == 16 || d.depth == 32) && len(data) >= 56
	if masked {
		for i := range d.masks[:3] {
			d.masks[i] = u32(40 + 4*i)
		}
		if size == 40 {
			end += 12
		}
	}
	// Headers of version 3 have a mask of alpha for masked pixels only.
	if masked && (size >= 56 || d.packing == bmpMaskedAlpha) || size >= 108 && d.depth == 32 {
		d.masks[3] = u32(52)
	}
	if start <= 0 {
		start = end
	}
	d.rows = data[min(start, len(data)):]
	ok := d.packing == bmpPlain || masked || d.packing == bmpMasked && d.depth == 24 || d.packing == bmpRuns8 && d.depth == 8 || d.packing == bmpRuns4 && d.depth == 4
	if !ok {
		return nil, errBitmap
	}
	return d, nil
}

// stride is how many bytes a row takes: a multiple of four.
func (d *dib) stride() int { return (d.width*d.depth + 31) / 32 * 4 }

// decode decodes the pixels as far as they go.
func (d *dib) decode(ctx context.Context) (source, error) {
	whole := image.Rect(0, 0, d.width, d.height)
	if d.packing == bmpRuns4 || d.packing == bmpRuns8 {
		img := image.NewNRGBA(whole)
		if d.runs(img) { // a browser shows a picture with steps on black
			for i := 3; i < len(img.Pix); i += 4 {
				img.Pix[i] = 255
			}
		}
		return source{Image: img}, nil
	}
	stride := d.stride()
	there := min(d.height, len(d.rows)/stride)
	if float64(there) < half*float64(d.height) {
		return source{}, &Error{Kind: Incomplete, Err: io.ErrUnexpectedEOF}
	}
	img := image.NewNRGBA(whole)
	for i := range there {
		if err := ctx.Err(); err != nil {
			return source{}, err
		}
		d.row(img.Pix[d.y(i)*img.Stride:][:4*d.width], d.rows[i*stride:][:stride])
	}
	return source{Image: img, cut: there < d.height}, nil
}

// y is where the i-th row of the data belongs.
func (d *dib) y(i int) int {
	if d.topDown {
		return i
	}
	return d.height - 1 - i
}

func (d *dib) row(pix, row []byte) {
	switch d.depth {
	case 24:
		for x := range d.width {
			pix[4*x], pix[4*x+1], pix[4*x+2], pix[4*x+3] = row[3*x+2], row[3*x+1], row[3*x], 255
		}
	case 16, 32:
		for x := range d.width {
			v := uint32(binary.LittleEndian.Uint16(row[d.depth/8*x:]))
			if d.depth == 32 {
				v = binary.LittleEndian.Uint32(row[4*x:])
			}
			for i, mask := range d.masks {
				pix[4*x+i] = masked(v, mask)
			}
			if d.masks[3] == 0 {
				pix[4*x+3] = 255
			}
		}
	default:
		for x := range d.width {
			bit := x * d.depth
			index := row[bit/8] >> (8 - d.depth - bit%8) & (1<<d.depth - 1)
			copy(pix[4*x:], d.palette[index][:])
		}
	}
}

// masked is the level that some bits of a pixel stand for.
func masked(v, mask uint32) uint8 {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	return uint8(uint64(v&mask>>shift) * 255 / uint64(mask>>shift))
}

// runs decodes runs of equal pixels, 255 at most in two bytes. What they do not reach is transparent. It reports
// whether some pixels were stepped over.
func (d *dib) runs(img *image.NRGBA) (skipped bool) {
	x, i := 0, 0 // i counts rows of the data
	put := func(index byte) {
		if x < d.width && i < d.height {
			copy(img.Pix[d.y(i)*img.Stride+4*x:], d.palette[index][:])
		}
		x++
	}
	// pixel is the n-th pixel of literal data, or of a pattern of one byte.
	pixel := func(p []byte, n int) byte {
		if d.depth == 8 {
			return p[n%len(p)]
		}
		return p[n/2%len(p)] >> (4 * (1 - n%2)) & 15
	}
	for p := d.rows; len(p) >= 2 && i < d.height; {
		n, c := int(p[0]), p[1]
		p = p[2:]
		switch {
		case n > 0:
			for k := range n {
				put(pixel([]byte{c}, k))
			}
		case c == 0: // end of the row
			skipped = skipped || x < d.width
			x, i = 0, i+1
		case c == 1: // end of the picture
			return skipped
		case c == 2: // a step to the right and up
			if len(p) < 2 {
				return skipped
			}
			x, i, p = x+int(p[0]), i+int(p[1]), p[2:]
			skipped = true
		default: // literal pixels, padded to 16 bits
			size := (int(c)*d.depth + 15) / 16 * 2
			if size > len(p) {
				return skipped
			}
			for k := range int(c) {
				put(pixel(p[:size], k))
			}
			p = p[size:]
		}
	}
	return skipped
}

func openBMP(data []byte) (*dib, error) {
	const header = 14
	if len(data) < header {
		return nil, io.ErrUnexpectedEOF
	}
	return readDIB(data[header:], int(binary.LittleEndian.Uint32(data[10:]))-header)
}

// bmpProfile is the profile at the end of a BMP whose header is of version 5 (Microsoft, "BITMAPV5HEADER").
func bmpProfile(data []byte) []byte {
	const header, version5, embedded = 14, 124, 0x4D424544
	if len(data) < header+version5 {
		return nil
	}
	data = data[header:]
	u32 := func(i int) uint64 { return uint64(binary.LittleEndian.Uint32(data[i:])) }
	from, size := u32(112), u32(116)
	if u32(0) != version5 || u32(56) != embedded || from+size > uint64(len(data)) {
		return nil
	}
	return data[from : from+size]
}
