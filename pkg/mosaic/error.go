package mosaic

import (
	"errors"
	"fmt"
	"image"
	"math"
)

// Error is input that no mosaic can be made from.
type Error struct{ detail string }

func (e *Error) Error() string { return "mosaic: " + e.detail }

func refuse(detail string, args ...any) error {
	return &Error{fmt.Sprintf(detail, args...)}
}

func check(target *image.NRGBA, tiles []*image.NRGBA, o Options) error {
	switch {
	case o.Columns < 1 || o.Rows < 1:
		return refuse("grid is %d x %d", o.Columns, o.Rows)
	case o.Columns > MaxSide || o.Rows > MaxSide:
		return refuse("grid is %d x %d, and %d cells in a line are the limit", o.Columns, o.Rows, MaxSide)
	case o.Shape < Square || o.Shape > Detail:
		return refuse("shape is %d", o.Shape)
	case math.IsNaN(o.Tint) || math.IsInf(o.Tint, 0) || o.Tint < 0 && o.Tint != AutoTint:
		return refuse("tint is %v", o.Tint)
	case math.IsNaN(o.Shading) || math.IsInf(o.Shading, 0) || o.Shading < 0:
		return refuse("shading is %v", o.Shading)
	case o.RepeatDistance < 0:
		return refuse("repeat distance is %d", o.RepeatDistance)
	case o.MaxUses < 0:
		return refuse("max uses is %d", o.MaxUses)
	case math.IsNaN(o.Fair) || math.IsInf(o.Fair, 0) || o.Fair != 0 && o.Fair < 1:
		return refuse("fair is %v", o.Fair)
	case target == nil || target.Rect.Empty():
		return refuse("target has no pixels")
	case len(tiles) == 0:
		return refuse("no tiles")
	}
	if o.Crops != nil && len(o.Crops) != len(tiles) {
		return refuse("%d tiles have crops for %d", len(tiles), len(o.Crops))
	}
	if o.Descriptions != nil && len(o.Descriptions) != len(tiles) {
		return refuse("%d tiles have descriptions for %d", len(tiles), len(o.Descriptions))
	}
	for i := range tiles {
		if err := checkTile(tiles[i], i, o); err != nil {
			return refuse("tile %d %v", i, err)
		}
	}
	return nil
}

// checkTile checks tile i, and what was given for it.
func checkTile(t *image.NRGBA, i int, o Options) error {
	if t == nil || t.Rect.Empty() {
		return errors.New("has no pixels")
	}
	if t.Rect.Dx() != t.Rect.Dy() {
		return fmt.Errorf("is %d x %d pixels", t.Rect.Dx(), t.Rect.Dy())
	}
	var crops []image.Rectangle
	if o.Crops != nil {
		crops = o.Crops[i]
		if err := checkCrops(crops, t.Rect.Dx()); err != nil {
			return err
		}
	}
	if o.Descriptions != nil && !o.Descriptions[i].fits(len(crops), o.Tint) {
		return errors.New("was described with other crops or another tint")
	}
	return nil
}

func checkCrops(crops []image.Rectangle, side int) error {
	if len(crops) > MaxCrops {
		return fmt.Errorf("has %d crops", len(crops))
	}
	for _, r := range crops {
		if r.Empty() || r.Dx() != r.Dy() || !r.In(image.Rect(0, 0, side, side)) {
			return fmt.Errorf("has crop %v, and %d pixels a side", r, side)
		}
	}
	return nil
}
