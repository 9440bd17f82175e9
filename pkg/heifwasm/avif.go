package heifwasm

import (
	"context"
	"encoding/binary"
	"image"
)

// AVIF decodes an AVIF picture, or the first one of a sequence, not turned and in its own colours. The pixels are
// valid until the next call. At most so many are decoded.
func (d *Decoder) AVIF(ctx context.Context, data []byte, maxPixels int) (image.Image, error) {
	return d.decode(ctx, &d.avif, avifModule, data, func(i *instance, in uint32) image.Image {
		const width, height, depth, count, numbers = 0, 4, 8, 12, 16
		at := i.alloc(numbers)
		decode := func(onlyHeader, delay, out uint32) {
			if i.call("decode", in, uint32(len(data)), onlyHeader, 0, at+width, at+height, at+depth, at+count, delay, out) == 0 {
				i.refuse()
			}
		}
		decode(1, 0, 0)
		v := i.uints(at, 3)
		if i.err != nil || v[0] == 0 || v[1] == 0 || uint64(v[0])*uint64(v[1]) > uint64(maxPixels) {
			i.refuse()
			return nil
		}
		pixels, size := int(v[0])*int(v[1]), 4
		if v[2] > 8 {
			size = 8
		}
		out, delay := i.alloc(size*pixels), i.alloc(8)
		// The decoder claims success without a picture, but only writes how long it is shown if it has one.
		copy(i.bytes(delay, 8), untouched)
		decode(0, delay, out)
		pix := i.bytes(out, size*pixels)
		if i.err != nil || string(i.bytes(delay, 8)) == untouched {
			i.refuse()
			return nil
		}
		if size == 8 {
			pix = eightBits(pix)
		}
		straighten(pix)
		return &image.NRGBA{Pix: pix, Stride: 4 * int(v[0]), Rect: image.Rect(0, 0, int(v[0]), int(v[1]))}
	})
}

// untouched is no duration: all its bits are set.
const untouched = "\xff\xff\xff\xff\xff\xff\xff\xff"

// eightBits rounds samples of 16 bits, in their place.
func eightBits(pix []byte) []byte {
	for i := range len(pix) / 2 {
		pix[i] = byte((uint32(binary.LittleEndian.Uint16(pix[2*i:]))*255 + 32767) / 65535)
	}
	return pix[:len(pix)/2]
}

// straighten takes the transparency out of the colours.
func straighten(pix []byte) {
	for ; len(pix) >= 4; pix = pix[4:] {
		a := uint32(pix[3])
		if a == 255 || a == 0 {
			continue
		}
		for i := range 3 {
			pix[i] = byte(min((uint32(pix[i])*255+a/2)/a, 255))
		}
	}
}
