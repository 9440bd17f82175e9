package mosaic

import (
	"context"
	"math/rand/v2"
)

// solver fills a board and improves it.
type solver struct {
	m         *matcher
	b         *board
	structure *structure
	list      *shortlist
	random    *rand.Rand
	price     []float32 // what using a tile costs more because too many cells want it
	spread    []float32 // what a repeat costs, by its offset within radius
	radius    int       // in cells
	now       []float32 // what each cell costs with its tile
	calm      []bool    // cells for which nothing changed since they found nothing better
	tiles     [][]int32 // the tiles of each face
	bands     [][]int32 // the cells of each band of rows, in the order in which they are visited
}

// assign fills a board by the rules and improves it.
func assign(ctx context.Context, cells []look, p *photos, o Options, steps *meter) (*board, []Relaxation, error) {
	r := rulesOf(o)
	r.settle(o.Columns, o.Rows, p.face)
	s := &solver{
		m: newMatcher(cells, p, o.Tint), b: newBoard(o.Columns, o.Rows, p.face, r),
		structure: newStructure(o.Columns, o.Rows, cells, p.look),
		random:    rand.New(rand.NewPCG(o.Seed, 1)),
	}
	var err error
	if s.price, err = estimate(ctx, s.m, r.maxUses, s.random); err != nil {
		return nil, nil, err
	}
	if s.list, err = newShortlist(ctx, s.m, s.price, steps.part(40)); err != nil {
		return nil, nil, err
	}
	s.prepare()
	if err := s.solve(ctx, steps.part(40)); err != nil {
		return nil, nil, err
	}
	return s.b, relaxed(o, s.b), nil
}

// How often all cells are visited at most.
var (
	freeSweeps = 10 // while tiles may still be used too often, at a rising price
	lastSweeps = 4  // when all rules hold
)

func (s *solver) solve(ctx context.Context, done func(done, total int)) error {
	total := freeSweeps + lastSweeps
	free := func(i int) { done(i, total) }
	last := func(i int) { done(freeSweeps+i, total) }
	if !s.start(ctx, free) {
		s.b.clear()
		if !s.fill(ctx) || !s.fillMissing() {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.lattice()
		}
	}
	s.look()
	for i := range lastSweeps {
		moves := s.sweep(ctx, true)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		last(i + 1)
		if s.raiseSpread() && moves == 0 {
			break
		}
	}
	return ctx.Err()
}

// start fills the board without looking ahead.
func (s *solver) start(ctx context.Context, done func(i int)) bool {
	b := s.b
	if b.rules.maxUses < len(b.tile) {
		return s.auction(ctx) && s.fillMissing()
	}
	if !s.fill(ctx) {
		return false
	}
	s.look()
	for i := range freeSweeps {
		moves := s.sweep(ctx, false)
		if ctx.Err() != nil {
			return false
		}
		done(i + 1)
		if s.raiseSpread() && moves == 0 {
			break
		}
	}
	b.tally()
	return s.fillMissing()
}
