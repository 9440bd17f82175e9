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
	h, err := open(data, l, wanted{side, true})
	if err != nil {
		return nil, err
	}
	return tile(context.Background(), h, side)
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
	f := wanted{side, true}.factor(b.Dx(), b.Dy())
	img, err := p.shrink(f, f)
	if err != nil {
		return nil, err
	}
	crop := Crop(img)
	if crop == img.Rect && crop == image.Rect(0, 0, side, side) {
		return img, nil
	}
	return resample.Lanczos(img.SubImage(crop).(*image.NRGBA), side, side), nil
}

// Picture decodes a picture, turns it upright, and scales it down until its longer side is at most maxSide.
// The result is opaque; transparent parts are white. The error is an [*Error].
func Picture(data []byte, maxSide int, l Limits) (*image.NRGBA, error) {
	h, err := open(data, l, wanted{maxSide, false})
	if err != nil {
		return nil, err
	}
	return scaledPicture(context.Background(), h, maxSide, false)
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
	f := wanted{maxSide, false}.factor(width, height)
	img, err := p.shrink(min(f, width), min(f, height))
	if err != nil {
		return nil, err
	}
	if uncut && p.img.incomplete() {
		return nil, &Error{Kind: Broken, Err: errCut}
	}
	size := wanted{maxSide, false}.size(p.Width, p.Height, p.orientation)
	return resample.Lanczos(img, size.X, size.Y), nil
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
