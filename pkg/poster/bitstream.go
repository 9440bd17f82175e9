package poster

import "encoding/binary"

// A segmentRow is one row of MCUs of a segment, ready to be copied: three stretches of bits. Each follows
// one of the DC differences that depend on the left neighbour: those of the first block of Y, Cb and Cr.
type segmentRow struct {
	firstWord   uint32            // of its first word
	words       uint32            // of all stretches
	bits        [3]uint32         // of each stretch; each begins with a new word
	first, last [3]int16          // DC values without a shift
	aligned     [3]*alignedCopies // copies of the stretches, if there are any
}

// bitWriter writes bits into words, the first bit highest.
type bitWriter struct {
	words       []uint64
	pending     uint64
	pendingBits uint // bits of acc, less than 64
}

func (p *bitWriter) put(code uint32, n uint) {
	if n == 0 {
		return
	}
	if p.pendingBits += n; p.pendingBits < 64 {
		p.pending |= uint64(code) << (64 - p.pendingBits)
		return
	}
	p.pendingBits -= 64
	p.words = append(p.words, p.pending|uint64(code)>>p.pendingBits)
	p.pending = uint64(code) << (64 - p.pendingBits)
}

// putToken codes an AC coefficient.
func (p *bitWriter) putToken(t token, ac *huffman) {
	symbol := t.symbol()
	p.put(uint32(ac.code[symbol]), uint(ac.size[symbol]))
	p.put(t.extra(), uint(symbol&15))
}

// flush ends a stretch.
func (p *bitWriter) flush() {
	if p.pendingBits > 0 {
		p.words = append(p.words, p.pending)
	}
	p.pending, p.pendingBits = 0, 0
}

// bitStream appends bits to entropy-coded data, in which a 0 byte follows each byte of ones (T.81,
// F.1.2.3). Callers reserve the room first.
type bitStream struct {
	buf         []byte
	size        int    // bytes of buf
	pending     uint64 // bits that are no full word yet, the first bit highest
	pendingBits uint   // bits of acc, less than 64
}

// reserve makes room for so many more words, even if every byte is stuffed.
func (s *bitStream) reserve(words int) {
	if need := s.size + 16*(words+2); need > len(s.buf) {
		grown := make([]byte, max(need, 2*len(s.buf)))
		copy(grown, s.buf[:s.size])
		s.buf = grown
	}
}

// add appends a code of n > 0 bits and the first count bits of words. The other bits of the last word
// must be 0.
func (s *bitStream) add(code uint64, n uint, words []uint64, count uint) {
	buf, at, acc, used := s.buf, s.size, s.pending, s.pendingBits
	if used += n; used < 64 {
		acc |= code << (64 - used)
	} else {
		used -= 64
		at = emit(buf, at, acc|code>>used)
		acc = code << (64 - used)
	}
	if len(words) > 0 {
		last := len(words) - 1
		for _, w := range words[:last] {
			if full := acc | w>>(used&63); !hasOnes(full) {
				binary.BigEndian.PutUint64(buf[at:], full)
				at += 8
			} else {
				at = stuff(buf, at, full)
			}
			acc = w << 1 << (63 - used&63)
		}
		w := words[last]
		if acc |= w >> used; used+count-uint(last)*64 >= 64 {
			at = emit(buf, at, acc)
			acc = w << 1 << (63 - used&63)
		}
		used = (used + count) & 63
	}
	s.size, s.pending, s.pendingBits = at, acc, used
}

// hasOnes reports whether one of the 8 bytes is all ones.
func hasOnes(w uint64) bool { return onesIn(w) != 0 }

// onesIn is 0 if none of the 8 bytes is all ones.
func onesIn(w uint64) uint64 {
	const low, high = 0x0101010101010101, 0x8080808080808080
	return (^w - low) & w & high
}

// emit stores 8 bytes, and returns where the next go.
func emit(buf []byte, at int, w uint64) int {
	if hasOnes(w) {
		return stuff(buf, at, w)
	}
	binary.BigEndian.PutUint64(buf[at:], w)
	return at + 8
}

// stuff is emit for a word with bytes of ones. It stores a 0 after every byte and overwrites it with the
// next one where it must not stay, so that no branch depends on the bytes.
//
//go:noinline
func stuff(buf []byte, at int, w uint64) int {
	b := buf[at : at+16 : at+16]
	n := 0
	for shift := 56; shift >= 0; shift -= 8 {
		c := byte(w >> uint(shift))
		b[n&15] = c
		b[(n+1)&15] = 0
		n += 1 + (int(c)+1)>>8
	}
	return at + n
}

// end fills the last byte with ones (F.1.2.3) and appends a marker.
func (s *bitStream) end(marker byte) {
	s.reserve(1)
	acc := s.pending | ^uint64(0)>>s.pendingBits
	for used := int(s.pendingBits); used > 0; used -= 8 {
		c := byte(acc >> 56)
		s.buf[s.size] = c
		s.size++
		if c == 0xff {
			s.buf[s.size] = 0
			s.size++
		}
		acc <<= 8
	}
	s.buf[s.size], s.buf[s.size+1] = 0xff, marker
	s.size += 2
	s.pending, s.pendingBits = 0, 0
}
