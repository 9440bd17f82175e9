package photo

import (
	"image"
	"math"
	"slices"
)

// What [Closer] returns.
const (
	MaxCloser = 4   // views of a tile
	Closest   = 0.7 // the least side of a view, as a part of the tile's
)

// closeness is how close the views come: the closest one that holds the subject counts.
var closeness = [...]float64{Closest, 0.85}

// Closer returns closer views of a square tile: squares within it, relative to its corner, that hold its whole
// subject, the face or, without a face, what stands out. They are at most [MaxCloser], as far apart as that allows; none
// if the subject fills the tile. Where nothing stands out, as among fruit or in a meadow,
// they hold the middle.
func Closer(tile *image.NRGBA) (views []image.Rectangle) {
	side := tile.Rect.Dx()
	keep := subjectBox(tile)
	for _, share := range closeness {
		size := int(math.Ceil(share * float64(side)))
		// Where the view's corner may be.
		x0, x1 := max(0, keep.Max.X-size), min(side-size, keep.Min.X)
		y0, y1 := max(0, keep.Max.Y-size), min(side-size, keep.Min.Y)
		if x0 > x1 || y0 > y1 || size >= side {
			continue
		}
		for _, y := range apart(y0, y1, side) {
			for _, x := range apart(x0, x1, side) {
				views = append(views, image.Rect(x, y, x+size, y+size))
			}
		}
		return views
	}
	return nil
}

// apart returns both ends of a range, or its middle if they are so close that views would hardly differ.
func apart(from, to, side int) []int {
	if (to-from)*12 < side {
		return []int{(from + to) / 2}
	}
	return []int{from, to}
}

const (
	leastSkin    = 0.02 // mean likelihood of skin from which on a face is looked for
	skinCut      = 0.07 // share of the skin beyond each edge of the box
	standOutCut  = 0.12 // the same of what stands out, which is spread more widely
	subjectFrame = 0.04 // of the side, around the box: hair and chin have no colour of their own
	evenShare    = 0.55 // of the mean, in the outer sixths, from which on nothing stands out
	mostSkin     = 0.5  // mean likelihood of skin from which on a face may fill the tile
)

// subjectBox is a box around the likely subject of a square tile.
func subjectBox(tile *image.NRGBA) image.Rectangle {
	g := reduce(tile)
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
		return tile.Rect.Sub(tile.Rect.Min)
	}
	columns, rows := make([]float64, g.along), make([]float64, g.across)
	for i, v := range weights[kind] {
		columns[i/g.across] += v / totals[kind]
		rows[i%g.across] += v / totals[kind]
	}
	x0, x1 := middle(columns, cut)
	y0, y1 := middle(rows, cut)
	if even(columns, rows) && totals[0] < mostSkin*float64(len(g.blocks)) {
		x0, x1, y0, y1 = 0.25, 0.75, 0.2, 0.75 // a face would be about here
	}
	side := float64(tile.Rect.Dx())
	pixel := func(share float64) int { return int(math.Round(min(1, max(0, share)) * side)) }
	return image.Rect(pixel(x0-subjectFrame), pixel(y0-subjectFrame), pixel(x1+subjectFrame), pixel(y1+subjectFrame))
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
