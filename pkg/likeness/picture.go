// Package likeness measures how much a mosaic looks like its target, and how fair it is to the
// people in it. It only measures: nothing here takes part in making a mosaic. It is pure, and safe
// for concurrent use.
//
// From across the room the eye averages light over an area. So both pictures are first averaged in linear light, to one
// or a few samples per cell, and then compared in CIELAB. A comparison of pixels would count the photos' own detail
// as error.
package likeness

import (
	"fmt"
	"image"

	"smalti/pkg/colour"
)

// Picture is a picture in CIELAB under D65, row by row.
type Picture struct {
	Width, Height int
	Pix           []colour.Lab
}

// Average returns img with each of its width x height equal areas averaged in linear light. The
// edges of the areas need not fall between pixels. Alpha is ignored.
func Average(img *image.NRGBA, width, height int) (*Picture, error) {
	if img.Rect.Empty() || width < 1 || height < 1 {
		return nil, fmt.Errorf("averaging %v to %d x %d: empty", img.Rect, width, height)
	}
	across, down := cuts(img.Rect.Dx(), width), cuts(img.Rect.Dy(), height)
	p := &Picture{Width: width, Height: height, Pix: make([]colour.Lab, width*height)}
	row := make([]colour.Light, width)
	for y, v := range down {
		clear(row)
		for i, wy := range v.weights {
			line := img.Pix[(v.first+i)*img.Stride:]
			for x, h := range across {
				var r, g, b float64
				for k, wx := range h.weights {
					q := line[4*(h.first+k):]
					r += wx * light[q[0]]
					g += wx * light[q[1]]
					b += wx * light[q[2]]
				}
				row[x][0] += wy * r
				row[x][1] += wy * g
				row[x][2] += wy * b
			}
		}
		for x, c := range row {
			p.Pix[y*width+x] = colour.ToLab(c)
		}
	}
	return p, nil
}

// cut is the range of pixels that an area covers along one axis, with the weight of each.
type cut struct {
	first   int
	weights []float64
}

func cuts(have, want int) []cut {
	all := make([]cut, want)
	for i := range all {
		// Exact, in units of 1/want of a pixel.
		a, b := i*have, (i+1)*have
		all[i].first = a / want
		for p := a / want; p*want < b; p++ {
			all[i].weights = append(all[i].weights, float64(min(b, (p+1)*want)-max(a, p*want))/float64(have))
		}
	}
	return all
}

// light maps an sRGB level to linear light.
var light = func() (t [256]float64) {
	for i := range t {
		t[i] = colour.Linear(float64(i) / 255)
	}
	return t
}()
