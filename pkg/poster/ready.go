package poster

import "smalti/pkg/parallel"

// Stretches that are used often are kept ready as bytes. In the file a stretch can begin at any of
// the 8 bits of a byte; for each of them there is a copy, shifted so that its bytes are the file's
// bytes and with the zeros stuffed (T.81, F.1.2.3). What precedes a stretch changes only the byte
// that it begins in, and what follows only the one that it ends in: between them bytes are copied,
// not bits. That is worth eight times the memory where a tile is repeated.
const (
	readyUses  = 24        // of a unit: with fewer, many of the copies would never be used
	readyBits  = 128       // of a stretch: shorter ones are as quick to shift
	readyBytes = 128 << 20 // of all copies: a bound where tiles are many or large
)

// ready is a stretch in 8 copies, by how many of its bits lie in the byte that it begins in.
type ready struct {
	head uint64    // its first bits
	bits uint      // all of them
	tail [8]uint8  // bits of its last byte, the first bit highest, if they do not fill it
	body [8][]byte // what is between
}

// makeReady makes the copies for units that are used often, as long as there is memory. The runs of
// unit n begin at first[n].
func (l *layout) makeReady(runs []run, first []int, words []uint64) {
	var often []int
	left := readyBytes
	for n, uses := range l.uses {
		if uses < readyUses {
			continue
		}
		for _, r := range runs[first[n]:first[n+1]] {
			left -= 8 * 8 * int(r.words)
		}
		if left < 0 {
			break
		}
		often = append(often, n)
	}
	parallel.Do(len(often), func() func(int) {
		var s stream
		return func(i int) { s.readyUnit(runs[first[often[i]]:first[often[i]+1]], words) }
	})
}

// readyUnit makes the copies of a unit's runs.
func (s *stream) readyUnit(runs []run, words []uint64) {
	s.n = 0
	var all []*ready
	for i := range runs {
		r := &runs[i]
		words := words[r.at:]
		for c, count := range r.bits {
			if count >= readyBits {
				r.ready[c] = s.ready(words, uint(count))
				all = append(all, r.ready[c])
			}
			words = words[(count+63)/64:]
		}
	}
	// Only now it is known how large they are.
	kept := make([]byte, 0, s.n)
	for _, d := range all {
		for k := range d.body {
			from := len(kept)
			kept = append(kept, s.buf[from:from+len(d.body[k])]...)
			d.body[k] = kept[from:]
		}
	}
}

// ready appends the copies of a stretch.
func (s *stream) ready(words []uint64, count uint) *ready {
	d := &ready{head: words[0], bits: count}
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
		from, bytes := s.n, (count-k)/8
		for i := range bytes / 8 {
			s.n = emit(s.buf, s.n, word(i))
		}
		last, rest := word(bytes/8), bytes&7
		s.emitBytes(last&^(^uint64(0)>>(8*rest)), rest)
		d.tail[k] = uint8(last << (8 * rest) >> 56)
		d.body[k] = s.buf[from:s.n]
	}
	return d
}

// addReady appends a stretch.
func (s *stream) addReady(d *ready) {
	k := -s.used & 7
	s.emitBytes(s.acc|d.head>>(64-k)<<(64-k-s.used), (s.used+k)/8)
	s.n += copy(s.buf[s.n:], d.body[k])
	s.acc, s.used = uint64(d.tail[k])<<56, (d.bits-k)&7
}

// emitBytes stores the first n bytes of a word whose others are 0.
func (s *stream) emitBytes(w uint64, n uint) {
	s.n = emit(s.buf, s.n, w) - int(8-n)
}
