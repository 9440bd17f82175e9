package mosaic_test

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"smalti/pkg/colour"
	"smalti/pkg/mosaic"
)

// shaded draws a cell in pixels and returns the colours of its sixteenths, and of all of it.
func shaded(tile *image.NRGBA, c *mosaic.Cell) (parts [16]colour.Lab, all colour.Lab) {
	side := tile.Rect.Dx()
	var light [16]colour.Light
	var sum colour.Light
	for y := range side {
		for x := range side {
			add := [3]float64{float64(c.Shift[0]), float64(c.Shift[1]), float64(c.Shift[2])}
			if c.Shading != nil {
				for k := range add {
					add[k] += fieldAt(&c.Shading[k], (float64(x)+0.5)/float64(side), (float64(y)+0.5)/float64(side))
				}
			}
			levels := [3]float64{add[0] + 1.402*add[2], add[0] - 0.344136*add[1] - 0.714136*add[2], add[0] + 1.772*add[1]}
			for ch := range 3 {
				v := light01(float64(tile.Pix[y*tile.Stride+4*x+ch]) + levels[ch])
				light[y*4/side*4+x*4/side][ch] += v / float64(side*side/16)
				sum[ch] += v / float64(side*side)
			}
		}
	}
	for i, l := range light {
		parts[i] = colour.ToLab(l)
	}
	return parts, colour.ToLab(sum)
}

func light01(level float64) float64 { return colour.Linear(min(max(level, 0), 255) / 255) }

// fieldAt is a shading's component at a point of the tile, from 0 to 1.
func fieldAt(nodes *[16]int8, x, y float64) (v float64) {
	for i, n := range nodes {
		dx := math.Abs(min(max(4*x-0.5, 0), 3) - float64(i%4))
		dy := math.Abs(min(max(4*y-0.5, 0), 3) - float64(i/4))
		v += float64(n) * max(0, 1-dx) * max(0, 1-dy)
	}
	return v
}

func TestShadingKeepsTheMeanAndItsLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 1))
	target := scene(random, 160, 160)
	tiles := append(scenes(random, 30, 32), plain(32, 32, 0, 0, 0), plain(32, 32, 255, 255, 255), plain(32, 32, 3, 200, 90))
	for name, shape := range shapes {
		for _, limit := range []float64{0.5, 7, 20} {
			t.Run(fmt.Sprintf("%s at most %v", name, limit), func(t *testing.T) {
				o := mosaic.Options{Columns: 12, Rows: 12, Shape: shape, Tint: 8, RepeatDistance: 2}
				plain := makePlan(t, target, tiles, o)
				o.Shading = limit
				plan := makePlan(t, target, tiles, o)
				var moved, most float64
				some := 0
				for i := range plan.Cells {
					before, after := &plain.Cells[i], &plan.Cells[i]
					if after.Tile != before.Tile || after.Span != before.Span {
						t.Fatalf("cell %d has another tile because of the shading", i)
					}
					if after.Shading == nil {
						if after.Shift != before.Shift {
							t.Errorf("cell %d has another shift without a shading", i)
						}
						continue
					}
					some++
					was, mean := shaded(tiles[before.Tile], before)
					is, meanAfter := shaded(tiles[after.Tile], after)
					moved = max(moved, colour.Distance(mean, meanAfter))
					for k := range is {
						most = max(most, colour.Distance(was[k], is[k]))
					}
				}
				if some < len(plan.Cells)/2 {
					t.Errorf("only %d of %d cells have a shading", some, len(plan.Cells))
				}
				if moved > 0.25 {
					t.Errorf("a mean moved by %.2f", moved)
				}
				if most > limit*1.05+0.3 {
					t.Errorf("a sixteenth moved by %.2f, at most %v was asked", most, limit)
				}
			})
		}
	}
}

// A target of slopes, and tiles of one colour: only a shading can follow.
func TestShadingFollowsTheTarget(t *testing.T) {
	target := plain(96, 96, 0, 0, 0)
	for i := 0; i < len(target.Pix); i += 4 {
		x, y := i/4%96, i/4/96
		target.Pix[i], target.Pix[i+1], target.Pix[i+2] = uint8(100+x%16*3), uint8(100+y%16*3), uint8(110)
	}
	tiles := []*image.NRGBA{plain(32, 32, 120, 120, 110), plain(32, 32, 110, 120, 130)}
	plan := makePlan(t, target, tiles, mosaic.Options{Columns: 6, Rows: 6, Tint: 8, Shading: 10})
	for i := range plan.Cells {
		c := &plan.Cells[i]
		is, _ := shaded(tiles[c.Tile], c)
		left, right := is[4][1]+is[8][1], is[7][1]+is[11][1]
		if right-left < 4 {
			t.Fatalf("cell %d: a* goes from %.1f to %.1f, and the target's rises", i, left/2, right/2)
		}
	}
}
