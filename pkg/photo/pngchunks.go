package photo

import (
	"encoding/binary"
	"hash/crc32"
	"iter"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngChunks iterates over the chunks of a PNG (PNG specification, 5.3) up to one that is not whole. It leaves
// out ancillary chunks with a wrong checksum, as browsers do, and does not check that of others.
func pngChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(name string, payload []byte) bool) {
		for c := range rawChunks(data) {
			const ancillary = 'a' - 'A' // the bit in the first letter of the name
			if c.whole && (c.name[0]&ancillary == 0 || c.sound()) && !yield(c.name, c.payload) {
				return
			}
		}
	}
}

type pngChunk struct {
	name    string
	payload []byte
	sum     uint32
	whole   bool
}

// sound reports whether the checksum is right.
func (c pngChunk) sound() bool {
	return c.whole && c.sum == crc32.Update(crc32.ChecksumIEEE([]byte(c.name)), crc32.IEEETable, c.payload)
}

func rawChunks(data []byte) iter.Seq[pngChunk] {
	return func(yield func(pngChunk) bool) {
		data := data[min(len(pngSignature), len(data)):]
		for len(data) >= 8 {
			n := int64(binary.BigEndian.Uint32(data))
			c := pngChunk{name: string(data[4:8])}
			if c.whole = n <= int64(len(data)-12); !c.whole {
				c.payload = data[8:min(8+n, int64(len(data)))]
				yield(c)
				return
			}
			c.payload, c.sum = data[8:8+n], binary.BigEndian.Uint32(data[8+n:])
			if !yield(c) {
				return
			}
			data = data[12+n:]
		}
	}
}
