package mosaic

import (
	"image"
	"sync"

	"smalti/pkg/colour"
)

// thumbSide is the side of a thumb: four pixels for each of its sixteenths.
const thumbSide = 4 * samples

// thumb is a small tile, in levels of R, G and B: enough to tell what a smooth field does to its sixteenths.
type thumb [3][thumbSide * thumbSide]uint8

func newThumb(tile *image.NRGBA) *thumb {
	side := tile.Rect.Dx()
	light := make([]colour.Light, thumbSide*thumbSide)
	cut := coverages(0, float64(side), thumbSide, side)
	average(light, tile, cut, cut)
	t, levels := &thumb{}, colour.Levels()
	for i, l := range light {
		for ch := range t {
			t[ch][i] = levels[int(min(max(l[ch], 0), 1)*65535+0.5)]
		}
	}
	return t
}

// curve is what light levels are, from curveMargin below black to as much above white, in quarters of a level. What
// clips to black or white has no slope.
type curve struct {
	light, slope [curveSteps * (256 + 2*curveMargin)]float32
}

const (
	curveSteps  = 4
	curveMargin = 256
)

var lightCurve = sync.OnceValue(func() *curve {
	c := &curve{}
	at := func(i float64) float64 {
		return colour.Linear(min(max(i/curveSteps-curveMargin, 0), 255) / 255)
	}
	for i := range c.light {
		c.light[i] = float32(at(float64(i)))
		c.slope[i] = float32((at(float64(i)+0.5) - at(float64(i)-0.5)) * curveSteps)
	}
	return c
})

// view is how the sixteenths of a tile look: their light, and how much it grows for each level that is added.
type view struct {
	light, slope [samples * samples]colour.Light
}

// see returns how the tile looks with an offset and a field of nodes added.
func (s *shader) see(base [3]float32, field *nodes) *view {
	v := &view{}
	const last = len(s.curve.light) - 1
	for ch := range 3 {
		add := base[ch] + curveMargin + 0.5/curveSteps // to the nearest
		for y := range thumbSide {
			row := field.row(ch, y, add)
			for k := range samples {
				four := s.thumb[ch][y*thumbSide+k*samples:][:samples]
				part := y/samples*samples + k
				for i, level := range four {
					value := float32(level) + row[k+1] + (row[k+beside[i]]-row[k+1])*shareBeside[i]
					at := min(max(int(value*curveSteps), 0), last)
					v.light[part][ch] += float64(s.curve.light[at])
					v.slope[part][ch] += float64(s.curve.slope[at])
				}
			}
		}
	}
	for i := range v.light {
		for ch := range 3 {
			v.light[i][ch] /= samples * samples
			v.slope[i][ch] /= samples * samples
		}
	}
	return v
}

// Of the four pixels of a sixteenth, two lie between its node and the one before, two between it and the next. That
// other node has this share in them.
var (
	beside      = [samples]int{0, 0, 2, 2}
	shareBeside = [samples]float32{0.375, 0.125, 0.125, 0.375}
)

// row returns the field between the nodes of a row of the thumb, the outer ones twice, and adds to it.
func (n *nodes) row(ch, y int, add float32) (row [samples + 2]float32) {
	first := y / samples * samples
	other := min(max(first+(beside[y%samples]-1)*samples, 0), samples*(samples-1))
	share := shareBeside[y%samples]
	for k := range samples {
		row[k+1] = n[ch][first+k]*(1-share) + n[ch][other+k]*share + add
	}
	row[0], row[samples+1] = row[1], row[samples]
	return row
}

// colours are those of the sixteenths.
func (v *view) colours() (all [samples * samples]colour.Lab) {
	for i, l := range v.light {
		all[i] = colour.ToLab(l)
	}
	return all
}

// total is the light of the whole tile, and its slope.
func (v *view) total() (light, slope colour.Light) {
	for i := range v.light {
		for ch := range 3 {
			light[ch] += v.light[i][ch] / (samples * samples)
			slope[ch] += v.slope[i][ch] / (samples * samples)
		}
	}
	return light, slope
}

// mean is the colour of the whole tile.
func (v *view) mean() colour.Lab {
	light, _ := v.total()
	return colour.ToLab(light)
}

// furthest is how far the sixteenth that moves most moves to become that of another view.
func (v *view) furthest(to *view) (most float64) {
	from, now := v.colours(), to.colours()
	for i := range from {
		most = max(most, colour.Distance(from[i], now[i]))
	}
	return most
}
