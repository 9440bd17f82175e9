package mosaic_test

import (
	"context"
	"fmt"
	"image"

	"smalti/pkg/mosaic"
)

func ExampleMake() {
	target := plain(40, 20, 200, 30, 30) // red, with a blue right half
	for y := range 20 {
		for x := 20; x < 40; x++ {
			copy(target.Pix[target.PixOffset(x, y):], []uint8{30, 30, 200})
		}
	}
	tiles := []*image.NRGBA{plain(8, 8, 20, 20, 180), plain(8, 8, 180, 20, 20)}
	plan, err := mosaic.Make(context.Background(), target, tiles, mosaic.Options{Columns: 4, Rows: 2}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for row := range plan.Rows {
		var tiles []int
		for _, cell := range plan.Cells[row*plan.Columns:][:plan.Columns] {
			tiles = append(tiles, cell.Tile)
		}
		fmt.Println(tiles)
	}
	fmt.Println("relaxed:", len(plan.Relaxed))
	// Output:
	// [1 1 0 0]
	// [1 1 0 0]
	// relaxed: 0
}
