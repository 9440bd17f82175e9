package photo

import (
	"context"
	"encoding/binary"
	"errors"
	"image"

	"golang.org/x/image/webp"
)

// decodeWebP decodes a still WebP, or the first frame of an animation that is not blank, on its canvas. The
// container is that of RFC 9649, section 2.
func decodeWebP(ctx context.Context, data []byte) (source, error) {
	const header = 12 // RIFF, size, WEBP
	const animated, alpha = 1 << 1, 1 << 4
	name, payload, rest := chunk(data[header:])
	if name != "VP8X" || len(payload) < 10 {
		return decodeStill(ctx, data)
	}
	if payload[0]&animated == 0 {
		return decodeExtended(ctx, rest, payload, payload[0]&alpha != 0)
	}
	a := animation{canvas: image.Rect(0, 0, uint24(payload[4:])+1, uint24(payload[7:])+1)}
	for name != "" && a.more() {
		if name, payload, rest = chunk(rest); name != "ANMF" {
			continue
		}
		still, rect, err := frame(payload)
		if err == nil && !rect.In(a.canvas) {
			err = errors.New("webp: frame outside of the canvas")
		}
		if err != nil || !a.affords(rect) {
			a.failed(err)
			break
		}
		s, err := decodeStill(ctx, still)
		if err != nil {
			a.failed(err)
			break
		}
		move(s.Image, rect.Min)
		s.canvas = a.canvas
		a.add(s, 1)
	}
	return a.result()
}

// decodeExtended decodes the picture among some chunks. As in browsers, the flag says whether its alpha counts.
func decodeExtended(ctx context.Context, chunks, extended []byte, alpha bool) (source, error) {
	var alph []byte
	for name, payload, rest := chunk(chunks); name != ""; name, payload, rest = chunk(rest) {
		switch name {
		case "ALPH":
			alph = payload
		case "VP8 ", "VP8L":
			body := appendChunk(nil, name, payload)
			if name == "VP8 " && alpha && alph != nil {
				extended = append([]byte{1 << 4}, extended[1:]...)
				body = append(appendChunk(appendChunk(nil, "VP8X", extended), "ALPH", alph), body...)
			}
			return decodeStill(ctx, appendChunk(nil, "RIFF", append([]byte("WEBP"), body...)))
		}
	}
	return source{}, errors.New("webp: no picture")
}

func decodeStill(ctx context.Context, data []byte) (source, error) {
	img, err := webp.Decode(reader(ctx, data))
	if err != nil {
		return source{}, err
	}
	switch img.(type) {
	case *image.YCbCr, *image.NYCbCrA:
		return source{Image: img, matrix: limited601}, nil
	}
	return source{Image: img}, nil
}

// move sets the corner of a picture that begins at the origin. The corners of frames are even, as chroma with
// half the samples needs them.
func move(img image.Image, corner image.Point) {
	switch img := img.(type) {
	case *image.YCbCr:
		img.Rect = img.Rect.Add(corner)
	case *image.NYCbCrA:
		img.Rect = img.Rect.Add(corner)
	case *image.NRGBA:
		img.Rect = img.Rect.Add(corner)
	case *image.RGBA:
		img.Rect = img.Rect.Add(corner)
	case *image.Gray:
		img.Rect = img.Rect.Add(corner)
	case *image.Paletted:
		img.Rect = img.Rect.Add(corner)
	}
}

// frame wraps what an ANMF chunk holds as a still WebP: 16 bytes about the frame, then its own chunks. The
// extended form makes the decoder compare the sizes before it allocates anything.
func frame(anmf []byte) (still []byte, rect image.Rectangle, err error) {
	const about = 16
	if len(anmf) < about {
		return nil, rect, errors.New("webp: short frame header")
	}
	x, y := 2*uint24(anmf), 2*uint24(anmf[3:])
	rect = image.Rect(x, y, x+uint24(anmf[6:])+1, y+uint24(anmf[9:])+1)
	body := anmf[about:]
	extended := append([]byte{0, 0, 0, 0}, anmf[6:12]...)
	if name, _, _ := chunk(body); name == "ALPH" {
		extended[0] = 1 << 4
	}
	body = append(appendChunk(nil, "VP8X", extended), body...)
	return appendChunk(nil, "RIFF", append([]byte("WEBP"), body...)), rect, nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

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
