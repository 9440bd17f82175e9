package pages

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// spliced is a page that differs from answer to answer in one short word, and is compressed only once all the
// same. It is what gzip makes of all that stands before the word, the word uncompressed, and what gzip makes of the
// rest (RFC 1951, 3.2.4: a stored block). It is safe for concurrent use.
type spliced struct {
	before, after             []byte
	packedBefore, packedAfter []byte // the first one begins with gzip's header and ends at the end of a byte
	sumBefore                 uint32
}

// splice prepares a page at the place of a word, which must stand there once.
func splice(page []byte, word string) (*spliced, error) {
	if n := bytes.Count(page, []byte(word)); n != 1 {
		return nil, fmt.Errorf("the word to replace stands there %d times", n)
	}
	before, after, _ := bytes.Cut(page, []byte(word))
	s := &spliced{before: before, after: after, sumBefore: crc32.ChecksumIEEE(before)}
	// RFC 1952, 2.3: the magic number, deflate, no flags, no time, the best compression, an unknown system.
	packed := bytes.NewBuffer([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255})
	z, err := flate.NewWriter(packed, flate.BestCompression)
	if err != nil {
		panic(err) // the level is one of flate's own
	}
	_, _ = z.Write(before) // memory does not fail
	_ = z.Flush()
	s.packedBefore = bytes.Clone(packed.Bytes())
	packed.Reset()
	z.Reset(packed)
	_, _ = z.Write(after)
	_ = z.Close()
	s.packedAfter = bytes.Clone(packed.Bytes())
	return s, nil
}

// plain is the page with a word of at most 64 KB.
func (s *spliced) plain(word string) []byte {
	return append(append(append(make([]byte, 0, len(s.before)+len(word)+len(s.after)), s.before...), word...), s.after...)
}

// zipped is the same with gzip.
func (s *spliced) zipped(word string) []byte {
	const around = 5 + 8 // the head of the stored block, and gzip's end
	b := append(make([]byte, 0, len(s.packedBefore)+len(word)+len(s.packedAfter)+around), s.packedBefore...)
	b = append(b, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(word)))
	b = binary.LittleEndian.AppendUint16(b, ^uint16(len(word)))
	b = append(append(b, word...), s.packedAfter...)
	sum := crc32.Update(crc32.Update(s.sumBefore, crc32.IEEETable, []byte(word)), crc32.IEEETable, s.after)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return binary.LittleEndian.AppendUint32(b, uint32(len(s.before)+len(word)+len(s.after)))
}
