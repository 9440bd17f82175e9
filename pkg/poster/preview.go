package poster

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
)

const (
	previewDPI = 96   // nobody prints a preview
	maxPreview = 8192 // pixels: it may have to be drawn
)

// Preview writes a small version of the poster, longSide pixels long, at a quality from 1 to 100 or 0 for
// 85. It is composed like the poster if the cell's side is a multiple of 8; otherwise it is drawn.
func Preview(ctx context.Context, w io.Writer, tiles []*image.NRGBA, grid Grid, longSide, quality int) error {
	if quality == 0 {
		quality = defaultQuality
	}
	if err := checkQuality(quality); err != nil {
		return err
	}
	if err := checkTiles(tiles); err != nil {
		return err
	}
	if err := grid.check(len(tiles)); err != nil {
		return err
	}
	if longSide < 1 || longSide > maxPreview {
		return invalid("a preview's long side must be from 1 to %d pixels, and is %d", maxPreview, longSide)
	}
	halves := grid.size(2)
	long := max(halves.X, halves.Y)
	if tile := 2 * longSide / long; tile*long == 2*longSide && grid.composable(tile) {
		p, err := New(tiles, grid, Options{Tile: tile, Quality: quality, DPI: previewDPI})
		if err != nil {
			return err
		}
		return p.Write(ctx, w, nil)
	}
	side := func(halves int) int { return max(1, (2*halves*longSide+long)/(2*long)) }
	size := image.Pt(side(halves.X), side(halves.Y))
	d, err := newDrawing(tiles, &grid, size, halfCells{size.X, halves.X}, halfCells{size.Y, halves.Y})
	if err != nil {
		return err
	}
	m := image.NewRGBA(image.Rectangle{Max: size})
	if err := d.draw(ctx, m); err != nil {
		return err
	}
	return encode(w, m, quality, appendColour(densitySegment(previewDPI)))
}

// encode writes pixels as a JPEG with application segments as a poster has them.
func encode(w io.Writer, m image.Image, quality int, application []byte) error {
	if _, err := w.Write(append([]byte{0xff, markerSOI}, application...)); err != nil {
		return fmt.Errorf("writing a JPEG's header: %w", err)
	}
	return jpeg.Encode(&skipWriter{w: w, skip: 2}, m, &jpeg.Options{Quality: quality})
}

// skipWriter drops the first skip bytes.
type skipWriter struct {
	w    io.Writer
	skip int
}

func (r *skipWriter) Write(b []byte) (int, error) {
	drop := min(r.skip, len(b))
	r.skip -= drop
	n, err := r.w.Write(b[drop:])
	return n + drop, err
}
