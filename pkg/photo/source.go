package photo

import (
	"image"
	"image/draw"

	"smalti/pkg/icc"
)

// source draws a decoded picture as opaque sRGB, a strip at a time, because a copy of it would cost more
// memory than the picture itself.
type source struct {
	image.Image
	jpeg *jpegRows // instead of it

	canvas  image.Rectangle // on which it is drawn, white elsewhere; empty means its bounds
	cut     bool            // some of its pixels are missing
	matrix  *matrix         // of its YCbCr; nil means that of JPEG
	profile *icc.Profile    // of its colours; nil means sRGB
}

// Bounds are those of the canvas.
func (s source) Bounds() image.Rectangle {
	if s.jpeg != nil {
		return s.jpeg.bounds()
	}
	if s.canvas.Empty() {
		return s.Image.Bounds()
	}
	return s.canvas
}

// whole reports whether the picture covers its canvas.
func (s source) whole() bool { return s.canvas.Empty() || s.canvas.In(s.Image.Bounds()) }

// incomplete reports whether some pixels were missing when it was drawn.
func (s source) incomplete() bool { return s.cut || s.jpeg != nil && s.jpeg.Damaged() }

// err is why what was drawn must not be used, if anything.
func (s source) err() error {
	if s.jpeg != nil {
		return s.jpeg.err()
	}
	return nil
}

// flatten draws the part of the canvas that begins at p over white. Of a JPEG, parts must be drawn from top to bottom.
func (s source) flatten(strip *image.RGBA, p image.Point) {
	if s.jpeg != nil {
		s.jpeg.draw(strip, p, s.profile)
		return
	}
	if s.whole() {
		s.flattenWhole(strip, p)
		return
	}
	draw.Draw(strip, strip.Rect, image.White, image.Point{}, draw.Src)
	part := strip.Rect.Add(p).Intersect(s.Image.Bounds())
	if part.Empty() {
		return
	}
	drawn := image.NewRGBA(image.Rect(0, 0, part.Dx(), part.Dy()))
	s.flattenWhole(drawn, part.Min)
	draw.Draw(strip, part.Sub(p), drawn, image.Point{}, draw.Src)
}

// flattenWhole draws the part of the picture that begins at p, all of which it covers.
func (s source) flattenWhole(strip *image.RGBA, p image.Point) {
	switch img := s.Image.(type) {
	case *image.YCbCr:
		drawYCbCr(strip.Pix, strip.Stride, strip.Rect.Dx(), img, p, s.matrix)
		s.convert(strip)
	case *image.Gray, *image.CMYK, *image.RGBA: // always opaque, and drawn fast
		draw.Draw(strip, strip.Rect, img, p, draw.Src)
		s.convert(strip)
	default:
		if s.profile == nil && s.matrix == nil {
			draw.Draw(strip, strip.Rect, image.White, image.Point{}, draw.Src)
			draw.Draw(strip, strip.Rect, img, p, draw.Over)
			return
		}
		s.flattenConverted(strip, p)
	}
}

// flattenConverted converts colours before they are mixed with white, as browsers do.
func (s source) flattenConverted(strip *image.RGBA, p image.Point) {
	plain := image.NewNRGBA(strip.Rect)
	if img, ok := s.Image.(*image.NYCbCrA); ok {
		drawYCbCr(plain.Pix, plain.Stride, plain.Rect.Dx(), &img.YCbCr, p, s.matrix)
		for y := range plain.Rect.Dy() {
			alpha := img.A[img.AOffset(p.X, p.Y+y):]
			for x := range plain.Rect.Dx() {
				plain.Pix[y*plain.Stride+4*x+3] = alpha[x]
			}
		}
	} else if img, ok := s.Image.(*image.NRGBA); ok { // package draw does the same ten times as slowly
		for y := range plain.Rect.Dy() {
			copy(plain.Pix[y*plain.Stride:][:4*plain.Rect.Dx()], img.Pix[img.PixOffset(p.X, p.Y+y):])
		}
	} else {
		draw.Draw(plain, plain.Rect, s.Image, p, draw.Src)
	}
	if s.profile != nil {
		s.profile.Convert(plain.Pix)
	}
	draw.Draw(strip, strip.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(strip, strip.Rect, plain, plain.Rect.Min, draw.Over)
}

func (s source) convert(strip *image.RGBA) {
	if s.profile != nil {
		s.profile.Convert(strip.Pix)
	}
}
