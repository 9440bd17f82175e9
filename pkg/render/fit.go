package render

import (
	"math"
	"slices"

	"smalti/pkg/job"
	"smalti/pkg/mosaic"
	"smalti/pkg/poster"
)

// shapes are the package's shapes for the solver.
var shapes = map[job.Shape]mosaic.Shape{job.Square: mosaic.Square, job.Brick: mosaic.Brick, job.Detail: mosaic.Detail}

// Fit returns the grid for a target of width x height pixels. If the options leave the rows to the target's shape, a
// very tall target could exceed the limits; then the whole grid shrinks in proportion.
func Fit(width, height int, o job.Options, l job.Limits) (columns, rows int) {
	columns, rows = mosaic.Grid(width, height, o.Columns, o.Rows, shapes[o.Shape])
	if o.Rows != 0 {
		return columns, rows
	}
	longest := min(l.Columns, job.MaxSide/o.Tile)
	scale := min(1,
		math.Sqrt(float64(l.Cells)/float64(columns*rows)),
		float64(longest)/float64(max(columns, rows)))
	if scale == 1 {
		return columns, rows
	}
	columns = max(1, int(float64(columns)*scale))
	rows = max(1, min(int(float64(rows)*scale), longest, l.Cells/columns))
	return columns, rows
}

// Side is the longer side, in pixels, of the largest picture that is made of a grid. It is that of the PDF, if there is
// one with a bleed. More than [job.MaxSide] cannot be written.
func Side(columns, rows int, o job.Options) int {
	print := poster.Print{}
	if slices.Contains(o.Extras, job.PDF) {
		print.Bleed = o.Bleed
	}
	return print.Side(columns, rows, o.Shape == job.Brick, poster.Options{Tile: o.Tile})
}
