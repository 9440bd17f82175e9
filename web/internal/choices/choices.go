// Package choices has what a person can choose for a mosaic: whose photos, the size, the shape.
package choices

import (
	"math"

	"smalti/pkg/job"
)

// The sources of friends. Every other source is the name of a network.
const (
	Demo   = "demo"
	Upload = "upload"
	List   = "list"  // the client names every friend and photo itself
	Links  = "links" // the same as text, a line for each
)

// OwnSources are those whose friends come with the request.
var OwnSources = []string{Demo, Upload, List}

// MaxUpload is how many bytes the photos that come with one request may have.
const MaxUpload = 512 << 20

// Size is a named size of mosaic.
type Size struct {
	Name    string // the value of the form's field
	Columns int    // cells from left to right
	Tile    int    // a cell's side in the poster, in pixels
	Shape   job.Shape
}

// AutoShape stands for the shape of the size.
const AutoShape = "auto"

// brickTile is what the side of a brick is a multiple of.
const brickTile = 16

// In returns the size in another shape; [AutoShape] and the empty one keep its own. Bricks may have to be larger: then
// there are fewer of them.
func (s Size) In(shape job.Shape) Size {
	if shape != "" && shape != AutoShape {
		s.Shape = shape
	}
	if over := s.Tile % brickTile; s.Shape == job.Brick && over > 0 {
		width := s.Pixels()
		s.Tile += brickTile - over
		s.Columns = width / s.Tile
	}
	return s
}

// Pixels is the poster's width.
func (s Size) Pixels() int { return s.Columns * s.Tile }

// Centimetres is the poster's width on paper, at 300 dots per inch.
func (s Size) Centimetres() int { return int(math.Round(float64(s.Pixels()) / 300 * 2.54)) }

// Sizes are all sizes, the default first. A postcard has about as many cells as 50 x 50, but its small ones are where
// the target has detail: with cells of one size nobody would be recognised.
var Sizes = []Size{
	{"poster", 100, 64, job.Square},
	{"postcard", 80, 24, job.Detail},
	{"wall", 160, 64, job.Square},
}

// SizeNamed finds a size. The empty name is the default's.
func SizeNamed(name string) (Size, bool) {
	if name == "" {
		return Sizes[0], true
	}
	for _, s := range Sizes {
		if s.Name == name {
			return s, true
		}
	}
	return Size{}, false
}

// Values are the choices on the form.
type Values struct {
	Source, Size, Shape string
	Tint                int
	AutoTint            bool
	Fair                float64

	Handle, Direction string // of a network
	Links             string // of links
}

// Defaults are the choices on a fresh form.
func Defaults() Values {
	return Values{Source: Demo, Size: Sizes[0].Name, Shape: AutoShape, Tint: 8, AutoTint: true, Fair: job.Defaults().Fair, Direction: "following"}
}
