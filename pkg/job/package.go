// Package job defines what the parts of Smalti exchange: the package that asks for a mosaic, the states of the
// mosaic, and why it failed. It knows nothing of Redis, the network or pixels. The limits are in limits.go.
package job

import (
	"time"

	"smalti/pkg/message"
)

// Package asks for one mosaic. It has everything that is needed to make it but the photos, and no secrets. It
// is untrusted wherever it is read, see [Parse].
type Package struct {
	V        int       `json:"v"`
	ID       string    `json:"id"`
	Created  time.Time `json:"created"`
	Target   Target    `json:"target"`
	Friends  []Friend  `json:"friends"`
	Options  Options   `json:"options"`
	Priority Priority  `json:"priority"`

	// Skipped are photos that were left out before the package was written. They are listed with those that
	// cannot be read later.
	Skipped []Skipped `json:"skipped,omitempty"`

	// Owner is the SHA-256, in unpadded base64url, of the token that the owner's browser keeps:
	// who shows that token may delete the mosaic. Empty where nobody may.
	Owner string `json:"maker,omitempty"`

	// Keep is how long the mosaic is kept once it has ended, in seconds; see [MinKeep]. 0: the default of the
	// program that ends it.
	Keep int64 `json:"keep,omitempty"`

	// Client identifies the client, so that none gets more than its share: a keyed hash in the form of an id,
	// never an address. Empty where it is not known.
	Client string `json:"client,omitempty"`

	// Traceparent is the header of the same name of the request (W3C Trace Context, section 3.2), or
	// empty.
	Traceparent string `json:"traceparent,omitempty"`

	// Request is a hash, in the form of an id, of the request under an idempotency key: a different request
	// under the same key is refused. Empty where there was no key.
	Request string `json:"request,omitempty"`

	// Continues is the id of the mosaic that this one is a new version of, or empty.
	Continues string `json:"continues,omitempty"`
}

// Lifetime is how long the mosaic is kept once it has ended; otherwise where the package does not say.
func (p *Package) Lifetime(otherwise time.Duration) time.Duration {
	if p.Keep > 0 {
		return time.Duration(p.Keep) * time.Second
	}
	return otherwise
}

// Target is the picture that the mosaic shows from afar.
type Target struct {
	URL string `json:"url"` // see [ParseAddress]
}

// Friend is one person whose photo becomes a tile.
type Friend struct {
	ID      string `json:"id"`                // unique in its package
	Name    string `json:"name"`              // for people, any language
	Profile string `json:"profile,omitempty"` // an http(s) page about the person, or empty
	Photo   string `json:"photo"`             // see [ParseAddress]
}

// Skipped is a photo that was left out.
type Skipped struct {
	Name   string          `json:"name"`   // empty where the reason is about several people
	Reason string          `json:"reason"` // in English
	Says   message.Message `json:"says,omitzero"`
}

// Skip is a photo that was left out, and why.
func Skip(name string, why message.Message) Skipped {
	return Skipped{Name: name, Reason: message.Clip(why.String(), MaxName), Says: why}
}

// Options says how the mosaic is to look. The zero value of a field means what its comment says;
// [Defaults] is what the front end starts from.
type Options struct {
	Columns        int     `json:"columns"`           // cells from left to right
	Rows           int     `json:"rows"`              // cells from top to bottom; 0: as the target's shape asks
	Tile           int     `json:"tile"`              // a cell's side in the poster, in pixels; a multiple of 8, of 16 with brick
	Shape          Shape   `json:"shape"`             // how the cells are laid out
	Tint           float64 `json:"tint"`              // how far a tile's mean may move, in CIELAB units; 0 is pure, AutoTint as little as needed
	Shading        float64 `json:"shading,omitempty"` // how far parts of a tile may move around its mean, in CIELAB units; 0: not at all, as with a tint of 0
	RepeatDistance int     `json:"repeat_distance"`   // least Chebyshev distance of two uses, in cells; 0 or 1: any
	MaxUses        int     `json:"max_uses"`          // most uses of one photo; 0: no limit
	Everyone       bool    `json:"everyone"`          // everybody at least once
	Fair           float64 `json:"fair,omitempty"`    // how unequal shares may be, nobody above so many times the mean, or below its part; 0: no bounds
	Format         string  `json:"format"`            // "jpeg"
	Quality        int     `json:"quality"`           // JPEG quality, 1 to 100
	Seed           uint64  `json:"seed,omitempty"`    // breaks ties; the same seed gives the same mosaic

	Extras []Extra `json:"extras,omitempty"` // what else to make beside the poster
	Bleed  float64 `json:"bleed,omitempty"`  // of the PDF: picture beyond each edge, in millimetres
	Marks  bool    `json:"marks,omitempty"`  // of the PDF: crop marks
}

// AutoTint is the tint that is as little as makes a good likeness.
const AutoTint = -1

// Shape says how the cells are laid out.
type Shape string

// The shapes.
const (
	Square Shape = "square" // in columns and rows
	Brick  Shape = "brick"  // every second row half a cell to the left; half a cell narrower than columns
	Detail Shape = "detail" // as square, with cells of two and four times the side where the target is calm
)

// Extra is a file that is made on request.
type Extra string

// The extras.
const (
	PDF Extra = "pdf" // poster.pdf, for print
	SZI Extra = "szi" // poster.szi, a Deep Zoom pyramid in one file
)

// Priority names the list on which a package waits.
type Priority string

// The two lists. Workers take from the interactive one first, so that a large poster never delays somebody who
// is looking at the page.
const (
	Interactive Priority = "interactive"
	Bulk        Priority = "bulk"
)

// Defaults are the options of a mosaic for which nothing else was asked.
func Defaults() Options {
	return Options{
		Columns: 60, Rows: 0, Tile: 64, Shape: Square, Tint: AutoTint, Shading: 7, RepeatDistance: 3,
		Everyone: true, Fair: 3, Format: "jpeg", Quality: 85,
	}
}
