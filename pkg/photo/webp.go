package photo

import (
	"encoding/binary"
	"errors"
)

// stillWebP returns data if it is a still WebP, and otherwise the first frame of the animation as a still one:
// the decoder does not know animations. The container is that of RFC 9649, section 2.
func stillWebP(data []byte) ([]byte, error) {
	const header = 12 // RIFF, size, WEBP
	const animated = 1 << 1
	name, payload, rest := chunk(data[header:])
	if name != "VP8X" || len(payload) < 10 || payload[0]&animated == 0 {
		return data, nil
	}
	for name != "" {
		if name == "ANMF" {
			return frame(payload)
		}
		name, payload, rest = chunk(rest)
	}
	return nil, errors.New("webp: animation without a frame")
}

// frame wraps what an ANMF chunk holds: 16 bytes about the frame, then its own chunks.
func frame(anmf []byte) ([]byte, error) {
	const about = 16
	if len(anmf) < about {
		return nil, errors.New("webp: short frame header")
	}
	body := anmf[about:]
	if name, _, _ := chunk(body); name == "ALPH" {
		// Only the extended form may hold ALPH. Its canvas is the frame: bytes 6 to 11 hold the
		// frame's width and height as the canvas has them, 24 bits each, less one.
		const alpha = 1 << 4
		extended := append([]byte{alpha, 0, 0, 0}, anmf[6:12]...)
		body = append(appendChunk(nil, "VP8X", extended), body...)
	}
	return appendChunk(nil, "RIFF", append([]byte("WEBP"), body...)), nil
}

// chunk takes the first RIFF chunk off data. The name is empty at the end and where a chunk is not
// whole.
func chunk(data []byte) (name string, payload, rest []byte) {
	if len(data) < 8 {
		return "", nil, nil
	}
	n := int64(binary.LittleEndian.Uint32(data[4:]))
	if n > int64(len(data)-8) {
		return "", nil, nil
	}
	padded := min(n+n%2, int64(len(data)-8))
	return string(data[:4]), data[8 : 8+n], data[8+padded:]
}

func appendChunk(b []byte, name string, payload []byte) []byte {
	b = append(b, name...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = append(b, payload...)
	if len(payload)%2 == 1 {
		b = append(b, 0)
	}
	return b
}
