package render

import (
	"math"

	"smalti/pkg/job"
	"smalti/pkg/mosaic"
	"smalti/pkg/poster"
)

// Plan is plan.json: everything that a page needs to know about a mosaic besides its pictures.
type Plan struct {
	V       int        `json:"v"`
	ID      string     `json:"id"`
	Columns int        `json:"columns"`
	Rows    int        `json:"rows"`
	Tile    int        `json:"tile"`   // a cell's side in the poster, in pixels
	Width   int        `json:"width"`  // of the poster, in pixels
	Height  int        `json:"height"` // of the poster, in pixels
	Friends []Person   `json:"friends"`
	Cells   []int      `json:"cells"`  // an index into Friends for each cell, row by row
	Shifts  []int      `json:"shifts"` // three for each cell: what was added to its Y, Cb and Cr (JFIF, 8 bit); empty where the tint is 0
	Tint    Tint       `json:"tint"`
	Relaxed []Relaxed  `json:"relaxed"`
	Missing []Missing  `json:"missing"`
	Atlas   AtlasIndex `json:"atlas"`
}

// Person is a friend who stands in the mosaic, and where on the atlas the photo is.
type Person struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Profile string `json:"profile,omitempty"`
	Photo   string `json:"photo"`
	Uses    int    `json:"uses"`
	Sheet   int    `json:"sheet"`
	X       int    `json:"x"` // of the top left corner on the sheet, in pixels
	Y       int    `json:"y"`
}

// Tint says how far tiles were moved towards their cells, in CIELAB units.
type Tint struct {
	Limit   float64 `json:"limit"`
	Mean    float64 `json:"mean"`
	Largest float64 `json:"largest"`
}

// Relaxed is a rule that could not be kept as asked.
type Relaxed struct {
	Rule  string `json:"rule"`
	Asked int    `json:"asked"`
	Got   int    `json:"got"`
	Why   string `json:"why"`
}

// Missing is a friend whose photo could not be had, or a photo that was left out.
type Missing struct {
	ID     string `json:"id,omitempty"`
	Name   string `json:"name"`
	Reason string `json:"reason"` // for the person
}

// AtlasIndex names the sheets.
type AtlasIndex struct {
	Tile  int      `json:"tile"` // the side of a photo on the sheets, in pixels
	Files []string `json:"files"`
}

func describe(p *job.Package, plan *mosaic.Plan, all *people, sheets []poster.Sheet) *Plan {
	tint := plan.Tint
	out := &Plan{
		V: 1, ID: p.ID, Columns: plan.Columns, Rows: plan.Rows, Tile: p.Options.Tile,
		Width: plan.Columns * p.Options.Tile, Height: plan.Rows * p.Options.Tile,
		Friends: make([]Person, len(all.friends)), Cells: make([]int, len(plan.Cells)), Shifts: []int{},
		Tint:    Tint{Limit: tint.Limit, Mean: hundredths(tint.Mean), Largest: hundredths(tint.Largest)},
		Relaxed: []Relaxed{}, Missing: append([]Missing{}, all.missing...),
		Atlas: AtlasIndex{Tile: poster.AtlasSide, Files: []string{}},
	}
	for i, f := range all.friends {
		out.Friends[i] = Person{ID: f.ID, Name: f.Name, Profile: f.Profile, Photo: f.Photo, Uses: plan.Uses[i]}
	}
	for n, s := range sheets {
		out.Atlas.Files = append(out.Atlas.Files, poster.SheetName(n))
		for i, tile := range s.Tiles {
			at := s.At(i)
			out.Friends[tile].Sheet, out.Friends[tile].X, out.Friends[tile].Y = n, at.X, at.Y
		}
	}
	for i, c := range plan.Cells {
		out.Cells[i] = c.Tile
		if tint.Limit > 0 {
			for _, s := range c.Shift {
				out.Shifts = append(out.Shifts, int(math.Round(float64(s))))
			}
		}
	}
	for _, r := range plan.Relaxed {
		out.Relaxed = append(out.Relaxed, Relaxed{Rule: r.Rule, Asked: r.Asked, Got: r.Got, Why: r.Why})
	}
	return out
}

func gridOf(plan *mosaic.Plan) poster.Grid {
	g := poster.Grid{Columns: plan.Columns, Rows: plan.Rows, Cells: make([]poster.Cell, len(plan.Cells))}
	for i, c := range plan.Cells {
		g.Cells[i] = poster.Cell{Tile: c.Tile, Shift: c.Shift}
	}
	return g
}

func hundredths(x float64) float64 { return math.Round(x*100) / 100 }
