package photo

import (
	"image"
	"math"
)

const (
	certainFace  = 0.8  // probability of a face from which on not even colours say otherwise
	surelyFace   = 0.6  // the same, from which on nothing else is held
	perhapsFace  = 0.5  // the same, from which on it counts too
	nearlyLikely = 0.4  // of the likeliest window, from which on another one counts
	beside       = 0.08 // room on either side of a window, of its side: not all faces are as narrow
	chinLowest   = 1.2  // where chins end at the lowest, in heights of the window
)

// box is a part of a square tile, in shares of its side.
type box struct{ left, top, right, bottom float64 }

var wholeTile = box{0, 0, 1, 1}

func (b box) union(c box) box {
	return box{min(b.left, c.left), min(b.top, c.top), max(b.right, c.right), max(b.bottom, c.bottom)}
}

// subjectBox is what every closer view of a square tile has to hold: the face, or where none can be told for sure, also
// what else may be the subject.
func subjectBox(tile *image.NRGBA) image.Rectangle {
	b, probability := reduce(tile, 64).faceBox()
	if probability < certainFace {
		g := reduce(tile, 32)
		behind := newBackdrop(g)
		if probability < perhapsFace || !behind.mayBePortrait() && !behind.mayBeFace() {
			b = g.standsOut(behind)
		} else if probability < surelyFace {
			b = b.union(g.standsOut(behind))
		}
	}
	side := float64(tile.Rect.Dx())
	pixel := func(share float64) int { return int(math.Round(min(1, max(0, share)) * side)) }
	return image.Rect(pixel(b.left), pixel(b.top), pixel(b.right), pixel(b.bottom))
}

// faceBox holds all windows that are nearly as likely to be the face as the likeliest one, and tells how
// likely there is a face.
func (g grid) faceBox() (b box, probability float64) {
	likely := g.likelyFaces()
	most := 0.0
	for _, f := range likely {
		most = max(most, f.probability)
		probability += f.probability
	}
	b = box{1, 1, 0, 0}
	for _, f := range likely {
		if f.probability > nearlyLikely*most {
			b = b.union(box{f.left - beside*f.side, f.top, f.left + (1+beside)*f.side, f.top + chinLowest*f.side})
		}
	}
	return b, probability
}
