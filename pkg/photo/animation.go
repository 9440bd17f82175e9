package photo

import (
	"errors"
	"image"
)

// To find a frame that is not blank, so many frames are decoded at most, and so many pixels beside the first.
const (
	maxFrames      = 40
	maxFramePixels = 12_000_000
)

// animation picks the first frame that is not blank. Frames before it leave a canvas that is white all over
// when it is flattened, however they are disposed of: one frame is all that must be drawn.
type animation struct {
	canvas image.Rectangle
	pixels int // of all frames but the first

	frames int
	ended  bool
	found  source
	err    error
}

// more reports whether another frame should be decoded.
func (a *animation) more() bool {
	return a.found.Image == nil && a.err == nil && !a.ended && a.frames < maxFrames
}

// affords reports whether a frame of that size may still be decoded. The first one always may: the limit of
// pixels holds for the canvas, in which it is.
func (a *animation) affords(frame image.Rectangle) bool {
	if a.frames == 0 && frame.In(a.canvas) {
		return true
	}
	a.pixels += frame.Dx() * frame.Dy()
	return a.pixels <= maxFramePixels
}

// failed ends an animation with a frame that cannot be decoded. It only matters if it is the first.
func (a *animation) failed(err error) {
	if a.frames == 0 {
		a.err = err
	}
}

// add takes a decoded frame, of which a part is present, from 0 to 1.
func (a *animation) add(frame source, part float64) {
	if part < half {
		a.failed(&Error{Kind: Incomplete})
		a.ended = true
		return
	}
	a.frames++
	if !frame.blank() {
		a.found = frame
	}
}

// result is the frame that was found, or an empty canvas if all are blank.
func (a *animation) result() (source, error) {
	switch {
	case a.err != nil:
		return source{}, a.err
	case a.found.Image != nil:
		return a.found, nil
	case a.frames > 0:
		return source{Image: image.NewNRGBA(image.Rect(0, 0, 1, 1)), canvas: a.canvas}, nil
	}
	return source{}, errors.New("animation without a frame")
}

// half is the least part of a damaged picture that is worth showing.
const half = 0.5

// present is which part of a picture is there.
func present(whole, part image.Rectangle) float64 {
	return float64(part.Dx()) * float64(part.Dy()) / (float64(whole.Dx()) * float64(whole.Dy()))
}

// blank reports whether a frame is white or transparent but for a speck of 1/500 of its canvas, or less. Lossy
// encoders miss white by a little.
func (s source) blank() bool {
	const white, rows, speck = 250, 16, 500
	most := s.Bounds().Dx() * s.Bounds().Dy() / speck
	if img, ok := s.Image.(*image.Paletted); ok && s.profile == nil {
		return blankPaletted(img, white, most)
	}
	b, seen := s.Image.Bounds(), 0
	for y := b.Min.Y; y < b.Max.Y; y += rows {
		strip := image.NewRGBA(image.Rect(0, 0, b.Dx(), min(rows, b.Max.Y-y)))
		source{Image: s.Image, matrix: s.matrix}.flatten(strip, image.Pt(b.Min.X, y))
		for p := strip.Pix; len(p) >= 4; p = p[4:] {
			if min(p[0], p[1], p[2]) < white {
				seen++
			}
		}
		if seen > most {
			return false
		}
	}
	return true
}

// blankPaletted compares colours only once each.
func blankPaletted(img *image.Paletted, white uint32, most int) bool {
	var seen [256]int
	for i, c := range img.Palette {
		r, g, b, a := c.RGBA()
		over := 0xFFFF - a // white shines through
		if min(r, g, b)+over < white*0x101 {
			seen[i] = 1
		}
	}
	b, n := img.Bounds(), 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for _, index := range img.Pix[img.PixOffset(b.Min.X, y):][:b.Dx()] {
			n += seen[index]
		}
		if n > most {
			return false
		}
	}
	return true
}
