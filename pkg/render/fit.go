package render

import (
	"math"

	"smalti/pkg/job"
	"smalti/pkg/mosaic"
)

// shapes are the package's shapes for the solver.
var shapes = map[job.Shape]mosaic.Shape{job.Square: mosaic.Square, job.Brick: mosaic.Brick, job.Detail: mosaic.Detail}

// fit returns the grid for a target of width x height pixels. If the package leaves the rows to the target's shape, a
// very tall target could exceed the limits; then the whole grid shrinks in proportion.
func fit(width, height int, o job.Options) (columns, rows int) {
	columns, rows = mosaic.Grid(width, height, o.Columns, o.Rows, shapes[o.Shape])
	if o.Rows != 0 {
		return columns, rows
	}
	longest := min(job.MaxColumns, job.MaxSide/o.Tile)
	scale := min(1,
		math.Sqrt(float64(job.MaxCells)/float64(columns*rows)),
		float64(longest)/float64(max(columns, rows)))
	if scale == 1 {
		return columns, rows
	}
	columns = max(1, int(float64(columns)*scale))
	rows = max(1, min(int(float64(rows)*scale), longest, job.MaxCells/columns))
	return columns, rows
}
