package poster

import "encoding/binary"

// A run is the part of a tile that lies in one row of MCUs, ready to be copied: three stretches of
// bits, of which each is preceded by the only DC differences that depend on the tile's left
// neighbour: those of the first block of Y, of Cb and of Cr.
type run struct {
	at          uint32    // of its first word
	words       uint32    // of all stretches
	bits        [3]uint32 // of each stretch; each begins with a new word
	first, last [3]int16  // DC values without a shift
	ready       [3]*ready // copies of the stretches, if there are any
}

// packer writes bits into words, the first bit highest.
type packer struct {
	words []uint64
	acc   uint64
	used  uint // bits of acc, less than 64
}

func (p *packer) put(code uint32, n uint) {
	if n == 0 {
		return
	}
	if p.used += n; p.used < 64 {
		p.acc |= uint64(code) << (64 - p.used)
		return
	}
	p.used -= 64
	p.words = append(p.words, p.acc|uint64(code)>>p.used)
	p.acc = uint64(code) << (64 - p.used)
}

// flush ends a stretch.
func (p *packer) flush() {
	if p.used > 0 {
		p.words = append(p.words, p.acc)
	}
	p.acc, p.used = 0, 0
}

// stream appends bits to entropy-coded data, in which a 0 byte follows each byte of ones (T.81,
// F.1.2.3). The buffer always has room for what is appended: see reserve.
type stream struct {
	buf  []byte
	n    int    // bytes of buf
	acc  uint64 // bits that are no full word yet, the first bit highest
	used uint   // bits of acc, less than 64
}

// reserve makes room for this many words after what is there, even if every byte is stuffed.
func (s *stream) reserve(words int) {
	if need := s.n + 16*(words+2); need > len(s.buf) {
		grown := make([]byte, max(need, 2*len(s.buf)))
		copy(grown, s.buf[:s.n])
		s.buf = grown
	}
}

// add appends a code of n > 0 bits and then the first count bits of words. The bits of the last
// word that do not count must be 0.
func (s *stream) add(code uint64, n uint, words []uint64, count uint) {
	buf, at, acc, used := s.buf, s.n, s.acc, s.used
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
	s.n, s.acc, s.used = at, acc, used
}

// hasOnes says whether one of the 8 bytes is all ones.
func hasOnes(w uint64) bool {
	const low, high = 0x0101010101010101, 0x8080808080808080
	return (^w-low)&w&high != 0
}

// emit stores 8 bytes, and returns where the next go.
func emit(buf []byte, at int, w uint64) int {
	if hasOnes(w) {
		return stuff(buf, at, w)
	}
	binary.BigEndian.PutUint64(buf[at:], w)
	return at + 8
}

// stuff is emit for bytes of which some are all ones. It stores a 0 after each of the others too,
// where the next byte goes: no branch depends on the bytes.
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
func (s *stream) end(marker byte) {
	s.reserve(1)
	acc := s.acc | ^uint64(0)>>s.used
	for used := int(s.used); used > 0; used -= 8 {
		c := byte(acc >> 56)
		s.buf[s.n] = c
		s.n++
		if c == 0xff {
			s.buf[s.n] = 0
			s.n++
		}
		acc <<= 8
	}
	s.buf[s.n], s.buf[s.n+1] = 0xff, marker
	s.n += 2
	s.acc, s.used = 0, 0
}
