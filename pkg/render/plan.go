package render

import (
	"image"
	"math"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/mosaic"
	"smalti/pkg/poster"
)

// Plan is plan.json: everything that a page needs to know about a mosaic besides its pictures.
//
// Cells, Spans and Shifts have an entry for each place, row by row: place i is in column i % Columns of row
// i / Columns. A place is Tile pixels square. In a mosaic of bricks the odd rows lie half a place to the left, and the
// poster is half a place narrower; see [poster.Grid].
type Plan struct {
	V       int        `json:"v"` // 2
	ID      string     `json:"id"`
	Shape   job.Shape  `json:"shape"`
	Columns int        `json:"columns"`
	Rows    int        `json:"rows"`
	Tile    int        `json:"tile"`   // a place's side in the poster, in pixels
	Width   int        `json:"width"`  // of the poster, in pixels
	Height  int        `json:"height"` // of the poster, in pixels
	Faces   []Face     `json:"faces"`
	Friends []Person   `json:"friends"`
	Cells   []int      `json:"cells"`             // an index into Faces
	Crops   []int      `json:"crops,omitempty"`   // which of its face's crops each place shows, from 1; 0: the whole. Empty if all do
	Spans   []int      `json:"spans"`             // only of detail: 1, 2 or 4 at the top left place of a cell of so many places each way, 0 at its other places
	Shifts  []int      `json:"shifts"`            // three per place: what was added to its Y, Cb and Cr (JFIF, 8 bit); empty if the tint is 0
	Shading string     `json:"shading,omitempty"` // see encodeShading; empty if no place has one
	Tint    Tint       `json:"tint"`
	Relaxed []Relaxed  `json:"relaxed"`
	Missing []Missing  `json:"missing"`
	Atlas   AtlasIndex `json:"atlas"`
}

// Face is a photo in the mosaic, and its place on the atlas. Photos that look alike are one face, which stands for all
// of their people.
type Face struct {
	Friends []int `json:"friends"` // indices into Plan.Friends; the photo is the first one's
	Uses    int   `json:"uses"`    // how many cells show it
	Sheet   int   `json:"sheet"`
	X       int   `json:"x"` // of the top left corner on the sheet, in pixels
	Y       int   `json:"y"`

	// Crops are parts of the photo that places show, each as the left, the top and the side of a square, in parts of the
	// photo's side.
	Crops [][3]float64 `json:"crops,omitempty"`
}

// Person is a friend in the mosaic.
type Person struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Profile string `json:"profile,omitempty"`
	Photo   string `json:"photo"`
	Uses    int    `json:"uses"` // of the face
}

// Tint says how far tiles were moved towards their cells, in CIELAB units.
type Tint struct {
	Limit   float64 `json:"limit"`
	Mean    float64 `json:"mean"`
	Largest float64 `json:"largest"`
	Shading float64 `json:"shading,omitempty"` // how far parts of a tile may have moved around its mean
}

// Relaxed is a rule that could not be kept.
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
	Reason string `json:"reason"` // in English

	Says message.Message `json:"says,omitzero"`
}

// AtlasIndex names the sheets.
type AtlasIndex struct {
	Tile  int      `json:"tile"` // the side of a photo on the sheets, in pixels
	Files []string `json:"files"`
}

func describe(p *job.Package, plan *mosaic.Plan, all *people, sheets []poster.Sheet) *Plan {
	tint, size := plan.Tint, posterSize(plan, p.Options.Tile)
	out := &Plan{
		V: 2, ID: p.ID, Shape: p.Options.Shape, Columns: plan.Columns, Rows: plan.Rows, Tile: p.Options.Tile,
		Width: size.X, Height: size.Y, Friends: make([]Person, len(all.friends)),
		Cells: make([]int, len(plan.Cells)), Spans: []int{}, Shifts: []int{},
		Tint:    Tint{Limit: tint.Limit, Mean: hundredths(tint.Mean), Largest: hundredths(tint.Largest), Shading: plan.Shading},
		Shading: encodeShading(plan.Cells), Relaxed: []Relaxed{}, Missing: append([]Missing{}, all.missing...),
		Atlas: AtlasIndex{Tile: poster.AtlasSide, Files: []string{}},
	}
	number := make([]int, len(plan.Face)) // of each face, by its tile
	for i, f := range all.friends {
		face := plan.Face[i]
		if face == i {
			number[i] = len(out.Faces)
			out.Faces = append(out.Faces, Face{Uses: plan.Uses[i]})
		}
		same := &out.Faces[number[face]]
		same.Friends = append(same.Friends, i)
		out.Friends[i] = Person{ID: f.ID, Name: f.Name, Profile: f.Profile, Photo: f.Photo, Uses: same.Uses}
	}
	for n, s := range sheets {
		out.Atlas.Files = append(out.Atlas.Files, poster.SheetName(n))
		for i, face := range s.Tiles {
			at := s.At(i)
			out.Faces[face].Sheet, out.Faces[face].X, out.Faces[face].Y = n, at.X, at.Y
		}
	}
	out.crops(plan, all, number)
	for i, c := range plan.Cells {
		out.Cells[i] = number[c.Tile]
		if plan.Shape == mosaic.Detail {
			out.Spans = append(out.Spans, c.Span)
		}
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

// facesOf returns the tiles of the atlas: one of each face, in order.
func facesOf(plan *mosaic.Plan, tiles []*image.NRGBA) (faces []*image.NRGBA) {
	for i, t := range tiles {
		if plan.Face[i] == i {
			faces = append(faces, t)
		}
	}
	return faces
}

// crops adds to a plan which crops of its faces are used, and where. Number is of each face, by its tile.
func (out *Plan) crops(plan *mosaic.Plan, all *people, number []int) {
	used := map[mosaic.Picture]int{}
	crops := make([]int, len(plan.Cells))
	for i, c := range plan.Cells {
		if c.Crop == 0 {
			continue
		}
		shown := mosaic.Picture{Tile: c.Tile, Crop: c.Crop}
		if used[shown] == 0 {
			face, side := &out.Faces[number[c.Tile]], float64(all.tiles[c.Tile].Rect.Dx())
			r := all.crops[c.Tile][c.Crop-1]
			part := func(v int) float64 { return math.Round(float64(v)/side*1e4) / 1e4 }
			face.Crops = append(face.Crops, [3]float64{part(r.Min.X), part(r.Min.Y), part(r.Dx())})
			used[shown] = len(face.Crops)
		}
		crops[i] = used[shown]
	}
	if len(used) > 0 {
		out.Crops = crops
	}
}

// picturesOf returns what cells show, and the grid of it.
func picturesOf(plan *mosaic.Plan, all *people) ([]*image.NRGBA, poster.Grid) {
	used, shown := plan.Pictures()
	pictures := make([]*image.NRGBA, len(used))
	for i, u := range used {
		pictures[i] = u.Of(all.tiles, all.crops)
	}
	return pictures, gridOf(plan, shown)
}

// gridOf is the grid of the pictures that cells show.
func gridOf(plan *mosaic.Plan, shown []int) poster.Grid {
	g := poster.Grid{
		Columns: plan.Columns, Rows: plan.Rows, Cells: make([]poster.Cell, len(plan.Cells)),
		Brick: plan.Shape == mosaic.Brick,
	}
	for i, c := range plan.Cells {
		g.Cells[i] = poster.Cell{Tile: shown[i], Shift: c.Shift, Shading: (*[3][16]int8)(c.Shading), Span: c.Span}
	}
	return g
}

// posterSize is the poster's size in pixels.
func posterSize(plan *mosaic.Plan, tile int) image.Point {
	size := image.Pt(plan.Columns, plan.Rows).Mul(tile)
	if plan.Shape == mosaic.Brick {
		size.X -= tile / 2
	}
	return size
}

func hundredths(x float64) float64 { return math.Round(x*100) / 100 }
