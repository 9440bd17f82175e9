package mosaic

import (
	"context"
	"errors"
	"image"
)

// block is a large cell with its tile.
type block struct {
	cell  int // the first that it covers
	span  int
	tile  int32
	goal  lab         // the mean of what it covers
	light [16]float32 // L* of 4 x 4 samples of the tile, tinted
}

// assignDetail fills a board around large cells. The largest cells are filled first, each size on a
// board of its own, where the larger ones are settled; the distances there are such that the nearest
// parts of two cells keep the rule. Where the rules cannot all be kept so, there are no cells of four,
// and then no large cells at all.
func assignDetail(ctx context.Context, target *image.NRGBA, cells []look, p *photos, o Options, done func(done, total int)) (*board, []block, []Relaxation, error) {
	small := 0
	if o.Everyone {
		small = len(p.tile) + len(p.tile)/4
	}
	for _, largest := range []int{4, 2} {
		d := divide(cells, o.Columns, o.Rows, small, largest, o.Seed)
		if d.count(1) == len(cells) {
			break
		}
		b, large, err := d.assign(ctx, target, cells, p, o, done)
		if err == nil {
			return b, large, relaxed(o, b), nil
		}
		if !errors.Is(err, errStuck) {
			return nil, nil, nil, err
		}
	}
	b, relaxed, err := assign(ctx, cells, p, o, done)
	return b, nil, relaxed, err
}

// assign fills the cells of all sizes, the largest first.
func (d *division) assign(ctx context.Context, target *image.NRGBA, cells []look, p *photos, o Options, done func(done, total int)) (*board, []block, error) {
	total := d.count(4) + d.count(2) + d.count(1)
	rules := rulesFor(o, total, p)
	used := make([]int, len(p.tile))
	var large []block
	filled := 0
	fill := func(looks []look, span int) (*solver, error) {
		w, h := d.size(span)
		b := newBoard(w, h, p.face, rules)
		b.people, b.before = p.people, used
		b.rules.distance = (rules.distance + 2*span - 2) / span
		b.rules.everyone = rules.everyone && span == 1
		s := newSolverOn(b, looks, p, o)
		s.stuck = true
		d.settle(s, span, large)
		n := d.count(span)
		err := s.run(ctx, func(k, of int) { done(filled*of+n*k, total*of) })
		filled += n
		return s, err
	}
	for _, span := range []int{4, 2} {
		if d.count(span) == 0 {
			continue
		}
		looks, err := d.describe(ctx, target, span)
		if err != nil {
			return nil, nil, err
		}
		s, err := fill(looks, span)
		if err != nil {
			return nil, nil, err
		}
		for _, c := range s.b.free {
			t := s.b.tile[c]
			used[t]++
			l := block{cell: d.cell(c, span), span: span, tile: t, goal: looks[c].one}
			for k, sample := range p.look[t].four {
				l.light[k] = float32(sample[0]) + s.m.lift(c, int(t))
			}
			large = append(large, l)
		}
	}
	s, err := fill(cells, 1)
	return s.b, large, err
}

// describe describes all blocks of a size.
func (d *division) describe(ctx context.Context, target *image.NRGBA, span int) ([]look, error) {
	x0, y0, x1, _ := crop(target.Rect.Dx(), target.Rect.Dy(), float64(d.columns), float64(d.rows))
	cell := (x1 - x0) / float64(d.columns)
	w, h := d.size(span)
	left, top := x0+cell*float64(d.x), y0+cell*float64(d.y)
	return describeBox(ctx, target, left, top, left+cell*float64(w*span), top+cell*float64(h*span), w, h, func(int, int) {})
}

// settle has the solver leave alone what cells of another size cover: what larger ones show is
// known, and where smaller ones will be they are taken to show the target as it is.
func (d *division) settle(s *solver, span int, large []block) {
	tile, settled := make([]int32, len(s.b.tile)), make([]bool, len(s.b.tile))
	for i := range tile {
		tile[i] = empty
		if settled[i] = d.span[d.cell(i, span)] != span; settled[i] {
			s.structure.part[i] = s.structure.sumsOf(i, s.structure.target[i])
		}
	}
	w := s.b.columns
	x, y := d.x, d.y
	if span == 1 {
		x, y = 0, 0
	}
	for k := range large {
		l := &large[k]
		n := l.span / span
		first := (l.cell/d.columns-y)/span*w + (l.cell%d.columns-x)/span
		for i := range n * n {
			at := first + i/n*w + i%n
			tile[at] = l.tile
			s.structure.part[at] = s.structure.sumsOf(at, l.samples(i%n, i/n, n))
		}
	}
	s.b.settle(settled, tile)
}

// samples is the L* of 2 x 2 samples of part x, y of n x n.
func (l *block) samples(x, y, n int) (part [4]float32) {
	for k := range part {
		part[k] = l.light[(2*y+k/2)*2/n*samples+(2*x+k%2)*2/n]
	}
	return part
}
