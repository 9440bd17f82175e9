package photo

// huffman is a table of codes (ITU-T T.81, annex C).
type huffman struct {
	lookup [1 << 16]uint16 // by the next 16 bits: the length of the code times 256, and its symbol; 0 if there is none
	code   [256]uint16     // by symbol
	length [256]uint8      // by symbol; 0 if it has no code
}

// readHuffman reads the part of a table behind its number, and returns how many bytes that took.
func readHuffman(p []byte) (*huffman, int) {
	h := new(huffman)
	code, n := 0, 16
	for length := 1; length <= 16; length++ {
		for range p[length-1] {
			if n >= len(p) || code >= 1<<length {
				return nil, 0
			}
			symbol := p[n]
			h.code[symbol], h.length[symbol] = uint16(code), uint8(length)
			start := code << (16 - length)
			for i := range 1 << (16 - length) {
				h.lookup[start+i] = uint16(length)<<8 | uint16(symbol)
			}
			code++
			n++
		}
		code <<= 1
	}
	return h, n
}

// bitReader reads the bits of a scan up to a marker.
type bitReader struct {
	data []byte
	pos  int
	acc  uint64 // its lowest n bits are next
	n    int
	lost bool // there were fewer bits than needed
}

// has reports whether there are so many bits, at most 16, and that is what lost keeps.
func (b *bitReader) has(n int) bool {
	for b.n < n && b.pos < len(b.data) {
		c := b.data[b.pos]
		if c == 0xFF {
			if b.pos+1 >= len(b.data) || b.data[b.pos+1] != 0 {
				break
			}
			b.pos++
		}
		b.pos++
		b.acc, b.n = b.acc<<8|uint64(c), b.n+8
	}
	if b.n < n {
		b.lost = true
	}
	return b.n >= n
}

// atMarker reports whether the bits ended at a marker, and not with the file.
func (b *bitReader) atMarker() bool { return b.pos+1 < len(b.data) }

// take returns the next bits, for which has was asked, or drops what is there of them.
func (b *bitReader) take(n int) uint64 {
	n = min(n, b.n)
	b.n -= n
	return b.acc >> b.n & (1<<n - 1)
}

// symbol reads a code. Bits that are no code are skipped.
func (b *bitReader) symbol(h *huffman) (symbol byte, ok bool) {
	lost := b.lost
	enough := b.has(16)
	next := b.acc >> max(b.n-16, 0)
	if !enough {
		next = b.acc << (16 - b.n)
	}
	found := h.lookup[next&0xFFFF]
	length := int(found >> 8)
	if length == 0 {
		length = 16
	}
	if length > b.n {
		b.n = 0
		return 0, false
	}
	b.lost = lost
	b.n -= length
	return byte(found), found != 0
}

// restart goes to the marker of a restart. If that is missing but one of the next is there, what is between
// them is lost (as in libjpeg's jpeg_resync_to_restart).
func (b *bitReader) restart(n byte) {
	b.acc, b.n = 0, 0
	for ; b.pos+1 < len(b.data); b.pos++ {
		m := b.data[b.pos+1]
		if b.data[b.pos] != 0xFF || m == 0 || m == 0xFF {
			continue
		}
		if m < markerRST0 || m > markerRST7 {
			return // the scan ends here
		}
		switch (m - markerRST0 - n) & 7 {
		case 0:
			b.pos += 2
			b.lost = false
			return
		case 1, 2:
			return
		}
	}
	b.pos = len(b.data)
}

// bitWriter writes the bits of a scan.
type bitWriter struct {
	out []byte
	acc uint64
	n   int

	failed bool // there was no code for a symbol
}

func (b *bitWriter) put(bits uint64, n int) {
	b.acc, b.n = b.acc<<n|bits, b.n+n
	for b.n >= 8 {
		b.n -= 8
		c := byte(b.acc >> b.n)
		if b.out = append(b.out, c); c == 0xFF {
			b.out = append(b.out, 0)
		}
	}
}

func (b *bitWriter) code(h *huffman, symbol byte) {
	b.failed = b.failed || h.length[symbol] == 0
	b.put(uint64(h.code[symbol]), int(h.length[symbol]))
}

// flush fills the last byte with ones.
func (b *bitWriter) flush() {
	if b.n > 0 {
		b.put(1<<(8-b.n)-1, 8-b.n)
	}
}
