package photo

import (
	"encoding/binary"
	"iter"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngChunks iterates over the chunks of a PNG (PNG specification, 5.3), without checking their CRC. It stops
// at a chunk that is not whole.
func pngChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(name string, payload []byte) bool) {
		data := data[min(len(pngSignature), len(data)):]
		for len(data) >= 12 {
			n := int64(binary.BigEndian.Uint32(data))
			if n > int64(len(data)-12) {
				return
			}
			if !yield(string(data[4:8]), data[8:8+n]) {
				return
			}
			data = data[12+n:]
		}
	}
}
