package photo

import (
	"image"
	"math"
	"slices"
)

const (
	leastSkin    = 0.02 // mean likelihood of skin from which on a face is looked for
	skinCut      = 0.07 // share of the skin beyond each edge of the box
	standOutCut  = 0.12 // the same of what stands out, which is spread more widely
	subjectFrame = 0.04 // of the side, around the box: hair and chin have no colour of their own
	evenShare    = 0.55 // of the mean, in the outer sixths, from which on nothing stands out
	mostSkin     = 0.5  // mean likelihood of skin from which on a face may fill the tile
	surelyFace   = 0.6  // probability of a face from which on nothing else counts
	perhapsFace  = 0.5  // the same, from which on it counts too
	nearlyLikely = 0.2  // of the likeliest window, from which on another one counts
	beside       = 0.08 // room on either side of a window, of its side: not all faces are as narrow
	chinLowest   = 1.15 // where chins end at the lowest, in heights of the window
)

// box is a part of a square tile, in shares of its side.
type box struct{ left, top, right, bottom float64 }

func (b box) union(c box) box {
	return box{min(b.left, c.left), min(b.top, c.top), max(b.right, c.right), max(b.bottom, c.bottom)}
}

// subjectBox is what every closer view of a square tile has to hold: the face, or where none can be told for sure, also
// what else may be the subject.
func subjectBox(tile *image.NRGBA) image.Rectangle {
	g := reduce(tile)
	b, probability := g.faceBox()
	if probability < perhapsFace {
		b = g.standsOut()
	} else if probability < surelyFace {
		b = b.union(g.standsOut())
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

// standsOut holds most of the skin or, without skin, of what stands out.
func (g grid) standsOut() box {
	mean := g.mean()
	var weights [2][]float64 // of skin, and of what stands out, for each block
	var totals [2]float64
	logs := logOf()
	for a := range g.along {
		before, row, after := g.row(a-1), g.row(a), g.row(a+1)
		for c, b := range row {
			stands := contrast(before[c], after[c], row[max(c-1, 0)], row[min(c+1, len(row)-1)]) * mean.distance(b)
			for k, v := range [2]float64{skin(logs, b), stands} {
				weights[k] = append(weights[k], v)
				totals[k] += v
			}
		}
	}
	kind, cut := 0, skinCut
	if totals[0] < leastSkin*float64(len(g.blocks)) {
		kind, cut = 1, standOutCut
	}
	if totals[kind] == 0 {
		return box{0, 0, 1, 1}
	}
	columns, rows := make([]float64, g.along), make([]float64, g.across)
	for i, v := range weights[kind] {
		columns[i/g.across] += v / totals[kind]
		rows[i%g.across] += v / totals[kind]
	}
	var b box
	b.left, b.right = middle(columns, cut)
	b.top, b.bottom = middle(rows, cut)
	if even(columns, rows) && totals[0] < mostSkin*float64(len(g.blocks)) {
		b = box{0.25, 0.2, 0.75, 0.75} // a face would be about here
	}
	return box{b.left - subjectFrame, b.top - subjectFrame, b.right + subjectFrame, b.bottom + subjectFrame}
}

// even reports whether as much stands out near the left, right and upper edges as elsewhere. Portraits often end at the
// lower edge.
func even(columns, rows []float64) bool {
	edge := func(parts []float64) (sum float64) {
		for _, v := range parts[:(len(parts)+5)/6] {
			sum += v
		}
		return sum
	}
	left, above := edge(columns), edge(rows)
	slices.Reverse(columns)
	return min(left, edge(columns), above) > evenShare/6
}

// middle returns where the middle of a distribution begins and ends, as shares of its length, if so much of it lies
// beyond each end.
func middle(parts []float64, beyond float64) (from, to float64) {
	sum := 0.0
	to = 1
	for i, v := range parts {
		if v > 0 && sum < beyond && sum+v >= beyond {
			from = (float64(i) + (beyond-sum)/v) / float64(len(parts))
		}
		if v > 0 && sum < 1-beyond && sum+v >= 1-beyond {
			to = (float64(i) + (1-beyond-sum)/v) / float64(len(parts))
		}
		sum += v
	}
	return from, to
}
