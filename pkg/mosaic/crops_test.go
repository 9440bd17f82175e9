package mosaic_test

import (
	"image"
	"math/rand/v2"
	"testing"

	"smalti/pkg/mosaic"
)

// Every cell shows the view of its tile that suits it: the target is made of quarters of the tiles.
func TestCropsAreFound(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 1))
	tiles := scenes(random, 20, 32)
	crops := quarters(tiles)
	const side = 12
	target := image.NewNRGBA(image.Rect(0, 0, side*16, side*16))
	want := make([]mosaic.Picture, side*side)
	for c := range want {
		want[c].Tile = random.IntN(len(tiles))
		want[c].Crop = random.IntN(1 + len(crops[want[c].Tile]))
		from := want[c].Of(tiles, crops)
		scale := from.Rect.Dx() / 16
		for y := range 16 {
			for x := range 16 {
				target.SetNRGBA(c%side*16+x, c/side*16+y, from.NRGBAAt(from.Rect.Min.X+x*scale, from.Rect.Min.Y+y*scale))
			}
		}
	}
	plan := makePlan(t, target, tiles, mosaic.Options{Columns: side, Rows: side, Crops: crops})
	pictures, cells := plan.Pictures()
	wrong, seen := 0, map[mosaic.Picture]bool{}
	for c := range want {
		got := pictures[cells[c]]
		seen[got] = true
		if got.Tile != plan.Cells[c].Tile || got.Crop != plan.Cells[c].Crop {
			t.Fatalf("cell %d shows %+v, its picture is %+v", c, plan.Cells[c], got)
		}
		if got != want[c] {
			wrong++
		}
	}
	if wrong > len(want)/20 {
		t.Errorf("%d of %d cells show something else", wrong, len(want))
	}
	if len(pictures) != len(seen) {
		t.Errorf("%d pictures, %d of them used", len(pictures), len(seen))
	}
}
