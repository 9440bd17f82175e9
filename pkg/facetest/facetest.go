// Package facetest has portraits in which is known where the face is, and tells what crops leave of it. It is for tests
// and for measuring.
package facetest

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"smalti/pkg/photo"
	"smalti/pkg/portrait"
)

// Portrait is a picture with a face: its left and right edge, ears included, the top of the hair, and the chin or the end
// of the beard, in pixels. They may be outside of the picture.
type Portrait struct {
	Name                   string
	Img                    *image.NRGBA
	Left, Right, Top, Chin float64
}

// Marks were set by hand, in percent of each picture's sides, and are right to about four.
//
//go:embed faces.csv
var marks []byte

// longest is the longer side of the pictures that Marked returns, at most.
const longest = 256

// Marked returns the marked photos in some directories; it leaves out those that are not there.
func Marked(dirs ...string) (all []Portrait, err error) {
	lines, err := csv.NewReader(bytes.NewReader(marks)).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, line := range lines[1:] {
		img, err := find(line[0], dirs)
		if err != nil {
			return nil, err
		}
		if img == nil {
			continue
		}
		var shares [4]float64
		for i := range shares {
			if shares[i], err = strconv.ParseFloat(line[i+1], 64); err != nil {
				return nil, fmt.Errorf("mark of %s: %w", line[0], err)
			}
		}
		w, h := float64(img.Rect.Dx())/100, float64(img.Rect.Dy())/100
		all = append(all, Portrait{line[0], img, shares[0] * w, shares[1] * w, shares[2] * h, shares[3] * h})
	}
	return all, nil
}

func find(name string, dirs []string) (*image.NRGBA, error) {
	for _, dir := range dirs {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		img, err := photo.Picture(data, longest, photo.Limits{})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return img, nil
	}
	return nil, nil
}

// Drawn is a friend of the demonstration; one in six has no face.
func Drawn(number, side int) (p Portrait, ok bool) {
	left, top, right, chin, ok := portrait.Head(number)
	s := float64(side)
	return Portrait{fmt.Sprint("drawn ", number), portrait.Draw(number, side), left * s, right * s, top * s, chin * s}, ok
}

// Brows is the upper end of what must not be missing.
func (p Portrait) Brows() float64 { return max(p.Top, p.Chin-0.85*(p.Right-p.Left)) }

// Fills tells how much of the picture's width the face fills.
func (p Portrait) Fills() float64 { return (p.Right - p.Left) / float64(p.Img.Rect.Dx()) }

// Cut reports whether a part of the picture lacks the chin, or the brows.
func (p Portrait) Cut(part image.Rectangle) (chin, brows bool) {
	return float64(part.Max.Y) < p.Chin-0.5, float64(part.Min.Y) > p.Brows()+0.5
}

// Within is the part of the picture in a rectangle.
func (p Portrait) Within(r image.Rectangle) Portrait {
	img := image.NewNRGBA(image.Rectangle{Max: r.Size()})
	draw.Draw(img, img.Rect, p.Img, r.Min, draw.Src)
	x, y := float64(r.Min.X), float64(r.Min.Y)
	return Portrait{p.Name, img, p.Left - x, p.Right - x, p.Top - y, p.Chin - y}
}

// Tight cuts tall pictures around the face: in several shapes, some faces wide, with little above the head, with the head
// in the middle, and with little below the chin. All have the face from the brows to the chin.
func (p Portrait) Tight() (all []Portrait) {
	width, height := float64(p.Img.Rect.Dx()), float64(p.Img.Rect.Dy())
	face := p.Right - p.Left
	for _, shape := range []float64{4. / 3, 3. / 2, 16. / 9} {
		last := 0.0
		for _, faces := range []float64{1.15, 1.45, 1.8, 2.4, 3.2} {
			w := min(face*faces, width, height/shape)
			if w < 1.02*face || w < 1.08*last || w < 40 {
				continue
			}
			h := w * shape
			x := max(0, min(width-w, (p.Left+p.Right-w)/2))
			before := -height
			last = w
			for _, y := range []float64{p.Top - 0.15*face, (p.Top + p.Chin - h) / 2, p.Chin + 0.2*face - h} {
				y = max(0, min(height-h, y))
				if y <= p.Brows() && y+h >= p.Chin && max(y-before, before-y) >= 0.06*h {
					all = append(all, p.Within(image.Rect(int(x), int(y), int(x+w), int(y+h))))
					before = y
				}
			}
		}
	}
	return all
}
