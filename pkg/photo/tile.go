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
	return tile(context.Background(), data, side, l)
}

func tile(ctx context.Context, data []byte, side int, l Limits) (*image.NRGBA, error) {
	if side < 1 {
		return nil, fmt.Errorf("tile side %d is not positive", side)
	}
	p, err := decode(ctx, data, l)
	if err != nil {
		return nil, err
	}
	b := p.img.Bounds()
	f := factor(min(b.Dx(), b.Dy()), side)
	img := turn(shrink(p.img, f, f), p.orientation)
	square := img.SubImage(subject(img)).(*image.NRGBA)
	return resample.Lanczos(square, side, side), nil
}

// Picture decodes a picture, turns it upright, and scales it down until its longer side is at most maxSide.
// The result is opaque; transparent parts are white. The error is an [*Error].
func Picture(data []byte, maxSide int, l Limits) (*image.NRGBA, error) {
	return scaledPicture(context.Background(), data, maxSide, l, false)
}

var errCut = errors.New("some of its pixels are missing")

// scaledPicture is [Picture]; uncut refuses what lacks some of its pixels.
func scaledPicture(ctx context.Context, data []byte, maxSide int, l Limits, uncut bool) (*image.NRGBA, error) {
	if maxSide < 1 {
		return nil, fmt.Errorf("longest side %d is not positive", maxSide)
	}
	p, err := decode(ctx, data, l)
	if err != nil {
		return nil, err
	}
	if uncut && p.img.cut {
		return nil, &Error{Kind: Broken, Err: errCut}
	}
	width, height := p.img.Bounds().Dx(), p.img.Bounds().Dy()
	f := factor(max(width, height), maxSide)
	img := turn(shrink(p.img, min(f, width), min(f, height)), p.orientation)
	if sideways(p.orientation) {
		width, height = height, width
	}
	if long := max(width, height); long > maxSide {
		width = max(1, (width*maxSide+long/2)/long)
		height = max(1, (height*maxSide+long/2)/long)
	}
	return resample.Lanczos(img, width, height), nil
}

// factor is by how much to average in linear light before the Lanczos filter does the rest. That works on
// encoded values, so it never shrinks to less than half.
func factor(have, want int) int { return have/(2*want) + 1 }
