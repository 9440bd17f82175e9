package job

import "time"

// State is where a mosaic is on its way. Done and Failed are final.
type State string

// The states of a mosaic.
const (
	Queued    State = "queued"
	Rendering State = "rendering"
	Done      State = "done"
	Failed    State = "failed"
)

// Final reports whether a mosaic in this state stays in it.
func (s State) Final() bool { return s == Done || s == Failed }

// Phase is what a worker is doing to a mosaic, in this order.
type Phase string

// The phases of rendering.
const (
	Gathering  Phase = "photos"     // counts photos
	Matching   Phase = "matching"   // counts steps of the solver
	Composing  Phase = "composing"  // counts rows of the poster
	Delivering Phase = "delivering" // counts files
)

// Progress is how far a phase has come.
type Progress struct {
	Phase Phase `json:"phase"`
	Done  int   `json:"done"`
	Total int   `json:"total"`
}

// Status is everything that may be told about a mosaic to whoever knows its id.
type Status struct {
	ID        string    `json:"id"`
	State     State     `json:"state"`
	Position  int       `json:"position,omitempty"`   // 1 is next; only when queued
	Attempt   int       `json:"attempt,omitempty"`    // counts from 1; when queued, the one that broke off, if any
	Progress  *Progress `json:"progress,omitempty"`   // only when rendering
	Failure   *Failure  `json:"failure,omitempty"`    // only when failed
	Result    *Result   `json:"result,omitempty"`     // only when done
	FirstLook *Result   `json:"first_look,omitempty"` // only when rendering: what can be seen already
	Created   time.Time `json:"created"`
	Finished  time.Time `json:"finished,omitzero"`
	Expires   time.Time `json:"expires,omitzero"` // only when final; zero: as long after Finished as whoever is asked keeps mosaics
	Owner     string    `json:"maker,omitempty"`  // as in the package
}

// Result describes a delivered mosaic. It is what the completion key holds of a success, and the
// store's manifest holds the same. Of a first look, it describes what of it is delivered.
type Result struct {
	Columns int      `json:"columns"`
	Rows    int      `json:"rows"`
	Width   int      `json:"width"`           // of the poster, in pixels
	Height  int      `json:"height"`          // of the poster, in pixels
	Friends int      `json:"friends"`         // whose photo could be read
	Missing int      `json:"missing"`         // whose photo could not
	Tint    *Tint    `json:"tint,omitempty"`  // nil where an older worker made it
	Files   []string `json:"files"`           // names in the mosaic's directory
	Owner   string   `json:"maker,omitempty"` // as in the package: the store then knows who may delete
	Keep    int64    `json:"keep,omitempty"`  // as in the package: the store then knows when it expires
	Look    string   `json:"look,omitempty"`  // names the first look that has the same files, in their addresses; empty: there was none

	Shown int `json:"shown,omitempty"` // of the friends: who are in a cell; 0 where an older worker made it
}

// InCells is how many friends are in a cell; where the result does not say, all whose photo could be read.
func (r *Result) InCells() int {
	if r.Shown > 0 {
		return r.Shown
	}
	return r.Friends
}

// Tint says how far the photos of a mosaic may be from what they were, in CIELAB units.
type Tint struct {
	Limit   float64 `json:"limit"`             // of a photo's mean, as asked for or chosen; 0 is pure
	Shading float64 `json:"shading,omitempty"` // of its parts around that
}

// Ends is when a mosaic expires that was finished at that time; zero where the result does not say.
func (r *Result) Ends(finished time.Time) time.Time {
	if r.Keep <= 0 {
		return time.Time{}
	}
	return finished.Add(time.Duration(r.Keep) * time.Second)
}
