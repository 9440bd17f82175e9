package poster

import "smalti/pkg/parallel"

// Stretches that are used often are kept as bytes, in 8 copies: one for each bit of a byte that a stretch
// can begin at in the file, shifted and with the zeros stuffed (T.81, F.1.2.3). Only the bytes that a
// stretch begins and ends in depend on its neighbours. All others are copied as bytes, which is worth eight
// times the memory where a tile is repeated.
const (
	alignedUses  = 24        // least uses of a segment
	alignedBits  = 128       // least bits of a stretch: shorter ones are as quick to shift
	alignedBytes = 128 << 20 // of all copies
)

// alignedCopies is a stretch in 8 copies, by how many of its bits lie in the byte that it begins in.
type alignedCopies struct {
	head uint64    // its first bits
	bits uint      // all of them
	tail [8]uint8  // bits of its last byte, the first bit highest, if they do not fill it
	body [8][]byte // what is between
}

// alignOften makes the copies for segments that are used often, within the memory for them. The rows of
// segment n begin at first[n].
func (l *layout) alignOften(rows []segmentRow, first []int, words []uint64) {
	var often []int
	left := alignedBytes
	for n, uses := range l.uses {
		if uses < alignedUses {
			continue
		}
		for _, r := range rows[first[n]:first[n+1]] {
			left -= 8 * 8 * int(r.words)
		}
		if left < 0 {
			break
		}
		often = append(often, n)
	}
	parallel.Do(len(often), func() func(int) {
		var s bitStream
		return func(i int) { s.alignSegment(rows[first[often[i]]:first[often[i]+1]], words) }
	})
}

// alignSegment makes the copies of a segment's rows.
func (s *bitStream) alignSegment(rows []segmentRow, words []uint64) {
	s.size = 0
	var all []*alignedCopies
	for i := range rows {
		r := &rows[i]
		words := words[r.firstWord:]
		for c, count := range r.bits {
			if count >= alignedBits {
				r.aligned[c] = s.align(words, uint(count))
				all = append(all, r.aligned[c])
			}
			words = words[(count+63)/64:]
		}
	}
	// Only now their size is known.
	kept := make([]byte, 0, s.size)
	for _, d := range all {
		for k := range d.body {
			from := len(kept)
			kept = append(kept, s.buf[from:from+len(d.body[k])]...)
			d.body[k] = kept[from:]
		}
	}
}

// align appends the copies of a stretch.
func (s *bitStream) align(words []uint64, count uint) *alignedCopies {
	d := &alignedCopies{head: words[0], bits: count}
	s.reserve(8 * int(count/64+1))
	for k := range uint(8) {
		word := func(i uint) (w uint64) { // the i-th without the first k bits
			if i*64 < count {
				w = words[i] << k
			}
			if (i+1)*64 < count {
				w |= words[i+1] >> (64 - k)
			}
			return w
		}
		from, bytes := s.size, (count-k)/8
		for i := range bytes / 8 {
			s.size = emit(s.buf, s.size, word(i))
		}
		last, rest := word(bytes/8), bytes&7
		s.emitBytes(last&^(^uint64(0)>>(8*rest)), rest)
		d.tail[k] = uint8(last << (8 * rest) >> 56)
		d.body[k] = s.buf[from:s.size]
	}
	return d
}

// addAligned appends a stretch.
func (s *bitStream) addAligned(d *alignedCopies) {
	k := -s.pendingBits & 7
	s.emitBytes(s.pending|d.head>>(64-k)<<(64-k-s.pendingBits), (s.pendingBits+k)/8)
	s.size += copy(s.buf[s.size:], d.body[k])
	s.pending, s.pendingBits = uint64(d.tail[k])<<56, (d.bits-k)&7
}

// emitBytes stores the first n bytes of a word whose others are 0.
func (s *bitStream) emitBytes(w uint64, n uint) {
	s.size = emit(s.buf, s.size, w) - int(8-n)
}
