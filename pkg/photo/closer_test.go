package photo_test

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"smalti/pkg/photo"
)

// painted is a tile of noise around a grey, with a box of a colour.
func painted(side int, box image.Rectangle, c color.NRGBA) *image.NRGBA {
	random := rand.New(rand.NewPCG(1, 1))
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			v := uint8(120 + random.IntN(5))
			img.SetNRGBA(x, y, color.NRGBA{v, v, v, 255})
			if image.Pt(x, y).In(box) {
				img.SetNRGBA(x, y, color.NRGBA{c.R + v - 120, c.G + v - 120, c.B + v - 120, 255})
			}
		}
	}
	return img
}

func TestCloserViewsHoldTheSubject(t *testing.T) {
	skin, blue := color.NRGBA{210, 150, 120, 255}, color.NRGBA{20, 60, 200, 255}
	for _, side := range []int{96, 140} {
		for _, c := range []struct {
			name string
			box  image.Rectangle // in percent
			c    color.NRGBA
			want int
		}{
			{"a face in the middle", image.Rect(32, 30, 68, 70), skin, 4},
			{"a small face above", image.Rect(10, 5, 35, 35), skin, 4},
			{"a face of half the width", image.Rect(20, 15, 80, 85), skin, 1},
			{"a face that fills the tile", image.Rect(2, 2, 98, 98), skin, 0},
			{"a thing", image.Rect(55, 50, 90, 85), blue, 4},
		} {
			box := image.Rect(c.box.Min.X*side/100, c.box.Min.Y*side/100, c.box.Max.X*side/100, c.box.Max.Y*side/100)
			views := photo.Closer(painted(side, box, c.c))
			if c.want == 0 && len(views) > 0 || c.want > 0 && (len(views) == 0 || len(views) > 4) {
				t.Errorf("%s: %v", c.name, views)
			}
			for _, v := range views {
				in := v.Intersect(box)
				if v.Dx() != v.Dy() || v.Dx()*10 < side*7 || !v.In(image.Rect(0, 0, side, side)) ||
					in.Dx()*100 < 93*box.Dx() || in.Dy()*100 < 93*box.Dy() {
					t.Errorf("%s: the view %v does not hold %v", c.name, v, box)
				}
			}
		}
	}
	if views := photo.Closer(painted(96, image.Rectangle{}, skin)); len(views) < 2 {
		t.Errorf("where nothing stands out: %v", views)
	}
	for _, side := range []int{1, 2, 5} {
		for _, v := range photo.Closer(painted(side, image.Rectangle{}, skin)) {
			if v.Empty() || !v.In(image.Rect(0, 0, side, side)) {
				t.Errorf("side %d: %v", side, v)
			}
		}
	}
}
