package mosaic

import (
	"context"
	"math/rand/v2"
	"sync"
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
	priced    []priced  // the offsets where it is not 0
	across    int       // how far spread reaches, in cells
	down      int
	now       []float32 // what each cell costs with its tile
	young     bool      // while most cells still change: what takes long is left for later
	calm      []bool    // cells for which nothing changed since they found nothing better
	bands     [][]int32 // the cells of each band of rows, in the order in which they are visited
	sweeps    int       // how many there were
	walkers   sync.Pool // of *walker
}

func newSolver(cells []look, p *photos, o Options) *solver {
	return &solver{
		m: newMatcher(cells, p, o.Tint, scarce), b: newBoard(o.Columns, o.Rows, p.face, rulesFor(o, p.face)),
		structure: newStructure(o.Columns, o.Rows, cells, p.look),
		random:    rand.New(rand.NewPCG(o.Seed, 1)),
	}
}

// assign fills a board by the rules and improves it.
func assign(ctx context.Context, cells []look, p *photos, o Options, steps *meter) (*board, []Relaxation, error) {
	s := newSolver(cells, p, o)
	var err error
	var wanted bool
	if s.price, wanted, err = estimate(ctx, s.m, s.b.rules.maxUses, s.random); err != nil {
		return nil, nil, err
	}
	if !wanted {
		s.m.weights = plenty
	}
	if s.list, err = newShortlist(ctx, s.m, s.price, steps.part(40)); err != nil {
		return nil, nil, err
	}
	s.prepare()
	if err := s.solve(ctx, wanted, steps.part(40)); err != nil {
		return nil, nil, err
	}
	return s.b, relaxed(o, s.b), nil
}

const (
	mostSweeps = 10  // the most visits to what is not at rest yet
	atRest     = 100 // the search ends when fewer than one cell in so many changed
)

// solve fills the board and improves it. With wanted, tiles are wanted by more cells than may have
// them.
func (s *solver) solve(ctx context.Context, wanted bool, done func(done, total int)) error {
	started := wanted && s.auction(ctx) || !wanted && s.fill(ctx)
	if started = started && s.fillMissing(ctx); !started {
		s.b.clear()
		if !s.fill(ctx) || !s.fillMissing(ctx) {
			s.lattice(ctx)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.look()
	for i := range mostSweeps {
		s.young = i == 0 && !wanted
		moves := s.sweep(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		done(i+1, mostSweeps)
		if s.raiseSpread() && moves*atRest < len(s.b.tile) && !s.young {
			break
		}
	}
	s.b.tally()
	done(1, 1)
	return ctx.Err()
}
