package photo_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"smalti/pkg/photo"
)

func ExampleTile() {
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 640, 480))); err != nil {
		fmt.Println(err)
		return
	}
	tile, err := photo.Tile(file.Bytes(), 64, photo.Limits{Pixels: 1_000_000})
	fmt.Println(tile.Rect.Size(), err)

	_, err = photo.Tile(file.Bytes(), 64, photo.Limits{Pixels: 100_000})
	fmt.Println(err)
	// Output:
	// (64,64) <nil>
	// photo is too many pixels (PNG) (307200, limit 75000)
}
