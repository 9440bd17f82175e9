package mosaic

import "math"

// Grid returns the grid for a target of width x height pixels. With rows 0 it has as many rows as
// the target's shape asks for with square cells, at least one.
func Grid(width, height, columns, rows int) (c, r int) {
	if rows > 0 || width <= 0 || height <= 0 {
		return columns, max(1, rows)
	}
	return columns, max(1, int(math.Round(float64(columns)*float64(height)/float64(width))))
}

// crop returns the largest box of the grid's shape in the middle of a picture of width x height
// pixels. Its edges need not fall between pixels.
func crop(width, height, columns, rows int) (x0, y0, x1, y1 float64) {
	w, h := float64(width), float64(height)
	cell := min(w/float64(columns), h/float64(rows))
	x0, y0 = (w-cell*float64(columns))/2, (h-cell*float64(rows))/2
	return x0, y0, w - x0, h - y0
}
