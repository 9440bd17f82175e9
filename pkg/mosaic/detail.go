package mosaic

import (
	"context"
	"errors"
	"image"

	"smalti/pkg/colour"
)

// Large cells show photos that fit well, and many different ones.
var (
	maxDifference = map[int]float32{4: 8.5, 2: 11} // by size: of target and tile, in CIEDE2000 units
	usesFactor    = map[int]float64{4: 5, 2: 12}   // by size: most uses of a tile, as a multiple of the mean
)

// detailShare is the share of samples in that difference, the rest being that of the means.
const detailShare = 0.8

// placedCell is a cell, mostly a large one, with its tile.
type placedCell struct {
	cell      int // the first cell that it covers
	span      int
	tile      int32
	view      int32
	goal      colour.Lab  // the mean of what it covers
	lightness [16]float32 // L* of 4 x 4 samples of the tile, tinted
}

// detailSolver makes a mosaic with large cells.
type detailSolver struct {
	*largeCells
	target *image.NRGBA
	cells  []descriptor
	photos *photos
	o      Options
	rules  rules // for the distance
	used   []int // of each tile
	large  []placedCell
}

// assignDetail fills large cells and the grid around them. The largest cells come first, each size on a
// grid of its own, in which larger cells are settled, with a repeat distance that the nearest parts of two
// cells keep. If the rules cannot all be kept, it tries without cells of four, then without large cells.
func assignDetail(ctx context.Context, target *image.NRGBA, cells []descriptor, p *photos, o Options, done func(done, total int)) (*solver, []placedCell, []Relaxation, error) {
	for _, largest := range []int{4, 2} {
		d := &detailSolver{
			largeCells: newLargeCells(cells, o), target: target, cells: cells, photos: p, o: o,
			rules: rulesFor(o, len(cells), p), used: make([]int, len(p.firstTile)),
		}
		s, err := d.assign(ctx, largest, done)
		if err == nil && s != nil {
			return s, d.large, relaxed(o, s.grid), nil
		}
		if err == nil {
			break
		}
		if !errors.Is(err, errNoFilling) {
			return nil, nil, nil, err
		}
	}
	s, relaxed, err := assign(ctx, cells, p, o, done)
	return s, nil, relaxed, err
}

// assign fills the cells of all sizes, the largest first. It returns nil if there are no large cells.
func (d *detailSolver) assign(ctx context.Context, largest int, done func(done, total int)) (*solver, error) {
	small := 0
	if d.o.Everyone || d.o.Fair > 0 {
		small = len(d.photos.firstTile) + len(d.photos.firstTile)/4
	}
	filled := 0
	for span := largest; span > 1; span /= 2 {
		n := d.choose(span, small)
		if n == 0 {
			continue
		}
		at := filled
		if err := d.fill(ctx, span, n, func(k, of int) { done(at*of+n*span*span*k, len(d.cells)*of) }); err != nil {
			return nil, err
		}
		filled += n * span * span
	}
	if len(d.large) == 0 {
		return nil, nil
	}
	n := d.count(1)
	s := d.solver(d.cells, 1, rulesFor(d.o, n+len(d.large), d.photos))
	return s, s.run(ctx, func(k, of int) { done(filled*of+(len(d.cells)-filled)*k, len(d.cells)*of) })
}

// fill finds tiles for n large cells of a size, and gives up the cells for which no tile fits.
func (d *detailSolver) fill(ctx context.Context, span, n int, done func(done, total int)) error {
	looks, err := d.describe(ctx, d.target, span)
	if err != nil {
		return err
	}
	r := d.rules
	r.least = 0
	r.distance = (r.distance + 2*span - 2) / span // with at least span-1 cells less between nearest parts
	r.maxUses = 1 + int(usesFactor[span]*float64(n)/float64(len(d.photos.firstTile)))
	if d.o.MaxUses > 0 {
		r.maxUses = min(r.maxUses, d.o.MaxUses)
	}
	if d.o.Fair > 0 { // of fewer cells than there will be
		_, most := share(d.o.Fair, d.count(1), len(d.photos.firstTile))
		r.maxUses = min(r.maxUses, most)
	}
	s := d.solver(looks, span, r)
	if err := s.run(ctx, done); err != nil {
		return err
	}
	judge := *s.costs
	judge.weights = weights{detail: detailShare}
	for _, c := range s.grid.free {
		first, t := d.firstCellOf(c, span), s.grid.tile[c]
		if judge.cost(c, int(t)) > maxDifference[span] {
			d.eachCell(first, span, func(c int) { d.span[c] = 1 })
			continue
		}
		d.used[t]++
		l := placedCell{cell: first, span: span, tile: t, view: s.view[c], goal: looks[c].one}
		look := &d.photos.looks[l.view]
		for k, v := range look.lightness {
			l.lightness[k] = look.meanLightness + v + s.costs.lightnessShift(c, int(l.view))
		}
		d.large = append(d.large, l)
	}
	return nil
}

// solver returns the solver for the cells of a size. What larger cells cover is settled with their tiles.
// What smaller cells will cover is settled too, and taken to show the target itself.
func (d *detailSolver) solver(looks []descriptor, span int, r rules) *solver {
	w, h := d.blocks(span)
	g := newGrid(w, h, d.photos.copies, r)
	g.usesElsewhere = d.used
	s := newSolverOn(g, looks, d.photos, d.o)
	s.noRelaxing = true
	tile, settled := make([]int32, w*h), make([]bool, w*h)
	for i := range tile {
		tile[i] = g.empty
		if settled[i] = d.span[d.firstCellOf(i, span)] != span; settled[i] {
			s.structure.contribution[i] = s.structure.contributionOfSamples(i, &s.structure.target[i], 0)
		}
	}
	x, y := d.origin(span)
	for k := range d.large {
		l := &d.large[k]
		n := l.span / span
		first := (l.cell/d.columns-y)/span*w + (l.cell%d.columns-x)/span
		for i := range n * n {
			at := first + i/n*w + i%n
			tile[at] = l.tile
			y := l.quarter(i%n, i/n, n)
			s.structure.contribution[at] = s.structure.contributionOfSamples(at, &y, 0)
		}
	}
	g.settle(settled, tile)
	return s
}

// quarter returns the L* of the 2 x 2 samples of part x, y of n x n.
func (l *placedCell) quarter(x, y, n int) (part [4]float32) {
	for k := range part {
		part[k] = l.lightness[(2*y+k/2)*2/n*samples+(2*x+k%2)*2/n]
	}
	return part
}
