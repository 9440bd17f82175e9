package poster

import "encoding/binary"

// compose appends a row of MCUs of a cell with a shading, and keeps the DC values of its last blocks.
func (s *shading) compose(stream *bitStream, p *placement, sub int, before *[3]int) {
	var heads [6 * headRun]head
	r := s.row(p, sub)
	stream.reserve((r.to - r.from) * len(s.blocks) * (r.picture.longest/64 + 5))
	stream.flushBytes()
	for r.from < r.to {
		blocks := r.heads(&heads)
		s.addBlocks(stream, heads[:len(blocks)], blocks, before, r.picture.rest)
	}
}

// addBlocks appends blocks of whole MCUs with their heads. Less than 8 bits are pending after each, and all full bytes
// are stored: so hardly any branch depends on the bits. What is rare is left to addBlock and addBytes.
func (s *shading) addBlocks(stream *bitStream, heads []head, blocks []shadedBlock, before *[3]int, rest []byte) {
	buf, size, pending, used := stream.buf, stream.size, stream.pending, stream.pendingBits
	of := 0 // block of the MCU
	for i := range heads {
		h, b, in := &heads[i], &blocks[i], &s.blocks[of]
		if of++; of == len(s.blocks) {
			of = 0
		}
		codes := &s.codes[in.destination&1]
		dc := codes.dc[(int(h.dc)-before[in.component]+maxDCDiff)&(2*maxDCDiff-1)]
		before[in.component] = int(h.dc)
		zeros := isZero(h.right)
		right := codes.ac[0][(int(h.right)+maxAC+1)&(2*maxAC+1)]
		down := codes.ac[zeros][(int(h.down)+maxAC+1)&(2*maxAC+1)]
		zeros = int(b.zeros) + (zeros+1)*isZero(h.down)
		first := codes.of[(zeros<<4|int(b.size))&255]

		code, n := uint64(dc>>5)<<(right&31)|uint64(right>>5), uint(dc&31+right&31)
		code, n = code<<(down&31)|uint64(down>>5), n+uint(down&31)
		code, n = code<<(first&31)|uint64(first>>5), n+uint(first&31)
		code, n = code<<(b.size&31)|uint64(b.extra), n+uint(b.size)+used
		if zeros > 15 || n >= 64 {
			stream.size, stream.pending, stream.pendingBits = size, pending, used
			stream.addBlock([3]uint32{dc, right, down}, zeros, b, codes, rest)
			size, pending, used = stream.size, stream.pending, stream.pendingBits
			continue
		}
		count := uint(b.count)
		word := binary.BigEndian.Uint64(rest[b.rest:]) &^ (^uint64(0) >> count)
		high, low := pending|code<<1<<(63-n)|word>>n, word<<1<<(63-n)
		now := uint(64) // not min(count, 64): Go 1.26.8 compiles that wrongly here, which the tests notice
		if count < 64 {
			now = count
		}
		whole := n + now
		size = emitBytes(buf, size, high, low, whole)
		if whole >= 64 {
			high = low
		}
		pending, used = high<<(whole&56), whole&7
		if count > 64 {
			stream.size, stream.pending, stream.pendingBits = size, pending, used
			stream.addRest(rest[b.rest+8:], count-64)
			size, pending, used = stream.size, stream.pending, stream.pendingBits
		}
	}
	stream.size, stream.pending, stream.pendingBits = size, pending, used
}

// addBlock appends any block, with the codes of its head and the number of zeros before its first coefficient.
func (s *bitStream) addBlock(head [3]uint32, zeros int, b *shadedBlock, codes *headCodes, rest []byte) {
	for _, code := range head {
		s.addBytes(uint64(code>>5), uint(code&31), 0, 0)
	}
	for ; b.size > 0 && zeros > 15; zeros -= 16 {
		s.addBytes(uint64(codes.zeros>>5), uint(codes.zeros&31), 0, 0)
	}
	first := codes.of[(zeros<<4|int(b.size))&255]
	s.addBytes(uint64(first>>5)<<b.size|uint64(b.extra), uint(first&31)+uint(b.size), 0, 0)
	s.addRest(rest[b.rest:], uint(b.count))
}

// addRest appends the first count bits of the bytes.
func (s *bitStream) addRest(rest []byte, count uint) {
	for ; count > 64; count -= 64 {
		s.addBytes(0, 0, binary.BigEndian.Uint64(rest), 64)
		rest = rest[8:]
	}
	s.addBytes(0, 0, binary.BigEndian.Uint64(rest)&^(^uint64(0)>>count), count)
}

// addBytes appends a code of n bits, 56 at most, and the first count bits of a word whose other bits are 0. It stores all
// bytes that are full.
func (s *bitStream) addBytes(code uint64, n uint, word uint64, count uint) {
	n += s.pendingBits
	high, low := s.pending|code<<1<<((63-n)&63)|word>>(n&63), word<<1<<((63-n)&63)
	n += count
	s.size = emitBytes(s.buf, s.size, high, low, n)
	if n >= 64 {
		high = low
	}
	s.pending, s.pendingBits = high<<(n&56), n&7
}

// emitBytes stores the full bytes of n bits in two words, and returns where the next go. It may store more, which are to
// be overwritten.
func emitBytes(buf []byte, at int, high, low uint64, n uint) int {
	if onesIn(high)|onesIn(low) != 0 {
		return stuffBytes(buf, at, high, low, n)
	}
	to := buf[at : at+16]
	binary.BigEndian.PutUint64(to, high)
	binary.BigEndian.PutUint64(to[8:], low)
	return at + int(n/8)
}

// stuffBytes is emitBytes for words with bytes of ones.
//
//go:noinline
func stuffBytes(buf []byte, at int, high, low uint64, n uint) int {
	for ; n >= 8; n -= 8 {
		b := byte(high >> 56)
		buf[at], buf[at+1] = b, 0
		at += 1 + (int(b)+1)>>8
		high, low = high<<8|low>>56, low<<8
	}
	return at
}

// flushBytes stores all bytes that are full.
func (s *bitStream) flushBytes() { s.addBytes(0, 0, 0, 0) }

// isZero is 1 for 0, else 0.
func isZero(v int16) int { return int(uint32(int32(v)|-int32(v))>>31) ^ 1 }
