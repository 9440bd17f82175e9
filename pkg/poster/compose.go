package poster

// dcCodes are the codes of all DC differences with their additional bits (T.81, F.1.2.1), as
// code<<5 | size. A code has at most 16 bits and 11 more.
type dcCodes [2 * maxDCDiff]uint32

const maxDCDiff = 2048

func newDCCodes(t *huffman) (c dcCodes) {
	for i := range c {
		size, extra := magnitude(int32(i - maxDCDiff))
		if n := uint32(t.size[size]); size <= 11 && n > 0 {
			c[i] = (uint32(t.code[size])<<size|extra)<<5 | (n + uint32(size))
		}
	}
	return c
}

// compose appends rows of MCUs from <= row < to of a strip, each a restart interval of its own
// (T.81, E.1.4). The picture that they belong to has the rows first <= row < end.
func (e *encoder) compose(s *bitStream, strip, from, to, first, end int) {
	for row := from; row < to; row++ {
		e.composeRow(s, strip, row)
		if row == end-1 {
			s.end(markerEOI)
		} else {
			s.end(markerRST0 + byte((row-first)&7))
		}
	}
}

// composeRow does the whole work: for each cell three DC differences, and rows of bits.
func (e *encoder) composeRow(s *bitStream, strip, row int) {
	placements, sub := e.layout.row(strip, row)
	var before [3]int
	for i := range placements {
		p := &placements[i]
		if p.shaded > 0 {
			e.shading.compose(s, p, sub, &before)
			continue
		}
		r := &e.rows[int(p.row)+sub]
		s.reserve(int(r.words) + 2)
		words := e.words[r.firstWord : r.firstWord+r.words]
		for c := range 3 {
			dc := int(r.first[c]) + int(p.shift[c])
			code := e.dc[min(c, 1)][dc-before[c]+maxDCDiff]
			n := (r.bits[c] + 63) / 64
			if d := r.aligned[c]; d != nil {
				s.add(uint64(code>>5), uint(code&31), nil, 0)
				s.addAligned(d)
			} else {
				s.add(uint64(code>>5), uint(code&31), words[:n], uint(r.bits[c]))
			}
			words = words[n:]
			before[c] = int(r.last[c]) + int(p.shift[c])
		}
	}
}
