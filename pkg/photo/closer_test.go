package photo_test

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"smalti/pkg/photo"
)

// painted is a tile of noise around a dull green, with a box of a colour, which has eyes and a mouth if it is a face.
func painted(side int, box image.Rectangle, c color.NRGBA, face bool) *image.NRGBA {
	random := rand.New(rand.NewPCG(1, 1))
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			v := uint8(120 + random.IntN(5))
			img.SetNRGBA(x, y, color.NRGBA{v - 20, v, v - 20, 255})
			if image.Pt(x, y).In(box) {
				use := c
				px, py := (x-box.Min.X)*100/box.Dx(), (y-box.Min.Y)*100/box.Dy()
				eye := py > 28 && py < 40 && (px > 20 && px < 40 || px > 60 && px < 80)
				mouth := py > 70 && py < 80 && px > 30 && px < 70
				if face && (eye || mouth) {
					use = color.NRGBA{c.R / 2, c.G / 2, c.B / 2, 255}
				}
				img.SetNRGBA(x, y, color.NRGBA{use.R + v - 120, use.G + v - 120, use.B + v - 120, 255})
			}
		}
	}
	return img
}

// before is a face before a wall, which may have the hue of skin.
func before(side int, face image.Rectangle, wall color.NRGBA) *image.NRGBA {
	random := rand.New(rand.NewPCG(2, 1))
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			c, v := wall, uint8(random.IntN(8))
			if image.Pt(x, y).In(face) {
				c = color.NRGBA{210, 150, 120, 255}
				v = uint8(random.IntN(30))
			}
			img.SetNRGBA(x, y, color.NRGBA{c.R + v, c.G + v, c.B + v, 255})
		}
	}
	return img
}

// Where nothing stands out, views are as different as they can be.
func TestCloserViewsOfAMeadow(t *testing.T) {
	const side = 96
	random := rand.New(rand.NewPCG(3, 1))
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	colours := []color.NRGBA{{30, 140, 40, 255}, {220, 40, 60, 255}, {240, 220, 60, 255}, {60, 60, 200, 255}}
	for y := 0; y < side; y += 6 {
		for x := 0; x < side; x += 6 {
			c := colours[random.IntN(len(colours))]
			for i := range 36 {
				img.SetNRGBA(x+i%6, y+i/6, c)
			}
		}
	}
	views := photo.Closer(img)
	all := image.Rectangle{}
	for _, v := range views {
		all = all.Union(v)
	}
	if len(views) != 4 || all.Dx() < 95*side/100 || all.Dy() < 95*side/100 {
		t.Errorf("%v do not differ as much as they can", views)
	}
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
			{"a small face above", image.Rect(10, 5, 35, 35), skin, 4},
			{"a face that fills the tile", image.Rect(2, 2, 98, 98), skin, 0},
			{"a thing", image.Rect(55, 50, 90, 85), blue, 4},
		} {
			box := image.Rect(c.box.Min.X*side/100, c.box.Min.Y*side/100, c.box.Max.X*side/100, c.box.Max.Y*side/100)
			views := photo.Closer(painted(side, box, c.c, c.c == skin))
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
	found := map[string]int{}
	for _, side := range []int{96, 140} {
		face := image.Rect(30*side/100, 20*side/100, 70*side/100, 75*side/100)
		for name, wall := range map[string]color.NRGBA{"a wall of wood": {120, 70, 40, 255}, "a wall of grey": {90, 90, 90, 255}} {
			views := photo.Closer(before(side, face, wall))
			found[name] += len(views)
			for _, v := range views {
				if in := v.Intersect(face); in.Dx()*100 < 93*face.Dx() || in.Dy()*100 < 93*face.Dy() {
					t.Errorf("before %s, the view %v does not hold the face %v", name, v, face)
				}
			}
		}
	}
	if found["a wall of wood"] == 0 || found["a wall of grey"] == 0 {
		t.Errorf("not all portraits have closer views: %v", found)
	}
	if views := photo.Closer(painted(96, image.Rectangle{}, skin, false)); len(views) < 2 {
		t.Errorf("where nothing stands out: %v", views)
	}
	for _, side := range []int{1, 2, 5} {
		for _, v := range photo.Closer(painted(side, image.Rectangle{}, skin, false)) {
			if v.Empty() || !v.In(image.Rect(0, 0, side, side)) {
				t.Errorf("side %d: %v", side, v)
			}
		}
	}
}
