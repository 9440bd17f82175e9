package photo

import (
	"image"
	"math"
)

// What [Closer] returns.
const (
	MaxCloser = 4   // views of a tile
	Closest   = 0.7 // the least side of a view, as a part of the tile's
)

// closeness is how close the views come: the closest one that holds the subject counts.
var closeness = [...]float64{Closest, 0.775, 0.85, 0.925}

// Closer returns closer views of a square tile: squares within it, relative to its corner, that hold what may be a face,
// whole; without a face, a thing that stands out, or the core of a large one. They are at most [MaxCloser], as far apart
// as that allows; none if the subject fills the tile. Where nothing stands out, as among fruit or in a meadow, they hold
// the very middle.
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
