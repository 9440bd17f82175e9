package photo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
)

// largestIcon is the picture of the largest size in an icon: a PNG, or a bitmap without its file header whose
// height is doubled by a mask of one bit per pixel (Microsoft, "ICONDIRENTRY").
func largestIcon(data []byte) ([]byte, error) {
	const header, entry = 6, 16
	var largest []byte
	size, depth := 0, 0
	if len(data) < header {
		return nil, errIcon
	}
	for i := range int(binary.LittleEndian.Uint16(data[4:])) {
		if header+(i+1)*entry > len(data) {
			break
		}
		e := data[header+i*entry:]
		// Both are a byte, in which 0 means 256.
		pixels := (int(e[0]-1) + 1) * (int(e[1]-1) + 1)
		bits := int(binary.LittleEndian.Uint16(e[6:]))
		n, start := uint64(binary.LittleEndian.Uint32(e[8:])), uint64(binary.LittleEndian.Uint32(e[12:]))
		if start >= uint64(len(data)) || pixels < size || pixels == size && bits <= depth && largest != nil {
			continue
		}
		largest, size, depth = data[start:min(start+n, uint64(len(data)))], pixels, bits
	}
	if largest == nil {
		return nil, errIcon
	}
	return largest, nil
}

var errIcon = errors.New("ico: no picture in it")

func isPNG(data []byte) bool { return bytes.HasPrefix(data, []byte(pngSignature)) }

// openIcon reads the bitmap in an icon, with its mask.
func openIcon(data []byte) (d *dib, mask []byte, err error) {
	if d, err = readDIB(data, 0); err != nil {
		return nil, nil, err
	}
	if d.height /= 2; d.height == 0 || d.packing != bmpPlain {
		return nil, nil, errIcon
	}
	if d.depth == 32 {
		d.masks[3] = 0xFF000000
	}
	if n := d.stride() * d.height; n < len(d.rows) {
		mask = d.rows[n:]
	}
	return d, mask, nil
}

func iconSize(data []byte) (width, height int, err error) {
	icon, err := largestIcon(data)
	if err != nil {
		return 0, 0, err
	}
	if isPNG(icon) {
		return pngSize(icon)
	}
	d, _, err := openIcon(icon)
	if err != nil {
		return 0, 0, err
	}
	return d.width, d.height, nil
}

func decodeIcon(ctx context.Context, data []byte) (s source, err error) {
	icon, err := largestIcon(data)
	if err != nil {
		return s, err
	}
	if isPNG(icon) {
		return decodePNG(ctx, icon)
	}
	d, mask, err := openIcon(icon)
	if err != nil {
		return s, err
	}
	if s, err = d.decode(ctx); err != nil {
		return s, err
	}
	img := s.Image.(*image.NRGBA)
	transparent := true // an alpha of 0 throughout means that there is none
	for i := 3; i < len(img.Pix); i += 4 {
		transparent = transparent && img.Pix[i] == 0
	}
	if d.depth == 32 && !transparent {
		return s, nil
	}
	stride := (d.width + 31) / 32 * 4
	for i := range d.width * min(d.height, len(d.rows)/d.stride()) {
		x, y := i%d.width, i/d.width
		at, pixel := y*stride+x/8, img.PixOffset(x, d.y(y))
		img.Pix[pixel+3] = 255
		if at < len(mask) && mask[at]>>(7-x%8)&1 != 0 {
			img.Pix[pixel+3] = 0
		}
	}
	return s, nil
}
