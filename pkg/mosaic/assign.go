package mosaic

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
)

// solver fills a board and improves it.
type solver struct {
	m         *matcher
	b         *board
	structure *structure
	list      *shortlist
	random    *rand.Rand
	price     []float32   // what using a tile costs more because too many cells want it
	spread    []float32   // what a repeat costs, by its offset; see at
	priced    [2][]priced // the offsets where it is not 0, from even rows and from odd ones
	across    int         // how far spread reaches, in cells
	down      int
	now       []float32 // what each cell costs with its tile
	young     bool      // while most cells still change: what takes long is left for later
	calm      []bool    // cells for which nothing changed since they found nothing better
	stuck     bool      // where the rules cannot be kept, to say so and not to relax them
	bands     [][]int32 // the cells of each band of rows, in the order in which they are visited
	sweeps    int       // how many there were
	walkers   []*walker // one for each goroutine of a sweep
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
	s.weigh(wanted)
	first, second := halves(done)
	if s.list, err = newShortlist(ctx, s.m, s.b.free, s.price, first); err != nil {
		return err
	}
	s.prepare()
	return s.solve(ctx, wanted, second)
}

const (
	mostSweeps = 10  // the most visits to what is not at rest yet
	patience   = 3   // how many times as many while repeats still make a pattern
	atRest     = 100 // the search ends when fewer than one cell in so many changed
)

// errStuck says that no way was found to fill the cells around settled ones by the rules.
var errStuck = errors.New("mosaic: no way to fill the cells around settled ones")

// solve fills the board and improves it. With wanted, tiles are wanted by more cells than may have
// them. It gives up rules to find a way, unless stuck is set: then the error is errStuck.
func (s *solver) solve(ctx context.Context, wanted bool, done func(done, total int)) error {
	started := wanted && s.auction(ctx) || !wanted && s.fill(ctx)
	if started = started && s.fillMissing(ctx); !started {
		s.b.clear()
		filled := s.fill(ctx) && s.fillMissing(ctx)
		if !filled && s.stuck {
			return cmp.Or(ctx.Err(), errStuck)
		} else if !filled {
			s.lattice(ctx)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.look()
	for i := range patience * mostSweeps {
		s.young = i == 0 && !wanted
		moves := s.sweep(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		done(min(i+1, mostSweeps), mostSweeps)
		most := s.raiseSpread()
		if i+1 >= mostSweeps && most < pattern || most == 0 && moves*atRest < len(s.b.free) && !s.young {
			break
		}
	}
	s.b.tally()
	done(1, 1)
	return ctx.Err()
}
