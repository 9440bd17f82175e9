// Package mosaic decides which photo goes into which cell, so that the whole looks like the target
// from afar. It works on pixels in memory and does no I/O.
//
// The target and every tile are described by the colours of several samples per cell, averaged in
// linear light and compared in CIELAB (descriptor.go). One solver (solver.go) chooses the tile of each
// cell and keeps all rules at once: everyone at least once, nobody too often, nobody next to himself.
// Rules that cannot all be kept are relaxed in a fixed order, and the plan says so: there is always a
// plan, and never an empty cell.
package mosaic

import (
	"context"
	"image"
)

// Options are the rules of a mosaic.
type Options struct {
	Columns, Rows int // cells, each 1 to [MaxSide]; about 1.5 KB of memory for each
	Shape         Shape

	// Tint is how far a tile's mean colour may be moved towards its cell's, in CIELAB units
	// (CIE 1976 colour difference). 0 leaves the photos as they are; [AutoTint] is as little as makes a good
	// likeness.
	Tint float64

	// Shading is how far the sixteenths of a tile may be moved around its mean towards those of its cell, in
	// CIELAB units. 0 adds the same to all pixels of a tile.
	Shading float64

	// RepeatDistance is the least Chebyshev distance, in cells, between two uses of the same face:
	// 2 means that no face touches itself, not even at a corner. 0 and 1 allow everything. Bricks are
	// measured where they are drawn, large cells between their nearest parts.
	RepeatDistance int

	MaxUses  int  // most uses of one tile, or of a face for each tile that shows it; 0: no limit
	Everyone bool // every face at least once

	// Fair bounds every face's share: no face has more than Fair times the mean number of uses, and none
	// less than the mean divided by Fair. Tiles that show the same face have one share together. Repeats
	// are then up to [FairDistance] cells apart even if RepeatDistance is less. At least 1, which is the
	// same for all; 0: no bounds.
	Fair float64

	// Crops are closer views of each tile, of which a cell may show one instead of the whole: squares, relative
	// to the tile's corner, at most [MaxCrops] of each. All rules count tiles. It may be nil.
	Crops [][]image.Rectangle

	// Descriptions are those of each tile, by [DescribeTile] with the same crops and tint. They change nothing but the
	// time that Make takes. It may be nil.
	Descriptions []*Description

	Seed uint64 // breaks ties: the same input and seed give the same plan
}

// Limits of a grid.
const (
	MaxSide  = 10_000
	MaxCrops = 8
)

// Plan says which tile is in which cell.
type Plan struct {
	Columns, Rows int
	Shape         Shape
	Cells         []Cell // row by row, from the top left
	Uses          []int  // for each tile, how many cells hold it; a large cell is one

	// Face is for each tile the index of the first tile that looks the same, as default avatars do.
	// Only that one is used.
	Face []int

	Tint    TintUsed
	Shading float64      // the limit of the shadings, in CIELAB units
	Relaxed []Relaxation // rules that could not be kept as asked, in the order they were relaxed
}

// Cell is one place in the grid.
type Cell struct {
	Tile int // index into the tiles
	Crop int // what of the tile it shows: 0 is the whole, 1 the first of its crops

	// Shift is added to Y, Cb and Cr (JFIF full range, 8-bit levels) of every pixel of the tile: it
	// moves the mean and leaves the detail.
	Shift [3]float32

	Shading *Shading // what is added besides; nil: nothing

	// Span is how many cells it covers to the right and down: 1, 2 or 4. It is 0 where a larger cell
	// covers this one, whose other fields are then repeated here.
	Span int
}

// TintUsed is how far the tiles' means were moved, in CIELAB units. Limit is what [AutoTint] chose, or the option.
type TintUsed struct {
	Limit, Mean, Largest float64
}

// Relaxation is a rule that could not be kept.
type Relaxation struct {
	Rule  string // one of the Rule constants
	Asked int
	Got   int
	Why   string // a sentence for the person who asked
}

// The rules, in the order in which they are given up.
const (
	RuleMaxUses        = "max_uses"        // Asked and Got: uses of one tile
	RuleMostShare      = "most_share"      // Asked and Got: uses of the most used face
	RuleRepeatDistance = "repeat_distance" // Asked and Got: cells
	RuleLeastShare     = "least_share"     // Asked and Got: uses of the least used face
	RuleEveryone       = "everyone"        // Asked and Got: tiles that are in it
)

// Make decides which tile goes into which cell.
//
// The target is cropped around its middle to the shape of the grid. Tiles are square; their sizes may
// differ. All pictures are taken as opaque. Progress, which may be nil, is called about a hundred
// times, never by two goroutines at once.
//
// A tile suits a cell if its mean colour is close to the cell's after the tint, if its samples are
// close one by one, and if it continues the edges of the cells around. Cells begin with the best tile
// that the rules allow, by auction where tiles are scarce. Then they take better tiles, exchange them
// or displace others, until little is gained.
//
// Rules that cannot all be kept are relaxed in this order: MaxUses and the most that Fair allows are raised;
// if no number is enough, the distance is lowered, with both as they were; then faces get less than Fair
// promises them; and where there are more tiles than cells, Everyone becomes as many different tiles as
// there are cells.
//
// The same input gives the same plan on any number of processors. The error is that of ctx, or an
// [*Error].
func Make(ctx context.Context, target *image.NRGBA, tiles []*image.NRGBA, o Options, progress func(done, total int)) (*Plan, error) {
	if err := check(target, tiles, o); err != nil {
		return nil, err
	}
	steps := newProgress(progress)
	describe := describeCells
	if o.Shape == Brick {
		describe = describeBricks
	}
	cells, err := describe(ctx, target, o.Columns, o.Rows, steps.share(5))
	if err != nil {
		return nil, err
	}
	auto := o.Tint == AutoTint
	if auto {
		o.Tint = mostAutoTint
	}
	photos, err := describeTiles(ctx, tiles, o, steps.share(15))
	if err != nil {
		return nil, err
	}
	if auto {
		if o.Tint, err = leastTint(ctx, cells, photos, o); err != nil {
			return nil, err
		}
	}
	var s *solver
	var large []placedCell
	var relaxed []Relaxation
	if o.Shape == Detail {
		s, large, relaxed, err = assignDetail(ctx, target, cells, photos, o, steps.share(80))
	} else {
		s, relaxed, err = assign(ctx, cells, photos, o, steps.share(80))
	}
	if err != nil {
		return nil, err
	}
	plan := newPlan(s, large, cells, photos, o)
	plan.Relaxed = relaxed
	if plan.Shading = o.Shading; o.Shading > 0 {
		if err := plan.shade(ctx, tiles, o.Crops, cells, o.Shading); err != nil {
			return nil, err
		}
	}
	steps.finish()
	return plan, nil
}

// newPlan describes a filled grid and its large cells.
func newPlan(s *solver, large []placedCell, cells []descriptor, photos *photos, o Options) *Plan {
	plan := &Plan{
		Columns: o.Columns, Rows: o.Rows, Shape: o.Shape, Cells: make([]Cell, len(s.grid.tile)),
		Uses: make([]int, len(photos.faceOf)), Face: photos.faceOf, Tint: TintUsed{Limit: o.Tint},
	}
	for _, c := range s.grid.free {
		large = append(large, placedCell{cell: c, span: 1, tile: s.grid.tile[c], view: s.view[c], goal: cells[c].one})
	}
	var shifts [][3]float32
	if o.Tint > 0 {
		shifts = plan.tint(large, photos)
	}
	for k, l := range large {
		tile := photos.firstTile[l.tile]
		cell := Cell{Tile: tile, Crop: int(l.view - photos.firstView[l.tile]), Span: l.span}
		if o.Tint > 0 {
			cell.Shift = shifts[k]
		}
		plan.Uses[tile]++
		for i := range l.span * l.span {
			plan.Cells[l.cell+i/l.span*o.Columns+i%l.span] = cell
			cell.Span = 0
		}
	}
	return plan
}
