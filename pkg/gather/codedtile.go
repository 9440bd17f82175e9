package gather

import (
	"bytes"
	"context"
	"image"
	stdjpeg "image/jpeg"

	"smalti/pkg/jpeg"
)

// codedQuality keeps a tile far better than the poster does, which shows it smaller and at a quality of 85.
const codedQuality = 90

// code makes a JPEG of a tile for the cache: a sixth of its pixels' bytes, and less than half of the photo's. Lossless
// formats save next to nothing with so small photographs.
//
// A JPEG is not quite the tile. So the mosaic for which a photo is downloaded shows its tile as [decode] returns it,
// as all later ones do: the same photos give the same mosaic, whatever the cache has.
func code(tile *image.NRGBA) []byte {
	var b bytes.Buffer
	opaque := &image.RGBA{Pix: tile.Pix, Stride: tile.Stride, Rect: tile.Rect} // which the encoder reads much faster
	if stdjpeg.Encode(&b, opaque, &stdjpeg.Options{Quality: codedQuality}) != nil {
		return nil
	}
	return b.Bytes()
}

// decode returns nil for what is not a tile of that side.
func decode(coded []byte, side int) *image.NRGBA {
	p, err := jpeg.Open(coded)
	if err != nil {
		return nil
	}
	if c := p.Config(); c.Width != side || c.Height != side || c.Components != 3 || c.Progressive || c.Arithmetic {
		return nil
	}
	rows, err := p.Rows(context.Background(), 8) // eighths
	if err != nil {
		return nil
	}
	tile := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		if !rows.Next(tile.Pix[y*tile.Stride:]) {
			return nil
		}
	}
	if rows.Damaged() {
		return nil
	}
	return tile
}
