package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// frame is a start of frame (ITU-T T.81, B.2.2).
type frame struct {
	width, height           int
	progressive, arithmetic bool
	parts                   []component
	maxH, maxV              int // of the sampling factors
	across, down            int // units (MCU) of an interleaved scan
}

func (f *frame) config() Config {
	return Config{f.width, f.height, len(f.parts), f.progressive, f.arithmetic}
}

func parseFrame(marker byte, p []byte) (f frame, err error) {
	switch marker {
	case markerSOF0, markerSOF1, markerSOF2, markerSOF9, markerSOFA:
	default:
		return f, UnsupportedError("lossless or hierarchical")
	}
	if len(p) < 6 || len(p) != 6+3*int(p[5]) {
		return f, FormatError("frame of wrong length")
	}
	if p[0] != 8 {
		return f, UnsupportedError("samples that are not of 8 bits")
	}
	f = frame{
		height: int(binary.BigEndian.Uint16(p[1:])), width: int(binary.BigEndian.Uint16(p[3:])),
		progressive: marker == markerSOF2 || marker == markerSOFA, arithmetic: marker >= markerSOF9,
	}
	if n := len(p) / 3; f.width == 0 || f.height == 0 || n == 2 {
		return f, FormatError("empty frame")
	} else if n != 3 && n != 5 && n != 6 { // with the two of the size: 1, 3 or 4 components
		return f, UnsupportedError("number of components")
	}
	f.parts = make([]component, 0, p[5])
	for p = p[6:]; len(p) > 0; p = p[3:] {
		c := component{id: p[0], h: int(p[1] >> 4), v: int(p[1] & 15), tq: p[2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.tq > 3 {
			return f, FormatError("sampling factor or table out of range")
		}
		f.maxH, f.maxV = max(f.maxH, c.h), max(f.maxV, c.v)
		f.parts = append(f.parts, c)
	}
	f.across, f.down = ceilDiv(f.width, 8*f.maxH), ceilDiv(f.height, 8*f.maxV)
	for i := range f.parts {
		c := &f.parts[i]
		c.across = ceilDiv(ceilDiv(f.width*c.h, f.maxH), 8)
		c.down = ceilDiv(ceilDiv(f.height*c.v, f.maxV), 8)
	}
	return f, nil
}

// scan is a start of scan (B.2.3).
type scan struct {
	parts    []scanPart
	ss, se   int // coefficients, in zigzag order
	ah, al   int // bits of them
	from     int // where its entropy-coded data begins
	interval int // of restarts, in units; 0: none
}

type scanPart struct {
	*component

	td, ta   byte // tables for DC and AC
	dcTable  *huffman
	acTable  *huffman
	previous int // DC of the last block
	context  int // of arithmetic DC
}

// Picture is a JPEG whose header was read up to the first scan.
type Picture struct {
	frame

	data []byte
	pos  int // behind the last segment that was read

	quant  [4]*[64]uint16 // in zigzag order
	huff   [2][4]*huffman // of DC and AC
	arith  conditioning
	every  int // restart interval
	jfif   bool
	adobe  int // its transform; -1: no such segment
	tables int // that were defined
	first  scan
}

// Open reads the header of a JPEG up to its first scan. It keeps data.
func Open(data []byte) (*Picture, error) {
	if len(data) < 2 || data[0] != 0xFF || data[1] != markerSOI {
		return nil, FormatError("no start of image")
	}
	p := &Picture{data: data, pos: 2, adobe: -1, arith: defaultConditioning}
	var err error
	if p.first, err = p.nextScan(); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = ErrNoScan
		}
		return nil, err
	}
	return p, nil
}

// Config is what the start of frame says.
func (p *Picture) Config() Config { return p.config() }

// nextScan reads segments up to a start of scan. The error is io.EOF at the end of image, and io.ErrUnexpectedEOF at
// that of the file.
func (p *Picture) nextScan() (scan, error) {
	for {
		marker, payload, end := segment(p.data, p.pos)
		if marker == 0 {
			return scan{}, io.ErrUnexpectedEOF
		}
		if marker == markerEOI {
			return scan{}, io.EOF
		}
		p.pos = end
		if marker == markerSOS {
			return p.readScan(payload)
		}
		if err := p.readSegment(marker, payload); err != nil {
			return scan{}, err
		}
	}
}

func (p *Picture) readSegment(marker byte, payload []byte) (err error) {
	switch {
	case marker == markerDHT:
		return p.readHuffman(payload)
	case marker == markerDAC:
		return p.arith.read(payload)
	case marker == markerDQT:
		return p.readQuant(payload)
	case marker == markerDRI:
		if len(payload) != 2 {
			return FormatError("restart interval of wrong length")
		}
		p.every = int(binary.BigEndian.Uint16(payload))
	case isFrame(marker):
		if p.width > 0 {
			return FormatError("second frame")
		}
		p.frame, err = parseFrame(marker, payload)
		return err
	case marker == markerAPP0:
		p.jfif = p.jfif || bytes.HasPrefix(payload, []byte("JFIF\x00")) && len(payload) >= 14
	case marker == markerAPPE:
		if bytes.HasPrefix(payload, []byte("Adobe")) && len(payload) >= 12 {
			p.adobe = int(payload[11])
		}
	case bare(marker), marker == markerDNL, marker == markerCOM, marker > markerAPP0 && marker <= markerAPPF:
	default:
		return FormatError("unknown marker")
	}
	return nil
}

func (p *Picture) readQuant(b []byte) error {
	for len(b) > 0 {
		wide, id := b[0]>>4 != 0, b[0]&15
		size := 64
		if wide {
			size = 128
		}
		if b = b[1:]; id > 3 || len(b) < size {
			return FormatError("bad quantization table")
		}
		var t [64]uint16
		for i := range t {
			if wide {
				t[i] = binary.BigEndian.Uint16(b[2*i:])
			} else {
				t[i] = uint16(b[i])
			}
		}
		p.quant[id], b = &t, b[size:]
	}
	return nil
}

// maxTables bounds the work for tables: sound files define eight for each scan at most.
const maxTables = 8 * MaxScans

func (p *Picture) readHuffman(b []byte) error {
	for len(b) > 0 {
		if p.tables++; p.tables > maxTables {
			return ErrTooComplex
		}
		class, id := b[0]>>4, b[0]&15
		if class > 1 || id > 3 {
			return FormatError("bad number of a Huffman table")
		}
		h, n := newHuffman(b[1:], class == 0)
		if h == nil {
			return FormatError("bad Huffman table")
		}
		p.huff[class][id], b = h, b[1+n:]
	}
	return nil
}

func (p *Picture) readScan(b []byte) (s scan, err error) {
	if p.width == 0 {
		return s, FormatError("scan without a frame")
	}
	if len(b) < 1 || b[0] < 1 || int(b[0]) > len(p.parts) || len(b) != 4+2*int(b[0]) {
		return s, FormatError("scan header of wrong length")
	}
	n := int(b[0])
	s = scan{ss: int(b[1+2*n]), se: int(b[2+2*n]), ah: int(b[3+2*n] >> 4), al: int(b[3+2*n] & 15), from: p.pos, interval: p.every}
	if !p.progressive {
		s.ss, s.se, s.ah, s.al = 0, 63, 0, 0
	} else if s.wrong(n) {
		return s, FormatError("progression out of range")
	}
	taken := make(map[int]bool, n)
	for i := range n {
		found := -1
		for j := range p.parts {
			if found < 0 && p.parts[j].id == b[1+2*i] && !taken[j] {
				found = j
			}
		}
		tables := b[2+2*i]
		if found < 0 || tables>>4 > 3 || tables&15 > 3 {
			return s, FormatError("scan of an unknown component or table")
		}
		taken[found] = true
		part := scanPart{component: &p.parts[found], td: tables >> 4, ta: tables & 15}
		if err := p.giveTables(&part, &s); err != nil {
			return s, err
		}
		s.parts = append(s.parts, part)
	}
	return s, nil
}

// wrong reports whether a progressive scan of n components is none (G.1.1.1.1).
func (s *scan) wrong(n int) bool {
	if s.ss == 0 {
		return s.se != 0 || s.al > 13 || s.ah != 0 && s.ah-1 != s.al
	}
	return s.ss > s.se || s.se > 63 || n != 1 || s.al > 13 || s.ah != 0 && s.ah-1 != s.al
}

func (p *Picture) giveTables(part *scanPart, s *scan) error {
	if part.quant == nil {
		if part.quant = p.quant[part.tq]; part.quant == nil {
			return FormatError("no quantization table")
		}
	}
	if p.arithmetic {
		return nil
	}
	part.dcTable, part.acTable = p.huff[0][part.td], p.huff[1][part.ta]
	if !p.progressive { // Motion JPEG leaves out the usual tables
		if part.dcTable == nil && part.td < 2 {
			part.dcTable = usualTables()[0][part.td]
		}
		if part.acTable == nil && part.ta < 2 {
			part.acTable = usualTables()[1][part.ta]
		}
	}
	if s.ss == 0 && s.ah == 0 && part.dcTable == nil || s.se > 0 && part.acTable == nil {
		return FormatError("no Huffman table")
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
