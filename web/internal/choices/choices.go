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
}

// Pixels is the poster's width.
func (s Size) Pixels() int { return s.Columns * s.Tile }

// Centimetres is the poster's width on paper, at 300 dots per inch.
func (s Size) Centimetres() int { return int(math.Round(float64(s.Pixels()) / 300 * 2.54)) }

// Sizes are all sizes, the default first.
var Sizes = []Size{
	{"poster", 100, 64},
	{"postcard", 50, 32},
	{"wall", 160, 64},
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
	return Values{Source: Demo, Size: Sizes[0].Name, Shape: string(job.Square), Tint: 8, AutoTint: true, Fair: job.Defaults().Fair, Direction: "following"}
}
