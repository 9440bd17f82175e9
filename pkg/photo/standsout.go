package photo

import "slices"

const (
	leastSkin    = 0.02 // mean likelihood of skin from which on a face is looked for
	mostSkin     = 0.5  // from which on it may fill the tile
	skinCut      = 0.07 // share of the skin beyond each edge of the box
	standOutCut  = 0.12 // the same of what stands out, which is spread more widely
	coreCut      = 0.35 // the same for the core of a thing
	subjectFrame = 0.04 // of the side, around a face: hair and chin have no colour of their own
	chinFrame    = 0.08 // the same below it
	smallFace    = 0.62 // side of the box of what may be a face without any other sign of it
	smallThing   = 0.5  // side of the box of a thing that is kept whole
	evenShare    = 0.55 // of the mean, in the outer sixths, from which on nothing stands out
)

var (
	usualFace = box{0.25, 0.2, 0.75, 0.75} // where a face would be about
	anything  = box{0.35, 0.3, 0.65, 0.6}  // what a view of fruit or of a meadow holds
)

func (b box) side() float64 { return max(b.right-b.left, b.bottom-b.top) }

// framed is the box with a frame around it.
func (b box) framed() box {
	return box{b.left - subjectFrame, b.top - subjectFrame, b.right + subjectFrame, b.bottom + chinFrame}
}

// standsOut is what closer views of a square tile hold where no face was found. That is
//
//   - what has the colours of skin, if that is in one place,
//   - else what may be a face in the middle: what has the colours of skin and not those of the edges; in pictures of few
//     hues, as portraits often are, what stands out in the middle,
//   - else a small thing that stands out, or the core of a large one.
func (g grid) standsOut(behind *backdrop) box {
	mean := g.mean()
	skins, face := newSpread(g), newSpread(g)
	stands, portrait := newSpread(g), newSpread(g)
	logs := logOf()
	for i, b := range g.blocks {
		front := behind.front.of(b)
		v, w := skin(logs, b), behind.contrasts[i]*mean.distance(b)
		skins.add(i, v)
		face.add(i, v*front)
		stands.add(i, w)
		portrait.add(i, w*front)
	}
	n := float64(len(g.blocks))
	full := skins.total >= mostSkin*n
	small := wholeTile
	if skins.total >= leastSkin*n && !full {
		small = skins.box(skinCut)
	}
	switch {
	case small.side() < smallFace:
		return small.framed()
	case full:
		return face.box(skinCut).framed()
	case behind.mayBeFace():
		return face.boxUnlessEven(skinCut).framed()
	case behind.mayBePortrait():
		return portrait.boxUnlessEven(standOutCut).framed()
	case behind.isEven() && stands.isEven():
		return anything
	}
	if thing := stands.box(standOutCut); thing.side() <= smallThing {
		return thing
	}
	return stands.box(coreCut)
}

// spread is how something is distributed over the columns and rows of a grid.
type spread struct {
	columns, rows []float64
	total         float64
}

func newSpread(g grid) *spread {
	return &spread{columns: make([]float64, g.along), rows: make([]float64, g.across)}
}

// add adds to block i of the grid.
func (s *spread) add(i int, v float64) {
	s.columns[i/len(s.rows)] += v
	s.rows[i%len(s.rows)] += v
	s.total += v
}

// box holds all but a share of it beyond each edge.
func (s *spread) box(cut float64) (b box) {
	if s.total == 0 {
		return wholeTile
	}
	b.left, b.right = middle(s.columns, cut*s.total, (1-cut)*s.total)
	b.top, b.bottom = middle(s.rows, cut*s.total, (1-cut)*s.total)
	return b
}

func (s *spread) boxUnlessEven(cut float64) box {
	if s.isEven() {
		return usualFace
	}
	return s.box(cut)
}

// isEven reports whether there is as much near the left, right and upper edges as elsewhere. Portraits often end at the
// lower edge.
func (s *spread) isEven() bool {
	edge := func(parts []float64) (sum float64) {
		for _, v := range parts[:(len(parts)+5)/6] {
			sum += v
		}
		return sum
	}
	right := slices.Clone(s.columns)
	slices.Reverse(right)
	return s.total > 0 && min(edge(s.columns), edge(right), edge(s.rows)) > evenShare/6*s.total
}

// middle returns where the middle of a distribution begins and ends, as shares of its length: where its sum passes low
// and high.
func middle(parts []float64, low, high float64) (from, to float64) {
	sum := 0.0
	to = 1
	for i, v := range parts {
		if v > 0 && sum < low && sum+v >= low {
			from = (float64(i) + (low-sum)/v) / float64(len(parts))
		}
		if v > 0 && sum < high && sum+v >= high {
			to = (float64(i) + (high-sum)/v) / float64(len(parts))
		}
		sum += v
	}
	return from, to
}
