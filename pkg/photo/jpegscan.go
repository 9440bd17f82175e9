package photo

import "math/bits"

// scan copies the codes of a scan that starts a picture or refines it by further coefficients. It returns how many
// bytes of the data it used. Of scans of corrections, which progressive pictures end with, those that were cut
// off are left out.
func (r *jpegRepair) scan(header, data []byte) (used int, ok bool) {
	n := 0
	if len(header) > 0 {
		n = int(header[0])
	}
	if r.scans++; r.scans > maxScans || r.frame.width == 0 || n < 1 || n > len(r.frame.parts) || len(header) != 4+2*n {
		return 0, false
	}
	s := jpegScan{
		first: int(header[1+2*n]), last: int(header[2+2*n]),
		in:  bitReader{data: data},
		out: bitWriter{out: r.out},
	}
	if !r.frame.progressive {
		s.first, s.last = 0, 63
	}
	if corrects := header[3+2*n]>>4 != 0; r.frame.progressive && corrects {
		end := entropyEnd(data)
		if end == len(data) {
			r.cut = true
			return end, true
		}
		r.copySegment(markerSOS, header)
		r.out = append(r.out, data[:end]...)
		return end, true
	}
	if s.first > s.last || s.last > 63 || s.first > 0 && n > 1 || s.first == 0 && s.last > 0 && r.frame.progressive {
		return 0, false
	}
	for i := range n {
		part := -1
		for j, p := range r.frame.parts {
			if p.id == header[1+2*i] {
				part = j
			}
		}
		tables := header[2+2*i]
		if part < 0 || tables>>4 > 3 || tables&15 > 3 {
			return 0, false
		}
		p := scanPart{jpegPart: &r.frame.parts[part], dc: r.tables[0][tables>>4], ac: r.tables[1][tables&15]}
		if s.first == 0 && p.dc == nil || s.last > 0 && p.ac == nil {
			return 0, false
		}
		s.parts = append(s.parts, p)
	}
	before := len(r.out)
	r.copySegment(markerSOS, header)
	s.out.out = r.out
	if !s.copy(r) {
		return 0, false
	}
	r.out = s.out.out
	if s.out.failed { // no code for an empty block
		r.out, r.cut = r.out[:before], true
		if s.first == 0 {
			return 0, false
		}
	}
	return s.in.pos + entropyEnd(data[s.in.pos:]), true
}

// entropyEnd is where the next marker is that ends a scan, or the length of data.
func entropyEnd(data []byte) int {
	for i := 0; i+1 < len(data); i++ {
		if m := data[i+1]; data[i] == 0xFF && m != 0 && m != 0xFF && (m < markerRST0 || m > markerRST7) {
			return i
		}
	}
	return len(data)
}

type jpegScan struct {
	parts       []scanPart
	first, last int // coefficients of each block
	in          bitReader
	out         bitWriter
	skip        int // blocks whose end was told before
}

type scanPart struct {
	*jpegPart

	dc, ac *huffman
	level  int // DC of the last block
}

// copy copies unit by unit (MCU, ITU-T T.81, A.2).
func (s *jpegScan) copy(r *jpegRepair) bool {
	f := &r.frame
	across, down := ceilDiv(f.width, 8*f.hMax), ceilDiv(f.height, 8*f.vMax)
	rowHeight := 8 * f.vMax
	if len(s.parts) == 1 {
		p := s.parts[0]
		across, down = ceilDiv(ceilDiv(f.width*p.h, f.hMax), 8), ceilDiv(ceilDiv(f.height*p.v, f.vMax), 8)
		rowHeight = 8 * f.vMax / p.v
	}
	unit := 1 // blocks
	if len(s.parts) > 1 {
		unit = 10 // at most (ITU-T T.81, B.2.3)
	}
	if r.blocks += across * down * unit; r.blocks > maxPasses*f.blocks() {
		return false
	}
	rows := 0 // of units that are there
	for y := range down {
		if r.ctx.Err() != nil {
			return false
		}
		for x := range across {
			if unit := y*across + x; r.interval > 0 && unit > 0 && unit%r.interval == 0 {
				n := byte(unit/r.interval-1) & 7
				s.out.flush()
				s.out.out = append(s.out.out, 0xFF, markerRST0+n)
				s.in.restart(n)
				s.skip = 0
				for i := range s.parts {
					s.parts[i].level = 0
				}
			}
			for i := range s.parts {
				p := &s.parts[i]
				blocks := 1
				if len(s.parts) > 1 {
					blocks = p.h * p.v
				}
				for range blocks {
					s.block(p)
				}
			}
		}
		if !s.in.lost {
			rows = y + 1
		}
	}
	s.out.flush()
	r.cut = r.cut || s.in.lost
	r.grey = r.grey || s.in.lost && s.in.atMarker()
	if s.first == 0 {
		for _, p := range s.parts {
			p.rows = max(p.rows, rows*rowHeight)
		}
	}
	return true
}

// block copies the codes of a block. From where they make no sense on, it is empty.
func (s *jpegScan) block(p *scanPart) {
	const end = 0 // the code of an empty rest
	k := s.first
	if k == 0 {
		s.dc(p)
		k = 1
	}
	if s.skip > 0 {
		s.skip--
		return
	}
	for k <= s.last {
		symbol, ok := s.in.symbol(p.ac)
		run, size := int(symbol>>4), int(symbol&15)
		switch {
		case !ok:
			s.out.code(p.ac, end)
			return
		case size == 0 && run == 15: // sixteen zeros
			s.out.code(p.ac, symbol)
			k += 16
			continue
		case size == 0:
			if s.first == 0 || run == 0 || !s.in.has(run) { // only progressive scans have runs of blocks
				s.out.code(p.ac, end)
				return
			}
			s.out.code(p.ac, symbol)
			more := s.in.take(run)
			s.out.put(more, run)
			s.skip = 1<<run + int(more) - 1
			return
		}
		if k += run; k > s.last || !s.in.has(size) {
			s.in.take(size)
			s.out.code(p.ac, end)
			return
		}
		s.out.code(p.ac, symbol)
		s.out.put(s.in.take(size), size)
		k++
	}
}

// dc copies by how much the level of a block differs from that of the one before. Behind a marker at a wrong
// place blocks are grey, as in browsers.
func (s *jpegScan) dc(p *scanPart) {
	const most = 16 // bits of a difference
	size, ok := s.in.symbol(p.dc)
	if !ok || size > most || !s.in.has(int(size)) {
		grey := bits.Len(uint(max(p.level, -p.level)))
		if !s.in.lost || !s.in.atMarker() || grey > most || p.dc.length[grey] == 0 {
			s.out.code(p.dc, 0)
			return
		}
		s.out.code(p.dc, byte(grey))
		difference := -p.level
		if difference < 0 {
			difference += 1<<grey - 1
		}
		s.out.put(uint64(difference), grey)
		p.level = 0
		return
	}
	s.out.code(p.dc, size)
	v := s.in.take(int(size))
	s.out.put(v, int(size))
	p.level += int(v)
	if size > 0 && v>>(size-1) == 0 { // negative (ITU-T T.81, F.2.2.1)
		p.level -= 1<<size - 1
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
