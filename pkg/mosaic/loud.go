package mosaic

import (
	"image"
	"math"

	"smalti/pkg/colour"
)

// Loud tiles, such as logos and initials, may be right on average; where the target is calm, the eye still sees dots. So a
// tile costs more where it is louder than the target around the cell. Loudness is the root mean square difference of
// samples from their mean, in CIELAB units with chroma doubled: 8 x 8 samples of a tile are mostly at 15 to 65 in photos, and
// at 60 to 85 in logos.
const (
	loudnessChroma = 2
	loudnessParts  = 2   // samples of a tile for each of its descriptor's, each way
	quiet          = 55  // loudness that a tile may have anywhere
	loudTarget     = 0.6 // how much of the target's loudness it may have beside that
)

// spread adds up samples for their loudness.
type spread struct{ n, square, l, a, b float64 }

func (s *spread) add(c colour.Lab) {
	l, a, b := c[0], loudnessChroma*c[1], loudnessChroma*c[2]
	s.n++
	s.l += l
	s.a += a
	s.b += b
	s.square += l*l + a*a + b*b
}

func (s *spread) join(o *spread) {
	s.n += o.n
	s.l += o.l
	s.a += o.a
	s.b += o.b
	s.square += o.square
}

func (s *spread) loudness() float32 {
	return float32(math.Sqrt(max(0, s.square/s.n-(s.l*s.l+s.a*s.a+s.b*s.b)/(s.n*s.n))))
}

// sampleTile returns the light of a tile's 4 x 4 samples, and its loudness.
func sampleTile(tile *image.NRGBA) (light [samples * samples]colour.Light, loudness float32) {
	const across = loudnessParts * samples
	var fine [across * across]colour.Light
	side := tile.Rect.Dx()
	cut := coverages(0, float64(side), across, side)
	average(fine[:], tile, cut, cut)
	var all spread
	for i, l := range fine {
		all.add(colour.ToLab(l))
		for ch, v := range l {
			light[i/across/loudnessParts*samples+i%across/loudnessParts][ch] += v / (loudnessParts * loudnessParts)
		}
	}
	return light, all.loudness()
}

// allowLoudness sets how loud a tile may be in each cell: that depends on the cell and the eight around it.
func (m *matcher) allowLoudness(cells []descriptor, columns int) {
	each := make([]spread, len(cells))
	for c := range cells {
		for _, sample := range cells[c].four {
			each[c].add(sample)
		}
	}
	rows := len(cells) / columns
	for c := range cells {
		var around spread
		for y := max(0, c/columns-1); y <= min(rows-1, c/columns+1); y++ {
			for x := max(0, c%columns-1); x <= min(columns-1, c%columns+1); x++ {
				around.join(&each[y*columns+x])
			}
		}
		m.cell[c].loudness = quiet + loudTarget*around.loudness()
	}
}
