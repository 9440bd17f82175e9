package photo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/jpeg"
	"io"
)

// jpegFrame is what a start of frame says (ITU-T T.81, B.2.2).
type jpegFrame struct {
	width, height int
	progressive   bool
	parts         []jpegPart
	hMax, vMax    int
}

type jpegPart struct {
	id   byte
	h, v int
	rows int // of pixels of the picture for which this part has a colour
}

func readFrame(marker byte, p []byte) (f jpegFrame, ok bool) {
	if len(p) < 6 || len(p) != 6+3*int(p[5]) || p[0] != 8 {
		return f, false
	}
	f = jpegFrame{height: int(binary.BigEndian.Uint16(p[1:])), width: int(binary.BigEndian.Uint16(p[3:])), progressive: marker == markerSOF2}
	for p = p[6:]; len(p) > 0; p = p[3:] {
		part := jpegPart{id: p[0], h: int(p[1] >> 4), v: int(p[1] & 15)}
		if part.h < 1 || part.h > 4 || part.v < 1 || part.v > 4 {
			return f, false
		}
		f.hMax, f.vMax = max(f.hMax, part.h), max(f.vMax, part.v)
		f.parts = append(f.parts, part)
	}
	return f, len(f.parts) > 0 && f.width > 0 && f.height > 0
}

// blocks is how many blocks all parts have together.
func (f *jpegFrame) blocks() int {
	n := 0
	for _, p := range f.parts {
		n += p.h * p.v
	}
	return n * ceilDiv(f.width, 8*f.hMax) * ceilDiv(f.height, 8*f.vMax)
}

// jpegRepair writes a sound JPEG of a damaged one: the segments that matter, and the codes of its scans as far
// as they make sense, with empty blocks for the rest.
type jpegRepair struct {
	ctx      context.Context // of one decoding, which the repair does not outlive
	info     Info            // as it was checked
	out      []byte
	frame    jpegFrame
	tables   [2][4]*huffman // of DC and AC
	interval int            // of restarts
	adobe    bool
	scans    int
	blocks   int // copied, of all scans
	defined  int // tables
	cut      bool
	grey     bool // what is missing is shown as grey
}

// What a repair may cost. Sound files define eight tables for each scan at most, and in all scans, except those
// of corrections, go over each block a few times.
const (
	maxTables = 8 * maxScans
	maxPasses = 8
)

// repairJPEG decodes a JPEG whose size was checked, but that image/jpeg refuses. refusal is the error if that is
// of no use.
func repairJPEG(ctx context.Context, data []byte, info Info, refusal error) (source, error) {
	r := &jpegRepair{ctx: ctx, info: info, out: []byte{0xFF, markerSOI}}
	if !r.walk(data) {
		if err := ctx.Err(); err != nil {
			return source{}, err
		}
		return source{}, refusal
	}
	rows := r.frame.height
	for _, p := range r.frame.parts {
		rows = min(rows, p.rows)
	}
	if float64(rows) < half*float64(r.frame.height) {
		return source{}, &Error{Kind: Incomplete, Err: refusal}
	}
	img, err := jpeg.Decode(reader(ctx, append(r.out, 0xFF, markerEOI)))
	if err != nil {
		return source{}, err
	}
	s := source{Image: img, cut: r.cut}
	if b := img.Bounds(); rows < b.Dy() && !r.grey {
		s.canvas = b
		b.Max.Y = b.Min.Y + rows
		s.Image = img.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(b)
	}
	return s, nil
}

// walk goes from segment to segment, over what is between them. A segment with an impossible length is skipped.
func (r *jpegRepair) walk(data []byte) bool {
	for {
		i := bytes.IndexByte(data, 0xFF)
		if i < 0 || i+1 >= len(data) {
			return r.frame.width > 0
		}
		marker := data[i+1]
		if marker == markerEOI {
			return r.frame.width > 0
		}
		if marker < markerSOF0 || marker >= markerRST0 && marker <= markerSOI || marker == 0xFF {
			data = data[i+1:]
			continue
		}
		data = data[i+2:]
		if len(data) < 2 {
			return r.frame.width > 0
		}
		n := int(binary.BigEndian.Uint16(data))
		if n < 2 || n > len(data) {
			continue
		}
		payload, rest := data[2:n], data[n:]
		if marker == markerSOS {
			used, ok := r.scan(payload, rest)
			if !ok {
				return false
			}
			data = rest[used:]
			continue
		}
		if !r.segment(marker, payload) {
			return false
		}
		data = rest
	}
}

func (r *jpegRepair) segment(marker byte, p []byte) bool {
	ok := true
	switch marker {
	case markerDHT:
		ok = r.readTables(p)
	case markerDRI:
		if ok = len(p) == 2; ok {
			r.interval = int(binary.BigEndian.Uint16(p))
		}
	case markerSOF0, markerSOF1, markerSOF2:
		if r.frame.width > 0 {
			return true // what follows is another picture
		}
		r.frame, ok = readFrame(marker, p)
		ok = ok && r.frame.width == r.info.Width && r.frame.height == r.info.Height
		if ok && len(r.frame.parts) == 4 && !r.adobe {
			// Without a word about its colours the decoder refuses it. Browsers take them for inverted CMYK.
			r.copySegment(markerAPP14, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))
		}
	case markerAPP14:
		r.adobe = r.adobe || bytes.HasPrefix(p, []byte("Adobe")) && len(p) >= 12
	case markerDQT, markerAPP0:
	default:
		return true // not needed
	}
	if ok {
		r.copySegment(marker, p)
	}
	return ok
}

func (r *jpegRepair) copySegment(marker byte, p []byte) {
	r.out = append(r.out, 0xFF, marker)
	r.out = binary.BigEndian.AppendUint16(r.out, uint16(len(p)+2))
	r.out = append(r.out, p...)
}

func (r *jpegRepair) readTables(p []byte) bool {
	for len(p) > 0 {
		if r.defined++; r.defined > maxTables || len(p) < 17 || p[0]>>4 > 1 || p[0]&15 > 3 {
			return false
		}
		h, n := readHuffman(p[1:])
		if h == nil {
			return false
		}
		r.tables[p[0]>>4][p[0]&15] = h
		p = p[1+n:]
	}
	return true
}

// jpegSize is the size that a start of frame gives, for JPEGs whose other segments are damaged.
func jpegSize(r io.Reader) (width, height int, err error) {
	var seen bytes.Buffer
	c, err := jpeg.DecodeConfig(io.TeeReader(r, &seen))
	if err == nil || isUnsupported(err) {
		return c.Width, c.Height, err
	}
	b := bufio.NewReader(io.MultiReader(&seen, r))
	for {
		marker, payload := nextSegment(b)
		switch marker {
		case 0, markerSOS:
			return 0, 0, err
		case markerSOF0, markerSOF1, markerSOF2:
			if f, ok := readFrame(marker, payload); ok {
				return f.width, f.height, nil
			}
		}
	}
}

// nextSegment reads a segment as walk does. The marker is 0 at the end.
func nextSegment(b *bufio.Reader) (marker byte, payload []byte) {
	for {
		head, err := b.Peek(4)
		if err != nil {
			return 0, nil
		}
		n := int(binary.BigEndian.Uint16(head[2:]))
		marker := head[1]
		if head[0] != 0xFF || marker < markerSOF0 || marker == 0xFF || marker >= markerRST0 && marker <= markerEOI || n < 2 {
			_, _ = b.Discard(1) // it was peeked at
			continue
		}
		payload := make([]byte, n+2)
		if _, err := io.ReadFull(b, payload); err != nil {
			return 0, nil
		}
		return marker, payload[4:]
	}
}
