package mosaic

import (
	"context"
	"image"
)

// Prepared is what Make matches: a target and photos that are described.
type Prepared struct {
	target *image.NRGBA
	cells  []descriptor
	photos *photos
	o      Options
}

// Prepare describes a target and photos.
func Prepare(target *image.NRGBA, tiles []*image.NRGBA, o Options) *Prepared {
	describe := describeCells
	if o.Shape == Brick {
		describe = describeBricks
	}
	p := &Prepared{target: target, o: o}
	p.cells, _ = describe(context.Background(), target, o.Columns, o.Rows, nil)
	p.photos, _ = describeTiles(context.Background(), tiles, o, nil)
	return p
}

// Match chooses the tiles. It returns what they cost together: the errors of each cell, and how dissimilar its structure
// is to the target's.
func (p *Prepared) Match() (cost float64) {
	var s *solver
	if p.o.Shape == Detail {
		s, _, _, _ = assignDetail(context.Background(), p.target, p.cells, p.photos, p.o, func(int, int) {})
	} else {
		s, _, _ = assign(context.Background(), p.cells, p.photos, p.o, func(int, int) {})
	}
	s.evaluate()
	for _, c := range s.grid.free {
		cost += float64(s.cellCost[c] + s.costs.neighbourStructure*(1-s.structure.window[c].similarity))
	}
	return cost
}

// Board is a grid without pictures.
type Board struct {
	Columns, Rows, Distance int
	Brick                   bool

	grid   *grid
	around tilesAround
}

// Fill returns a board of so many tiles whose settled cells hold the given ones, or none where that is -1.
func (b Board) Fill(tiles int, settled []bool, tile []int) *Board {
	copies := make([]int, tiles)
	for t := range copies {
		copies[t] = 1
	}
	b.grid = newGrid(b.Columns, b.Rows, copies, rules{distance: b.Distance, maxUses: len(tile), share: len(tile)})
	b.grid.brick = b.Brick
	all := make([]int32, len(tile))
	for c, t := range tile {
		all[c] = b.tile(t)
	}
	b.grid.settle(settled, all)
	return &b
}

func (b *Board) tile(t int) int32 {
	if t < 0 {
		return b.grid.empty
	}
	return int32(t)
}

// Put puts a tile, or -1 for none, into a cell.
func (b *Board) Put(c, t int) { b.grid.put(c, b.tile(t)) }

// TooClose is the distance rule.
func (b *Board) TooClose(c, t int) bool { return b.grid.tooClose(c, int32(t)) }

// StandsAround is the same, for all tiles at once.
func (b *Board) StandsAround(c, t int) bool {
	b.around.collect(b.grid, c)
	return b.around.has(int32(t))
}

// LowestFirst returns the n lowest of some different numbers as a [boundOrder] finds them, one after the other.
func LowestFirst(numbers []uint64, n int) []uint64 {
	o := newBoundOrder(len(numbers))
	for i, v := range numbers {
		o.all[i] = lowerBound(v)
	}
	lowest := make([]uint64, n)
	for i := range lowest {
		lowest[i] = uint64(o.at(i))
	}
	return lowest
}
