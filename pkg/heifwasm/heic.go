package heifwasm

import (
	"context"
	"image"
)

// The colour spaces and samplings of libheif.
const (
	spaceYCbCr, spaceRGB, spaceGrey = 0, 1, 2
	sampled420, sampled422          = 1, 2
)

// HEIC decodes a HEIC picture, in its own colours: an [image.YCbCr] of the matrix and
// range that the file says, an [image.Gray] of that range, or an [image.NRGBA]. The pixels are valid until the next
// call. At most so many are decoded.
func (d *Decoder) HEIC(ctx context.Context, data []byte, maxPixels int) (image.Image, error) {
	return d.decode(ctx, &d.heic, heicModule, data, func(i *instance, in uint32) image.Image {
		const width, height, space, sampling, premultiplied, numbers = 0, 4, 8, 12, 16, 20
		at := i.alloc(numbers)
		decode := func(onlyHeader, out uint32) {
			if i.call("decode", in, uint32(len(data)), onlyHeader, at+width, at+height, at+space, at+sampling, at+premultiplied, out) == 0 {
				i.refuse()
			}
		}
		decode(1, 0)
		v := i.uints(at, 5)
		if i.err != nil || v[0] == 0 || v[1] == 0 || uint64(v[0])*uint64(v[1]) > uint64(maxPixels) {
			i.refuse()
			return nil
		}
		p := layout(image.Rect(0, 0, int(v[0]), int(v[1])), v[2], v[3])
		if p.size == 0 {
			i.refuse()
			return nil
		}
		out := i.alloc(p.size)
		decode(0, out)
		pix := i.bytes(out, p.size)
		if i.err != nil {
			return nil
		}
		if v[2] == spaceRGB && v[4] != 0 {
			straighten(pix)
		}
		return p.picture(pix)
	})
}

// planes is how the samples of a picture lie one after the other.
type planes struct {
	space          uint32
	rect           image.Rectangle
	ratio          image.YCbCrSubsampleRatio
	stride, chroma int // bytes in a row
	first, size    int // bytes: of the first plane, and of all
}

// layout has no size for what is not known.
func layout(r image.Rectangle, space, sampling uint32) planes {
	p := planes{space: space, rect: r, stride: padded(r.Dx(), 1), ratio: image.YCbCrSubsampleRatio444}
	switch space {
	case spaceRGB:
		p.stride = padded(r.Dx(), 4)
		p.size = p.stride * r.Dy()
	case spaceGrey:
		p.size = p.stride * r.Dy()
	case spaceYCbCr:
		columns, rows := r.Dx(), r.Dy()
		switch sampling {
		case sampled420:
			p.ratio, columns, rows = image.YCbCrSubsampleRatio420, (columns+1)/2, (rows+1)/2
		case sampled422:
			p.ratio, columns = image.YCbCrSubsampleRatio422, (columns+1)/2
		}
		p.chroma = padded(columns, 1)
		p.first = p.stride * r.Dy()
		p.size = p.first + 2*p.chroma*rows
	}
	return p
}

// padded is how many bytes libheif gives a row of n samples.
func padded(n, size int) int { return (max(64, n+n%2)*size + 15) &^ 15 }

func (p planes) picture(pix []byte) image.Image {
	switch p.space {
	case spaceGrey:
		return &image.Gray{Pix: pix, Stride: p.stride, Rect: p.rect}
	case spaceRGB:
		return &image.NRGBA{Pix: pix, Stride: p.stride, Rect: p.rect}
	}
	second := (p.first + p.size) / 2
	return &image.YCbCr{
		Y: pix[:p.first], Cb: pix[p.first:second], Cr: pix[second:],
		YStride: p.stride, CStride: p.chroma, SubsampleRatio: p.ratio, Rect: p.rect,
	}
}
