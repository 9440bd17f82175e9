package photo

import (
	"bytes"
	"context"
	"errors"
	"image"

	"smalti/pkg/icc"
	"smalti/pkg/jpeg"
)

// jpegRows draws a JPEG while it is decoded, which keeps it from being in memory whole. It goes from top to bottom
// once.
type jpegRows struct {
	*jpeg.Rows

	height int // of the full picture
	grey   bool
	y      int // the next row
	row    []byte
}

// decodeJPEG begins to decode a JPEG.
func decodeJPEG(ctx context.Context, h header) (source, error) {
	rows, err := h.jpeg.Rows(ctx, h.eighths)
	if errors.Is(err, jpeg.ErrTooComplex) {
		scans := bytes.Count(h.data, []byte("\xFF\xDA"))
		return source{}, &Error{Kind: TooComplex, Got: int64(max(scans, jpeg.MaxScans+1)), Limit: jpeg.MaxScans, Err: err}
	}
	if err != nil {
		return source{}, err
	}
	return source{jpeg: &jpegRows{Rows: rows, height: h.Height, grey: h.jpeg.Config().Components == 1, row: make([]byte, 4*rows.Width)}}, nil
}

func (j *jpegRows) bounds() image.Rectangle { return image.Rect(0, 0, j.Width, j.Height) }

// next makes row y, which no earlier call was for. It is false if the row is missing.
func (j *jpegRows) next(y int) bool {
	for ; j.y <= y; j.y++ {
		if !j.Next(j.row) {
			return false
		}
	}
	if j.CMYK {
		for p := j.row; len(p) >= 4; p = p[4:] {
			p[0], p[1], p[2] = inked(p[0], p[3]), inked(p[1], p[3]), inked(p[2], p[3])
			p[3] = 255
		}
	}
	return true
}

// inked is the level of a colour under black, as browsers show it without a profile. Both are inverted.
func inked(colour, black uint8) uint8 { return uint8(uint32(colour) * uint32(black) / 255) }

// draw draws the part that begins at p, white where rows are missing.
func (j *jpegRows) draw(strip *image.RGBA, p image.Point, profile *icc.Profile) {
	width := strip.Rect.Dx()
	for y := range strip.Rect.Dy() {
		out := strip.Pix[y*strip.Stride:][:4*width]
		if !j.next(p.Y + y) {
			for i := range out {
				out[i] = 255
			}
			continue
		}
		copy(out, j.row[4*p.X:])
		if profile != nil {
			profile.Convert(out)
		}
	}
}

// err is why the picture that was drawn must not be used: the context ended, or less than half of it was there.
func (j *jpegRows) err() error {
	if err := j.Err(); err != nil {
		return err
	}
	if float64(j.Present()) < half*float64(j.height) {
		return &Error{Kind: Incomplete}
	}
	return nil
}

// jpegOrientation reads the first EXIF segment.
func jpegOrientation(data []byte) int {
	for marker, payload := range jpeg.Segments(data) {
		if tiff, ok := bytes.CutPrefix(payload, []byte("Exif\x00\x00")); ok && marker == jpeg.APP1 {
			return orientation(tiff)
		}
	}
	return upright
}
