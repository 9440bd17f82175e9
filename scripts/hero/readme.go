package main

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/jpeg"
	"io"

	"smalti/pkg/job"
	"smalti/pkg/mosaic"
	"smalti/pkg/portrait"
	"smalti/pkg/poster"
)

const (
	cells        = 80  // each way
	panelSide    = 420 // pixels
	panelGap     = 12
	panelQuality = 78
	closeUpTile  = 48 // pixels of a cell's side in the close-up
)

// drawReadme shows the target, the mosaic of everybody beside it, and a part of that from near.
func drawReadme(out string) error {
	all := everybody()
	like := job.Defaults()
	plan, err := solve(all, mosaic.Options{
		Columns: cells, Rows: cells, Tint: like.Tint, Shading: like.Shading, Fair: like.Fair, Everyone: like.Everyone,
	})
	if err != nil {
		return err
	}
	small, err := decoded(func(w io.Writer) error {
		return poster.Preview(context.Background(), w, all, gridOf(plan), panelSide, 90)
	})
	if err != nil {
		return err
	}
	p, err := poster.New(all, gridOf(plan), poster.Options{Tile: closeUpTile, Quality: 90})
	if err != nil {
		return err
	}
	large, err := decoded(func(w io.Writer) error { return p.Write(context.Background(), w, nil) })
	if err != nil {
		return err
	}
	whole := image.NewNRGBA(image.Rect(0, 0, 3*panelSide+2*panelGap, panelSide))
	draw.Draw(whole, whole.Rect, image.White, image.Point{}, draw.Src)
	middle := image.Pt(large.Bounds().Dx()/2-panelSide/2, large.Bounds().Dy()*2/5-panelSide/2)
	for i, panel := range []struct {
		picture image.Image
		from    image.Point
	}{{portrait.Draw(0, panelSide), image.Point{}}, {small, image.Point{}}, {large, middle}} {
		x := i * (panelSide + panelGap)
		draw.Draw(whole, image.Rect(x, 0, x+panelSide, panelSide), panel.picture, panel.from, draw.Src)
	}
	return write(out, func(w io.Writer) error { return jpeg.Encode(w, whole, &jpeg.Options{Quality: panelQuality}) })
}

func decoded(encode func(io.Writer) error) (image.Image, error) {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		return nil, err
	}
	return jpeg.Decode(&b)
}
