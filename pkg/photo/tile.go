package photo

import (
	"context"
	"errors"
	"fmt"
	"image"

	"smalti/pkg/resample"
)

// Tile decodes a picture, turns it upright, crops the largest square that shows its subject, and scales
// that to side x side pixels. The result is opaque; transparent parts are white. The error is an [*Error].
func Tile(data []byte, side int, l Limits) (*image.NRGBA, error) {
	h, err := open(data, l, tileScale(side))
	if err != nil {
		return nil, err
	}
	return tile(context.Background(), h, side)
}

// tileScale tells by how much to average a picture for a tile.
func tileScale(side int) func(width, height int) int {
	return func(width, height int) int { return factor(min(width, height), max(side, 1)) }
}

func tile(ctx context.Context, h header, side int) (*image.NRGBA, error) {
	if side < 1 {
		return nil, fmt.Errorf("tile side %d is not positive", side)
	}
	if h.isHEIF() && !isApart {
		return h.askApart(ctx, request{Square: true, Side: side})
	}
	p, err := h.decode(ctx)
	if err != nil {
		return nil, err
	}
	b := p.img.Bounds()
	f := tileScale(side)(b.Dx(), b.Dy())
	img, err := p.shrink(f, f)
	if err != nil {
		return nil, err
	}
	square := img.SubImage(subject(img)).(*image.NRGBA)
	return resample.Lanczos(square, side, side), nil
}

// Picture decodes a picture, turns it upright, and scales it down until its longer side is at most maxSide.
// The result is opaque; transparent parts are white. The error is an [*Error].
func Picture(data []byte, maxSide int, l Limits) (*image.NRGBA, error) {
	h, err := open(data, l, pictureScale(maxSide))
	if err != nil {
		return nil, err
	}
	return scaledPicture(context.Background(), h, maxSide, false)
}

// pictureScale tells by how much to average a picture whose longer side is to be maxSide at most.
func pictureScale(maxSide int) func(width, height int) int {
	return func(width, height int) int { return factor(max(width, height), max(maxSide, 1)) }
}

var errCut = errors.New("some of its pixels are missing")

// scaledPicture is [Picture]; uncut refuses what lacks some of its pixels.
func scaledPicture(ctx context.Context, h header, maxSide int, uncut bool) (*image.NRGBA, error) {
	if maxSide < 1 {
		return nil, fmt.Errorf("longest side %d is not positive", maxSide)
	}
	if h.isHEIF() && !isApart {
		return h.askApart(ctx, request{Side: maxSide, Uncut: uncut})
	}
	p, err := h.decode(ctx)
	if err != nil {
		return nil, err
	}
	width, height := p.img.Bounds().Dx(), p.img.Bounds().Dy()
	f := pictureScale(maxSide)(width, height)
	img, err := p.shrink(min(f, width), min(f, height))
	if err != nil {
		return nil, err
	}
	if uncut && p.img.incomplete() {
		return nil, &Error{Kind: Broken, Err: errCut}
	}
	width, height = p.Width, p.Height
	if sideways(p.orientation) {
		width, height = height, width
	}
	if long := max(width, height); long > maxSide {
		width = max(1, (width*maxSide+long/2)/long)
		height = max(1, (height*maxSide+long/2)/long)
	}
	return resample.Lanczos(img, width, height), nil
}

// shrink averages blocks of fx by fy pixels and turns what comes of it upright.
func (p picture) shrink(fx, fy int) (img *image.NRGBA, err error) {
	defer recovered(&err) // JPEG is decoded here
	img = shrink(p.img, fx, fy)
	if err := p.img.err(); err != nil {
		return nil, err
	}
	return turn(img, p.orientation), nil
}

// factor is by how much to average in linear light before the Lanczos filter does the rest. That works on
// encoded values, so it never shrinks to less than half.
func factor(have, want int) int { return have/(2*want) + 1 }
