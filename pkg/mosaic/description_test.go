package mosaic_test

import (
	"image"
	"math/rand/v2"
	"reflect"
	"testing"

	"smalti/pkg/mosaic"
)

func describeAll(tiles []*image.NRGBA, crops [][]image.Rectangle, tint float64) []*mosaic.Description {
	all := make([]*mosaic.Description, len(tiles))
	for i, t := range tiles {
		var of []image.Rectangle
		if crops != nil {
			of = crops[i]
		}
		all[i] = mosaic.DescribeTile(t, of, tint)
	}
	return all
}

// Tiles that were described ahead give the plan that they give otherwise.
func TestDescribedTilesGiveTheSamePlan(t *testing.T) {
	random := rand.New(rand.NewPCG(31, 1))
	tiles, target := scenes(random, 40, 24), scene(random, 60, 60)
	tiles = append(tiles, tiles[3], tiles[7]) // faces of two tiles
	for name, o := range map[string]mosaic.Options{
		"whole tiles": {},
		"crops":       {Crops: quarters(tiles)},
		"tint":        {Crops: quarters(tiles), Tint: 8, Shading: 8},
		"auto tint":   {Crops: quarters(tiles), Tint: mosaic.AutoTint},
		"bricks":      {Crops: quarters(tiles), Tint: 4, Shape: mosaic.Brick},
		"detail":      {Crops: quarters(tiles), Tint: 4, Shape: mosaic.Detail},
	} {
		o.Columns, o.Rows, o.RepeatDistance, o.Everyone = 12, 12, 2, true
		want := makePlan(t, target, tiles, o)
		o.Descriptions = describeAll(tiles, o.Crops, o.Tint)
		if got := makePlan(t, target, tiles, o); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: another plan", name)
		}
	}
}
