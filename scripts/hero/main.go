// Command hero draws the picture of the start page: a mosaic of the demo's friends.
package main

import (
	"context"
	"flag"
	"fmt"
	"image"
	"os"

	"smalti/pkg/friends"
	"smalti/pkg/mosaic"
	"smalti/pkg/poster"
)

func main() {
	out := flag.String("out", "hero.jpg", "`file` to write")
	cells := flag.Int("cells", 64, "cells each way")
	side := flag.Int("side", 768, "pixels each way")
	quality := flag.Int("quality", 55, "JPEG quality")
	flag.Parse()
	if err := draw(*out, *cells, *side, *quality); err != nil {
		fmt.Fprintln(os.Stderr, "hero:", err)
		os.Exit(1)
	}
}

func draw(out string, cells, side, quality int) error {
	ctx := context.Background()
	tiles := make([]*image.NRGBA, friends.DemoFriends)
	for i := range tiles {
		tiles[i] = friends.Portrait(i+1, 64)
	}
	plan, err := mosaic.Make(ctx, friends.Portrait(0, 1024), tiles, mosaic.Options{
		Columns: cells, Rows: cells, Tint: 8, RepeatDistance: 3, Everyone: true,
	}, nil)
	if err != nil {
		return err
	}
	grid := poster.Grid{Columns: plan.Columns, Rows: plan.Rows}
	for _, c := range plan.Cells {
		grid.Cells = append(grid.Cells, poster.Cell{Tile: c.Tile, Shift: c.Shift})
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := poster.Preview(ctx, f, tiles, grid, side, quality); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
