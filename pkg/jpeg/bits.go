package jpeg

import (
	"bytes"
	"encoding/binary"
)

// bits reads the entropy-coded data of a scan. A part of it at a time is copied without the zeros that are stuffed
// behind FF (ITU-T T.81, B.1.1.5), so that eight bytes can be taken at once. Behind the end there are zeros.
//
// The next bits and their number are passed in and out by value (acc, n), because in registers they are faster.
type bits struct {
	acc uint64 // the next bits, the first of them the highest
	n   uint   // how many of them count
	pad uint   // zeros among them that are behind the end

	data     []byte
	at       int // in data: what was not copied yet
	buf      [bufferSize]byte
	pos, end int // in buf
	ended    bool
	marker   bool // ended at a marker, and not with the file
}

const bufferSize = 2 << 10

func (b *bits) reset(data []byte, at int) {
	b.data, b.at = data, at
	b.acc, b.n, b.pad, b.pos, b.end, b.ended, b.marker = 0, 0, 0, 0, 0, false, false
}

// fill returns acc with at least 56 bits.
func (b *bits) fill(acc uint64, n uint) (uint64, uint) {
	if b.pos+8 > b.end {
		return b.fillSlowly(acc, n)
	}
	acc |= binary.BigEndian.Uint64(b.buf[b.pos:]) >> n
	k := (63 - n) >> 3
	b.pos += int(k)
	return acc, n + 8*k
}

func (b *bits) fillSlowly(acc uint64, n uint) (uint64, uint) {
	b.load()
	for n <= 56 {
		if b.pos < b.end {
			acc |= uint64(b.buf[b.pos]) << (56 - n)
			b.pos++
		} else {
			b.pad += 8
		}
		n += 8
	}
	return acc, n
}

// load copies as much as there is room for.
func (b *bits) load() {
	b.end = copy(b.buf[:], b.buf[b.pos:b.end])
	b.pos = 0
	for !b.ended && b.end < len(b.buf) {
		some := b.data[b.at:min(b.at+len(b.buf)-b.end, len(b.data))]
		i := bytes.IndexByte(some, 0xFF)
		if i < 0 {
			i = len(some)
		}
		b.end += copy(b.buf[b.end:], some[:i])
		b.at += i
		if i < len(some) {
			b.escape()
		} else if b.at == len(b.data) {
			b.ended = true
		}
	}
}

// escape goes over FF: with a zero it is a byte of data, else a marker. More of FF are fill bytes.
func (b *bits) escape() {
	next := b.at + 1
	for next < len(b.data) && b.data[next] == 0xFF {
		next++
	}
	switch {
	case next == len(b.data):
		b.at, b.ended = next, true
	case b.data[next] == 0:
		b.buf[b.end] = 0xFF
		b.end++
		b.at = next + 1
	default:
		b.ended, b.marker = true, true
	}
}

// lost reports whether bits behind the end were used.
func (b *bits) lost() bool { return b.n < b.pad }

// cut reports whether the file ended with less than so many bits left.
func (b *bits) cut(left uint) bool { return b.ended && !b.marker && b.n < b.pad+left }

// restart goes to the marker of restart n (E.2.4). If it is missing, but one of the next two is there, what is
// between them is lost; other wrong ones are skipped or taken for it (as libjpeg's jpeg_resync_to_restart does).
func (b *bits) restart(n int) {
	b.acc, b.n, b.pad, b.pos, b.end = 0, 0, 0, 0, 0
	b.ended, b.marker = true, false
	for at := b.at; ; {
		at = nextMarker(b.data, at)
		if at >= len(b.data) {
			b.at = len(b.data)
			return
		}
		m := b.data[at]
		switch {
		case m < markerSOF0:
			continue
		case m < markerRST0 || m > markerRST7:
			b.at, b.marker = at-1, true
			return
		}
		switch (int(m) - markerRST0 - n) & 7 {
		case 1, 2:
			b.at, b.marker = at-1, true
			return
		case 6, 7:
			continue
		}
		b.at, b.ended = at+1, false
		return
	}
}
