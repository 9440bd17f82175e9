package mosaic

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
)

// solver fills a board and improves it.
type solver struct {
	m         *matcher
	b         *board
	structure *structure
	list      *shortlist
	random    *rand.Rand
	price     []float32 // what using a tile costs more because too many cells want it
	spread    []float32 // what a repeat costs, by its offset; see at
	across    int       // how far spread reaches, in cells
	down      int
	now       []float32 // what each cell costs with its tile
	young     bool      // while most cells still change: what takes long is left for later
	calm      []bool    // cells for which nothing changed since they found nothing better
	stuck     bool      // where the rules cannot be kept, to say so and not to relax them
	bands     [][]int32 // the cells of each band of rows, in the order in which they are visited
}

func newSolver(cells []look, p *photos, o Options) *solver {
	b := newBoard(o.Columns, o.Rows, p.face, rulesFor(o, o.Columns*o.Rows, p))
	b.brick, b.people = o.Shape == Brick, p.people
	return newSolverOn(b, cells, p, o)
}

func newSolverOn(b *board, cells []look, p *photos, o Options) *solver {
	return &solver{
		m: newMatcher(cells, p, o.Tint, scarce), b: b,
		structure: newStructure(b.columns, b.rows, b.brick, cells, p.look),
		random:    rand.New(rand.NewPCG(o.Seed, 1)),
	}
}

// assign fills a board by the rules and improves it.
func assign(ctx context.Context, cells []look, p *photos, o Options, done func(done, total int)) (*board, []Relaxation, error) {
	s := newSolver(cells, p, o)
	if err := s.run(ctx, done); err != nil {
		return nil, nil, err
	}
	return s.b, relaxed(o, s.b), nil
}

// run fills the board and improves it.
func (s *solver) run(ctx context.Context, done func(done, total int)) error {
	var err error
	var wanted bool
	if s.price, wanted, err = estimate(ctx, s.m, s.b, s.random); err != nil {
		return err
	}
	if !wanted {
		s.m.weights = plenty
	}
	first, second := halves(done)
	if s.list, err = newShortlist(ctx, s.m, s.b.free, s.price, first); err != nil {
		return err
	}
	s.prepare()
	return s.solve(ctx, wanted, second)
}

const (
	freeSweeps = 3   // visits to every cell with only the repeat distance to keep
	lastSweeps = 12  // the most visits, with all rules, to what is not at rest yet
	atRest     = 100 // the search ends when fewer than one cell in so many changed
)

// errStuck says that no way was found to fill the cells around settled ones by the rules.
var errStuck = errors.New("mosaic: no way to fill the cells around settled ones")

// solve fills the board and improves it. With wanted, tiles are wanted by more cells than may have
// them. It gives up rules to find a way, unless stuck is set: then the error is errStuck.
func (s *solver) solve(ctx context.Context, wanted bool, done func(done, total int)) error {
	tell := func(sweep int) { done(sweep, freeSweeps+lastSweeps) }
	var started bool
	if wanted {
		if started = s.auction(ctx) && s.fillMissing(ctx); started {
			s.look()
		}
	} else {
		started = s.startFreely(ctx, tell)
	}
	if !started {
		s.b.clear()
		filled := s.fill(ctx) && s.fillMissing(ctx)
		if !filled && s.stuck {
			return cmp.Or(ctx.Err(), errStuck)
		} else if !filled {
			s.lattice(ctx)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.look()
	}
	for i := range lastSweeps {
		moves := s.sweep(ctx, true)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		tell(freeSweeps + i + 1)
		if s.raiseSpread() && moves*atRest < len(s.b.free) {
			break
		}
	}
	return nil
}

// startFreely first keeps only the repeat distance, which all processors can do together, and
// enforces the other rules on what comes out. It reports whether it found a way.
func (s *solver) startFreely(ctx context.Context, tell func(sweep int)) bool {
	b := s.b
	strict := b.rules
	b.rules.maxUses, b.rules.everyone = len(b.tile), false
	filled := s.fill(ctx)
	b.rules = strict
	if !filled {
		return false
	}
	s.look()
	for i := range freeSweeps {
		s.young = i == 0
		moves := s.sweep(ctx, false)
		if ctx.Err() != nil {
			return false
		}
		tell(i + 1)
		if s.raiseSpread() && moves == 0 && !s.young {
			break
		}
	}
	b.tally()
	before := slices.Clone(b.tile)
	if !s.fillExcess(ctx) || !s.fillMissing(ctx) {
		return false
	}
	for _, c := range b.free {
		if t := b.tile[c]; t != before[c] {
			s.change(c, t)
		}
	}
	return true
}
