package mosaic

import (
	"fmt"
	"image"
	"math"
)

// Error is input that no mosaic can be made from.
type Error struct {
	detail   string
	sentence string
}

func (e *Error) Error() string { return "mosaic: " + e.detail }

// Sentence is for the person who asked for the mosaic.
func (e *Error) Sentence() string { return e.sentence }

func refuse(sentence, detail string, args ...any) error {
	return &Error{detail: fmt.Sprintf(detail, args...), sentence: sentence}
}

func check(target *image.NRGBA, tiles []*image.NRGBA, o Options) error {
	switch {
	case o.Columns < 1 || o.Rows < 1:
		return refuse("A mosaic has at least one column and one row.", "grid is %d x %d", o.Columns, o.Rows)
	case o.Columns > MaxSide || o.Rows > MaxSide || o.Columns*o.Rows > MaxCells:
		return refuse(fmt.Sprintf("A mosaic has at most %d cells, and at most %d in a line.", MaxCells, MaxSide),
			"grid is %d x %d", o.Columns, o.Rows)
	case o.Shape < Square || o.Shape > Detail:
		return refuse("There is no such shape of cells.", "shape is %d", o.Shape)
	case math.IsNaN(o.Tint) || math.IsInf(o.Tint, 0) || o.Tint < 0:
		return refuse("The tint must be zero or more.", "tint is %v", o.Tint)
	case o.RepeatDistance < 0:
		return refuse("The distance between repeats must be zero or more.", "repeat distance is %d", o.RepeatDistance)
	case o.MaxUses < 0:
		return refuse("The number of uses must be zero, for no limit, or more.", "max uses is %d", o.MaxUses)
	case target == nil || target.Rect.Empty():
		return refuse("The picture to show is empty.", "target has no pixels")
	case len(tiles) == 0:
		return refuse("There is no photo to make the mosaic of.", "no tiles")
	}
	for i, t := range tiles {
		if t == nil || t.Rect.Empty() {
			return refuse("One of the photos is empty.", "tile %d has no pixels", i)
		}
		if t.Rect.Dx() != t.Rect.Dy() {
			return refuse("One of the photos was not cut to a square.", "tile %d is %d x %d pixels", i, t.Rect.Dx(), t.Rect.Dy())
		}
	}
	return nil
}
