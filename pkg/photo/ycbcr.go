package photo

import (
	"image"
	"image/color"
	"math"
)

// drawYCbCr converts the rows and columns of img that begin at p to opaque RGBA. Chroma with half the samples
// is interpolated between their centres with weights of 3 and 1, as libjpeg and libwebp do by default: nearest
// samples would shift colours by half a pixel.
func drawYCbCr(pix []byte, stride, width int, img *image.YCbCr, p image.Point, m *matrix) {
	cb, cr := make([]uint8, width), make([]uint8, width)
	for y := p.Y; len(pix) >= 4*width && width > 0; y++ {
		row := pix[:4*width]
		chromaRow(cb, img, img.Cb, p.X, y)
		chromaRow(cr, img, img.Cr, p.X, y)
		luma := img.Y[img.YOffset(p.X, y):][:width]
		if m != nil {
			m.row(row, luma, cb, cr)
		} else {
			for x, l := range luma {
				row[4*x], row[4*x+1], row[4*x+2] = color.YCbCrToRGB(l, cb[x], cr[x])
				row[4*x+3] = 255
			}
		}
		pix = pix[min(stride, len(pix)):]
	}
}

// matrix converts YCbCr to RGB. Its factors have 16 bits behind the point.
type matrix struct {
	black, luma int32
	rCr         int32
	gCb, gCr    int32
	bCb         int32
}

// limited601 is for samples of limited range: luma from 16 to 235, chroma from 16 to 240 (ITU-R BT.601, which RFC
// 6386, section 9.2, refers to).
var limited601 = newMatrix(0.299, 0.114, false)

// newMatrix is made of the shares of red and blue in luma.
func newMatrix(red, blue float64, full bool) *matrix {
	m := matrix{black: 16}
	luma, chroma := 255.0/219, 255.0/224
	if full {
		m.black, luma, chroma = 0, 1, 1
	}
	fixed := func(v float64) int32 { return int32(math.Round(v * 65536)) }
	green := 1 - red - blue
	m.luma = fixed(luma)
	m.rCr, m.bCb = fixed(chroma*2*(1-red)), fixed(chroma*2*(1-blue))
	m.gCr, m.gCb = fixed(-chroma*2*(1-red)*red/green), fixed(-chroma*2*(1-blue)*blue/green)
	return &m
}

// matrixOf is that of a code point of ITU-T H.273, table 4; what is not known is BT.601. It is nil for JPEG's.
func matrixOf(code int, full bool) *matrix {
	switch code {
	case 1:
		return newMatrix(0.2126, 0.0722, full)
	case 4:
		return newMatrix(0.30, 0.11, full)
	case 7:
		return newMatrix(0.212, 0.087, full)
	case 9, 10:
		return newMatrix(0.2627, 0.0593, full)
	}
	if full {
		return nil
	}
	return limited601
}

func (m *matrix) row(row []byte, luma, cb, cr []uint8) {
	for x := range luma {
		l, b, r := (int32(luma[x])-m.black)*m.luma+1<<15, int32(cb[x])-128, int32(cr[x])-128
		row[4*x] = clamp(l + m.rCr*r)
		row[4*x+1] = clamp(l + m.gCb*b + m.gCr*r)
		row[4*x+2] = clamp(l + m.bCb*b)
		row[4*x+3] = 255
	}
}

func clamp(v int32) uint8 { return uint8(min(max(v>>16, 0), 255)) }

// chromaRow has the chroma of a row's pixels from x on.
func chromaRow(out []uint8, img *image.YCbCr, samples []uint8, x, y int) {
	b := img.Rect
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio444:
		copy(out, samples[img.COffset(x, y):])
	case image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio440:
		far := y // the row whose samples are the second nearest
		if img.SubsampleRatio != image.YCbCrSubsampleRatio422 {
			far = min(max(y+2*(y&1)-1, b.Min.Y), b.Max.Y-1)
		}
		if img.SubsampleRatio == image.YCbCrSubsampleRatio440 {
			near, far := samples[img.COffset(x, y):], samples[img.COffset(x, far):]
			for i := range out {
				out[i] = uint8((3*uint(near[i]) + uint(far[i]) + 2) >> 2)
			}
			return
		}
		interpolate(out, samples[img.COffset(b.Min.X, y):], samples[img.COffset(b.Min.X, far):], x-b.Min.X, (b.Dx()+1)/2-1)
	default:
		for i := range out {
			out[i] = samples[img.COffset(x+i, y)]
		}
	}
}

// interpolate weighs the four samples around each pixel from x on; last is the index of a row's last sample.
func interpolate(out, near, far []uint8, x, last int) {
	sum := func(i int) uint {
		i = min(max(i, 0), last)
		return 3*uint(near[i]) + uint(far[i])
	}
	for i := range out {
		at := (x + i) / 2
		beside := at + 2*((x+i)&1) - 1
		out[i] = uint8((3*sum(at) + sum(beside) + 8) >> 4)
	}
}
