package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"

	"github.com/disintegration/imaging"

	"smalti/pkg/facetest"
	"smalti/pkg/friends"
	"smalti/pkg/photo"
)

// cropsFile is the contact sheet of the crops.
const cropsFile = "crops.jpg"

// cropped counts crops, and those that cut a face.
type cropped struct{ pictures, chins, brows int }

func (c *cropped) add(p facetest.Portrait, part image.Rectangle) {
	chin, brows := p.Cut(part)
	c.pictures++
	if chin {
		c.chins++
	}
	if brows {
		c.brows++
	}
}

func (c cropped) cells() []string {
	return []string{fmt.Sprint(c.pictures), fmt.Sprint(c.chins), fmt.Sprint(c.brows)}
}

// benchCrops reports how many faces square crops cut, in tall pictures of drawn friends and, where they are, of marked
// photos. Beside it is the square in the middle.
func (s *settings) benchCrops() error {
	t := newTable("tall pictures", "crop", "pictures", "chins cut", "brows cut")
	var shown []facetest.Portrait
	add := func(name string, whole []facetest.Portrait) {
		var limits = []struct {
			name string
			most float64
		}{{"face up to 60% of the width", 0.6}, {"up to 75%", 0.75}, {"wider", 1}}
		least := 0.0
		for _, l := range limits {
			var ours, middle cropped
			for _, w := range whole {
				for _, p := range w.Tight() {
					if p.Fills() <= least || p.Fills() > l.most {
						continue
					}
					ours.add(p, photo.Crop(p.Img))
					middle.add(p, inTheMiddle(p.Img.Rect))
					shown = append(shown, p)
				}
			}
			t.add(append([]string{name + ", " + l.name, "Smalti"}, ours.cells()...)...)
			t.add(append([]string{name + ", " + l.name, "the middle"}, middle.cells()...)...)
			least = l.most
		}
	}
	var drawn []facetest.Portrait
	for number := range friends.DemoFriends {
		if p, ok := facetest.Drawn(number+1, 200); ok {
			drawn = append(drawn, p)
		}
	}
	add("drawn", drawn)
	if s.photos != "" {
		marked, err := facetest.Marked(filepath.Dir(s.photos))
		if err != nil {
			return err
		}
		if len(marked) > 0 {
			add("photos", marked)
			shown = append(marked, shown...)
		}
	}
	t.write(os.Stdout)
	if s.out == "" {
		return nil
	}
	return save(filepath.Join(s.out, cropsFile), contactSheet(shown))
}

func inTheMiddle(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	corner := r.Min.Add(image.Pt((r.Dx()-side)/2, (r.Dy()-side)/2))
	return image.Rectangle{corner, corner.Add(image.Pt(side, side))}
}

// The contact sheet: every picture with its crop, green, or red if it cuts the face.
const (
	contactCell    = 96
	contactColumns = 24
	contactMost    = 1200 // pictures; of more, some
)

func contactSheet(all []facetest.Portrait) *image.NRGBA {
	n := min(len(all), contactMost)
	sheet := imaging.New(contactColumns*contactCell, (n+contactColumns-1)/contactColumns*contactCell, color.Black)
	for i := range n {
		p := all[i*len(all)/n]
		small := imaging.Fit(p.Img, contactCell-4, contactCell-4, imaging.Linear)
		at := image.Pt(i%contactColumns, i/contactColumns).Mul(contactCell)
		draw.Draw(sheet, small.Rect.Add(at), small, image.Point{}, draw.Src)
		crop := photo.Crop(p.Img)
		line := color.NRGBA{40, 220, 60, 255}
		if chin, brows := p.Cut(crop); chin || brows {
			line = color.NRGBA{255, 40, 40, 255}
		}
		scaled := func(v int) int { return v * small.Rect.Dx() / p.Img.Rect.Dx() }
		frame(sheet, image.Rect(scaled(crop.Min.X), scaled(crop.Min.Y), scaled(crop.Max.X), scaled(crop.Max.Y)).Add(at), line)
	}
	return sheet
}

// frame draws the edges of a rectangle, two pixels wide.
func frame(img *image.NRGBA, r image.Rectangle, c color.NRGBA) {
	inner := r.Inset(2)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if !image.Pt(x, y).In(inner) {
				img.SetNRGBA(x, y, c)
			}
		}
	}
}
