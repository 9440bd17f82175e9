package photo

import (
	"bytes"
	"image"

	"smalti/pkg/heif"
)

// wanted is what is to become of a picture.
type wanted struct {
	side   int  // of the square, or at most the longer one of the whole picture
	square bool // otherwise the whole picture
}

// factor is by how much to average in linear light before the Lanczos filter does the rest. That works on
// encoded values, so it never shrinks to less than half.
func (w wanted) factor(width, height int) int {
	return w.from(width, height)/(2*max(w.side, 1)) + 1
}

// from is the side of which the wanted one is made.
func (w wanted) from(width, height int) int {
	if w.square {
		return min(width, height)
	}
	return max(width, height)
}

// eighths is to how many of them a JPEG is reduced while it is decoded. What is to be averaged in linear light is
// halved before, down to an eighth. What is left to the Lanczos filter alone is reduced as far as it goes, because both
// work on encoded values, and decoding costs less.
func (w wanted) eighths(width, height int) int {
	size := 8
	for most := w.factor(width, height); most >= 2 && size > 1; most /= 2 {
		size /= 2
	}
	reduced := func(n int) (int, int) { return (width*n + 7) / 8, (height*n + 7) / 8 }
	if w.factor(reduced(size)) > 1 {
		return size
	}
	for size > 1 && w.from(reduced(size-1)) >= w.side {
		size--
	}
	return size
}

// size is how large the picture becomes.
func (w wanted) size(width, height, orientation int) image.Point {
	if w.square {
		return image.Pt(w.side, w.side)
	}
	if sideways(orientation) {
		width, height = height, width
	}
	if long := max(width, height); long > w.side {
		width = max(1, (width*w.side+long/2)/long)
		height = max(1, (height*w.side+long/2)/long)
	}
	return image.Pt(width, height)
}

// scaling is an upper estimate of the bytes that scaling takes: for the averages, the same turned upright, the words of
// the Lanczos filter and what comes of it.
func (h header) scaling(w wanted) int64 {
	f := w.factor(h.Width, h.Height)
	across, down := int64(h.Width/f+1), int64(h.Height/f+1)
	size := w.size(h.Width, h.Height, upright)
	return 8*across*down + 8*int64(max(size.X, size.Y)+3)*max(across, down) + 4*int64(size.X)*int64(size.Y)
}

// checkMemory refuses a picture for which there is not enough memory.
func (h header) checkMemory(w wanted) error {
	most := h.limits.Memory
	if most <= 0 {
		return nil
	}
	need := int64(len(h.data)) + h.memory() + h.scaling(w)
	if h.isHEIF() {
		need += int64(len(h.data)) // the decoder process has a copy
		if p, err := heif.Parse(bytes.NewReader(h.data)); w.square && err == nil && p.Thumbnail != nil {
			return nil // it is shown where there is no room for the picture
		}
	}
	if need > most {
		return &Error{Kind: NoRoom, What: string(h.Format), Got: need, Limit: most}
	}
	return nil
}

// TargetSize is the size of the picture that [Decoder.Target] makes of data, found out without decoding it, or why that
// would be refused for its format or its size. The error is an [*Error].
func TargetSize(data []byte, maxSide int, l Limits) (image.Point, error) {
	w := wanted{maxSide, false}
	h, err := open(data, l, w)
	if err != nil {
		return image.Point{}, err
	}
	return w.size(h.Width, h.Height, h.orientation()), nil
}

// orientation is how the picture is stored.
func (h header) orientation() int {
	switch h.Format {
	case JPEG:
		return jpegOrientation(h.data)
	case PNG:
		return pngOrientation(h.data)
	case HEIC, AVIF:
		if p, err := heif.Parse(bytes.NewReader(h.data)); err == nil {
			return p.Orientation
		}
	}
	return upright
}
