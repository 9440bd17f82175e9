package photo

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"

	"smalti/pkg/jpeg"
)

// header is a picture whose header was checked.
type header struct {
	Info

	data    []byte
	limits  Limits
	jpeg    *jpeg.Picture // of that format
	eighths int           // to which a JPEG is reduced while it is decoded
}

// open checks a picture.
func open(data []byte, l Limits, want wanted) (h header, err error) {
	defer recovered(&err)
	l = l.orDefaults()
	if n := int64(len(data)); n > l.Bytes {
		return h, &Error{Kind: TooLarge, Got: n, Limit: l.Bytes}
	}
	h = header{data: data, limits: l}
	if h.Info, err = Check(bytes.NewReader(data), l); err != nil {
		return h, err
	}
	if h.Format == JPEG {
		h.eighths = want.eighths(h.Width, h.Height)
		switch h.jpeg, err = jpeg.Open(data); {
		case errors.Is(err, jpeg.ErrNoScan):
			return h, &Error{Kind: Incomplete, Err: err}
		case err != nil:
			return h, decodeError(JPEG, err)
		}
	}
	return h, h.checkMemory(want)
}

// memory is an upper estimate of the bytes that decoding takes, beside those of the file.
func (h header) memory() int64 {
	if h.jpeg != nil {
		return h.jpeg.Memory(h.eighths)
	}
	var process int64
	if h.isHEIF() {
		process = processMemory
	}
	return process + int64(costOf(h.Format, h.data).memory)*int64(h.Width)*int64(h.Height)
}

// picture is a decoded picture in its stored orientation. A JPEG may be reduced, and is decoded while it is drawn.
type picture struct {
	header

	img         source
	orientation int
}

// decode decodes a picture. When ctx ends, the decoder gets no more bytes and stops.
func (h header) decode(ctx context.Context) (p picture, err error) {
	if h.isHEIF() {
		return h.decodeHEIF(ctx)
	}
	p = picture{header: h, orientation: h.orientation()}
	if p.img, err = pixels(ctx, h); err != nil {
		if ctx.Err() != nil {
			return picture{}, ctx.Err()
		}
		return picture{}, decodeError(h.Format, err)
	}
	// More pixels than the header says would get around the limits.
	if b := p.img.Bounds(); b.Empty() || b.Dx() > h.Width || b.Dy() > h.Height {
		return picture{}, &Error{Kind: Broken, Err: image.ErrFormat}
	}
	if profile := profileOf(h.Format, h.data); profile != nil && p.img.fits(profile) {
		p.img.profile = profile
	}
	return p, nil
}

// pixels decodes a picture whose header was checked. Its profile is not set.
func pixels(ctx context.Context, h header) (s source, err error) {
	defer recovered(&err)
	data := h.data
	switch h.Format {
	case JPEG:
		return decodeJPEG(ctx, h)
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
	return s, image.ErrFormat
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
