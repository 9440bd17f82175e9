package render

import (
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/poster"
)

func TestFit(t *testing.T) {
	for _, tc := range []struct {
		name                  string
		width, height         int
		columns, rows, tile   int
		shape                 job.Shape
		wantColumns, wantRows int
	}{
		{"as asked", 100, 900, 30, 20, 64, job.Square, 30, 20},
		{"square", 500, 500, 100, 0, 64, job.Square, 100, 100},
		{"portrait", 300, 400, 60, 0, 64, job.Detail, 60, 80},
		{"landscape", 400, 300, 60, 0, 64, job.Square, 60, 45},
		{"a line", 5000, 1, 50, 0, 64, job.Brick, 50, 1},
		{"bricks are half a cell narrower", 400, 300, 10, 0, 64, job.Brick, 10, 7},
	} {
		o := job.Options{Columns: tc.columns, Rows: tc.rows, Tile: tc.tile, Shape: tc.shape}
		if c, r := Fit(tc.width, tc.height, o, job.Strangers()); c != tc.wantColumns || r != tc.wantRows {
			t.Errorf("%s: %d x %d, want %d x %d", tc.name, c, r, tc.wantColumns, tc.wantRows)
		}
	}
}

// Whatever the shape of the target, the grid that comes of it would have been accepted.
func TestFitKeepsTheLimits(t *testing.T) {
	for _, width := range []int{1, 7, 100, 2048} {
		for _, height := range []int{1, 7, 100, 2048} {
			for _, columns := range []int{1, 50, 346, 1023, 2000} {
				for i, tile := range []int{8, 64, 256} {
					o := job.Defaults()
					o.Columns, o.Tile, o.Shape = columns, tile, []job.Shape{job.Detail, job.Brick, job.Square}[i]
					if height == 7 {
						o.Extras, o.Bleed = []job.Extra{job.PDF}, 25
					}
					if o.Validate() != nil {
						continue
					}
					o.Columns, o.Rows = Fit(width, height, o, job.Strangers())
					if err := o.Validate(); err != nil {
						t.Errorf("target %d x %d, %d columns of %d px: %v", width, height, columns, tile, err)
					}
					print := poster.Print{Bleed: o.Bleed}
					if side := print.Side(o.Columns, o.Rows, o.Shape == job.Brick, poster.Options{Tile: tile}); side > poster.MaxSide {
						t.Errorf("target %d x %d, %d columns of %d px with a bleed: %d pixels", width, height, columns, tile, side)
					}
				}
			}
		}
	}
}
