package photo

import "math"

// backdrop tells the middle of a tile, where most subjects are, from its left, right and upper edges, which mostly show
// what is behind them.
type backdrop struct {
	contrast, skin [2]float64 // means, of the middle and of the edges
	same           float64    // share of the colours that both have in common
	hues           float64    // standard deviation of the ratios of red, green and blue, as logarithms
	contrasts      []float64  // of all blocks with their neighbours
	front          colourBins // how likely a colour is that of what is in the middle, and not behind it
}

// Where they are, in shares of the tile's side.
const (
	middleLeft, middleTop     = 0.3, 0.22
	middleRight, middleBottom = 0.7, 0.65
	edgeSide, edgeTop         = 0.17, 0.12
)

func newBackdrop(g grid) *backdrop {
	d := &backdrop{contrasts: g.contrasts()}
	var colours [2]colourBins
	var blocks, sum [2]float64
	squares, n := 0.0, float64(len(g.blocks))
	logs := logOf()
	for i, b := range g.blocks {
		x, y := i/g.across, i%g.across
		across, down := (float64(x)+0.5)/float64(g.along), (float64(y)+0.5)/float64(g.across)
		warm, yellow := logs[b.r]-logs[b.g], logs[b.g]-logs[b.b]
		sum[0] += warm
		sum[1] += yellow
		squares += warm*warm + yellow*yellow
		part := 1
		switch {
		case across > middleLeft && across < middleRight && down > middleTop && down < middleBottom:
			part = 0
		case across > edgeSide && across < 1-edgeSide && down > edgeTop:
			continue
		}
		blocks[part]++
		d.contrast[part] += d.contrasts[i]
		d.skin[part] += skin(logs, b)
		colours[part].add(b)
	}
	d.hues = math.Sqrt(max(0, squares/n-(sum[0]*sum[0]+sum[1]*sum[1])/(n*n)))
	for part, n := range blocks {
		n = max(n, 1)
		d.contrast[part] /= n
		d.skin[part] /= n
		for i := range colours[part] {
			colours[part][i] /= n
		}
	}
	for i, in := range colours[0] {
		behind := colours[1][i]
		d.same += min(in, behind)
		d.front[i] = 0.5
		if all := in + behind; all > 0 {
			d.front[i] = in / all
		}
	}
	return d
}

const (
	sameColours   = 0.28 // from which on middle and edges look alike, if they have the
	sameContrast  = 0.7  // part of the contrast
	plainContrast = 0.65 // up to which edges are plain
	faceSkin      = 0.15 // mean likelihood of skin in the middle from which on it may be a face, if the edges have less
	fewHues       = 0.3  // up to which a picture is grey, toned or dull, as portraits are more often than things
)

// isEven reports whether the edges look like the middle.
func (d *backdrop) isEven() bool {
	return d.same > sameColours && d.contrast[1] > sameContrast*d.contrast[0]
}

// mayBeFace reports whether there may be a face in the middle. One that fills the tile is something else.
func (d *backdrop) mayBeFace() bool { return d.skin[0] > faceSkin && d.skin[1] < d.skin[0] }

// contrasts are those of all blocks with their neighbours.
func (g grid) contrasts() []float64 {
	all := make([]float64, 0, len(g.blocks))
	for a := range g.along {
		before, row, after := g.row(a-1), g.row(a), g.row(a+1)
		for c := range row {
			all = append(all, contrast(before[c], after[c], row[max(c-1, 0)], row[min(c+1, len(row)-1)]))
		}
	}
	return all
}

// mayBePortrait reports whether the picture has few hues, or edges as plain as a backdrop.
func (d *backdrop) mayBePortrait() bool {
	return d.hues < fewHues || d.contrast[1] < plainContrast*d.contrast[0]
}

// colourBins has a number for each colour: by the logarithms of luma, and of the ratios of red to green and of green to
// blue, which light does not change.
type colourBins [lumaBins * ratioBins * ratioBins]float64

const (
	lumaBins  = 8
	ratioBins = 13
)

// binsOf returns where a colour lies in each direction, in bins.
func binsOf(b block) [3]float64 {
	logs := logOf()
	at := func(v float64, bins int) float64 { return min(max(v, 0), float64(bins)-1.001) }
	return [3]float64{
		at(2*(logs[b.luma]-logs[0]), lumaBins),
		at(4*(logs[b.r]-logs[b.g])+ratioBins/2, ratioBins),
		at(4*(logs[b.g]-logs[b.b])+ratioBins/2, ratioBins),
	}
}

// add counts a colour, in the bins around.
func (c *colourBins) add(b block) {
	v := binsOf(b)
	l, m, n := int(v[0]), int(v[1]), int(v[2])
	first := (l*ratioBins+m)*ratioBins + n
	on := [3]float64{v[0] - float64(l), v[1] - float64(m), v[2] - float64(n)}
	for i, luma := range [2]float64{1 - on[0], on[0]} {
		for k, warm := range [2]float64{1 - on[1], on[1]} {
			bins := c[first+(i*ratioBins+k)*ratioBins:][:2]
			bins[0] += luma * warm * (1 - on[2])
			bins[1] += luma * warm * on[2]
		}
	}
}

// of returns the number of a colour.
func (c *colourBins) of(b block) float64 {
	v := binsOf(b)
	return c[(int(v[0]+0.5)*ratioBins+int(v[1]+0.5))*ratioBins+int(v[2]+0.5)]
}
