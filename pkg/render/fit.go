package render

import (
	"math"

	"smalti/pkg/job"
	"smalti/pkg/mosaic"
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
	longest := min(l.Columns, o.MostInLine())
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
