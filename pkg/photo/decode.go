package photo

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"runtime"
	"strings"
)

// picture is a decoded picture in its stored orientation.
type picture struct {
	img         source
	orientation int
}

// decode checks and decodes a picture. When ctx ends, the decoder gets no more bytes and stops.
func decode(ctx context.Context, data []byte, l Limits) (picture, error) {
	l = l.orDefaults()
	if n := int64(len(data)); n > l.Bytes {
		return picture{}, &Error{Kind: TooLarge, Got: n, Limit: l.Bytes}
	}
	info, err := Check(bytes.NewReader(data), l)
	if err != nil {
		return picture{}, err
	}
	p := picture{orientation: upright}
	if info.Format == JPEG {
		facts := factsOf(data)
		if facts.scans > maxScans {
			return picture{}, &Error{Kind: TooComplex, Got: int64(facts.scans), Limit: maxScans}
		}
		p.orientation = facts.orientation
	}
	if info.Format == PNG {
		p.orientation = pngOrientation(data)
	}
	if p.img, err = pixels(ctx, info, data); err != nil {
		if ctx.Err() != nil {
			return picture{}, ctx.Err()
		}
		return picture{}, decodeError(info.Format, err)
	}
	// More pixels than the header says would get around the limits.
	if b := p.img.Bounds(); b.Empty() || b.Dx() > info.Width || b.Dy() > info.Height {
		return picture{}, &Error{Kind: Broken, Err: image.ErrFormat}
	}
	p.img.profile = profileOf(info.Format, data)
	return p, nil
}

// pixels decodes a picture whose header was checked. Its profile is not set. Before a repair, the memory of the
// first attempt is freed: both would be more than the limits are made for.
func pixels(ctx context.Context, info Info, data []byte) (s source, err error) {
	defer recovered(&err)
	switch info.Format {
	case JPEG:
		// Some cameras and many cut-off uploads lack nothing but the end-of-image marker.
		end := bytes.NewReader([]byte{0xFF, markerEOI})
		s.Image, err = jpeg.Decode(io.MultiReader(reader(ctx, data), end))
		if err != nil && ctx.Err() == nil && mayRepair(info, err) {
			runtime.GC()
			s, err = repairJPEG(ctx, data, info, err)
		}
	case PNG:
		return decodePNG(ctx, data)
	case BMP:
		d, err := openBMP(data)
		if err != nil {
			return s, err
		}
		return d.decode(ctx)
	case ICO:
		return decodeIcon(ctx, data)
	case GIF:
		return decodeGIF(ctx, data)
	case WebP:
		return decodeWebP(ctx, data)
	}
	if p, ok := s.Image.(*image.Paletted); ok {
		p.Palette = fullPalette(p.Palette)
	}
	return s, err
}

// maxRepair is the most pixels of a picture that is repaired: it takes three times as long as a sound one.
const maxRepair = 24_000_000

// mayRepair reports whether a picture that its decoder refuses with err may be taken nevertheless.
func mayRepair(info Info, err error) bool {
	if info.Width*info.Height > maxRepair {
		return false
	}
	return !isUnsupported(err) || strings.Contains(err.Error(), "Adobe APP14")
}

// fullPalette makes every index valid. Decoders should check that, but one did not.
func fullPalette(p color.Palette) color.Palette {
	full := make(color.Palette, 256)
	for i := copy(full, p); i < len(full); i++ {
		full[i] = color.Transparent
	}
	return full
}

// reader reads data until ctx ends.
func reader(ctx context.Context, data []byte) io.Reader {
	return &contextReader{ctx: ctx, r: bytes.NewReader(data)}
}

type contextReader struct {
	ctx context.Context // of one decoding, which the reader does not outlive
	r   *bytes.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
