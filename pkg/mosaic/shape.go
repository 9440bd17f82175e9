package mosaic

import "math"

// Shape says how cells are laid out.
type Shape int

// The shapes.
const (
	// Square cells stand in columns and rows.
	Square Shape = iota

	// Brick moves every second row half a cell to the left. The edges stay straight: the picture is
	// half a cell narrower than Columns, and shows half of the first cell of those rows and half of
	// the last cell of the others.
	Brick

	// Detail has cells of four and two times the side where the target is smooth.
	Detail
)

// Grid returns the grid for a target of width x height pixels. With rows 0 it has the number of rows
// that fits the target's shape, at least one.
func Grid(width, height, columns, rows int, shape Shape) (c, r int) {
	if rows > 0 || width <= 0 || height <= 0 {
		return columns, max(1, rows)
	}
	return columns, max(1, int(math.Round(across(columns, shape)*float64(height)/float64(width))))
}

// across is how many cells wide the picture is.
func across(columns int, shape Shape) float64 {
	if shape == Brick {
		return float64(columns) - 0.5
	}
	return float64(columns)
}

// crop returns the largest box of columns x rows cells in the middle of a picture of width x height
// pixels. Its edges need not fall between pixels.
func crop(width, height int, columns, rows float64) (x0, y0, x1, y1 float64) {
	w, h := float64(width), float64(height)
	cell := min(w/columns, h/rows)
	x0, y0 = (w-cell*columns)/2, (h-cell*rows)/2
	return x0, y0, w - x0, h - y0
}
