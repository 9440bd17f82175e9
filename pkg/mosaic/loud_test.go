package mosaic_test

import (
	"image"
	"math/rand/v2"
	"testing"

	"smalti/pkg/mosaic"
)

// logo is a red disc on black.
func logo(side int) *image.NRGBA {
	img := plain(side, side, 0, 0, 0)
	for y := range side {
		for x := range side {
			if dx, dy := 2*x+1-side, 2*y+1-side; 2*(dx*dx+dy*dy) < side*side {
				p := img.Pix[img.PixOffset(x, y):]
				p[0], p[1], p[2] = 230, 20, 20
			}
		}
	}
	return img
}

// aroundLogo are photos of about the logo's mean colour: soft slopes, each some way off it.
func aroundLogo(n, side int) []*image.NRGBA {
	random := rand.New(rand.NewPCG(41, 1))
	all := make([]*image.NRGBA, n)
	for i := range all {
		all[i] = plain(side, side, 0, 0, 0)
		r, g, b := 130+random.IntN(50), 15+random.IntN(25), 15+random.IntN(25)
		dx, dy := random.IntN(5)-2, random.IntN(5)-2
		for k := 0; k < len(all[i].Pix); k += 4 {
			slope := dx*(k/4%side-side/2) + dy*(k/4/side-side/2)
			for ch, v := range [3]int{r, g, b} {
				all[i].Pix[k+ch] = uint8(max(0, min(255, v+slope)))
			}
		}
	}
	return all
}

// A logo that is right on average is still not for a calm ground.
func TestCalmTargetHasFewLoudTiles(t *testing.T) {
	tiles := append(aroundLogo(9, 32), logo(32))
	mean := meanOf(tiles[9])
	target := plain(240, 240, mean[0], mean[1], mean[2])
	for _, fair := range []float64{0, 3} {
		o := mosaic.Options{Columns: 30, Rows: 30, RepeatDistance: 2, Everyone: true, Fair: fair}
		plan := makePlan(t, target, tiles, o)
		kept(t, plan, len(tiles), o)
		least := 1
		if fair > 0 {
			least = 30
		}
		if plan.Uses[9] > least+9 { // a tenth of the mean more than it must
			t.Errorf("fair %v: the logo is used %d times, the others %v", fair, plan.Uses[9], plan.Uses[:9])
		}
	}
}

// What a loud tile must be used goes where the target is as loud.
func TestLoudTilesGoWhereTheTargetIsLoud(t *testing.T) {
	tiles := append(aroundLogo(40, 32), logo(32))
	mean := meanOf(tiles[40])
	target := plain(240, 240, mean[0], mean[1], mean[2])
	stripe := func(v int, more uint8) uint8 { return uint8(min(255, v) + int(more)/2) }
	for y := range 240 {
		for x := 120; x < 240; x++ {
			p := target.Pix[target.PixOffset(x, y):]
			if (x/16+y/16)%2 == 0 {
				p[0], p[1], p[2] = stripe(200, 40), 30, 30
			} else {
				p[0], p[1], p[2] = 20, 10, 10
			}
		}
	}
	o := mosaic.Options{Columns: 30, Rows: 30, RepeatDistance: 2, Fair: 2, Tint: 16}
	plan := makePlan(t, target, tiles, o)
	loud := 0
	for c, cell := range plan.Cells {
		if cell.Tile == 40 && c%30 >= 14 {
			loud++
		}
	}
	if 10*loud < 9*plan.Uses[40] {
		t.Errorf("of %d uses of the logo %d are in the loud half", plan.Uses[40], loud)
	}
}

// meanOf is a picture's mean in light, as sRGB levels.
func meanOf(img *image.NRGBA) (levels [3]uint8) {
	for ch := range levels {
		sum := 0.0
		for i := ch; i < len(img.Pix); i += 4 {
			sum += light(float64(img.Pix[i])) / float64(len(img.Pix)/4)
		}
		for light(float64(levels[ch])) < sum {
			levels[ch]++
		}
	}
	return levels
}
