package poster_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"smalti/pkg/poster"
)

func Example() {
	tiles := []*image.NRGBA{uniform(64, color.NRGBA{200, 60, 40, 255}), uniform(64, color.NRGBA{40, 60, 200, 255})}
	grid := poster.Grid{Columns: 300, Rows: 200, Cells: make([]poster.Cell, 300*200)}
	for i := range grid.Cells {
		grid.Cells[i] = poster.Cell{Tile: i % 2, Shift: [3]float32{float32(i % 50), 0, 0}}
	}
	p, err := poster.New(tiles, grid, poster.Options{Tile: 64, Quality: 85, DPI: 300})
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	if err := p.Write(context.Background(), &file, nil); err != nil {
		fmt.Println(err)
		return
	}
	c, err := jpeg.DecodeConfig(&file)
	fmt.Println(c.Width, c.Height, err)
	// Output: 19200 12800 <nil>
}
