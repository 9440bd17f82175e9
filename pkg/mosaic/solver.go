package mosaic

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
)

// solver fills a grid and improves it.
type solver struct {
	costs         *matcher
	grid          *grid
	structure     *structure
	shortlists    *shortlist
	random        *rand.Rand
	price         []float32         // what using a tile costs more because too many cells want it
	repeatCost    []float32         // what a repeat costs, by its offset; see at
	repeatOffsets [2][]repeatOffset // the offsets where it is not 0, from even rows and from odd ones
	reachX        int               // how far spread reaches, in cells
	reachY        int
	cellCost      []float32  // what each cell costs with its tile
	early         bool       // while most cells still change: what takes long is left for later
	converged     []bool     // cells for which nothing changed since they found nothing better
	noRelaxing    bool       // where the rules cannot be kept, to say so and not to relax them
	bands         [][]int32  // the cells of each band of rows, in the order in which they are visited
	sweeps        int        // how many there were
	refiners      []*refiner // one for each goroutine of a sweep
}

func newSolver(cells []descriptor, p *photos, o Options) *solver {
	g := newGrid(o.Columns, o.Rows, p.face, rulesFor(o, o.Columns*o.Rows, p))
	g.brick, g.copies = o.Shape == Brick, p.copies
	return newSolverOn(g, cells, p, o)
}

func newSolverOn(g *grid, cells []descriptor, p *photos, o Options) *solver {
	return &solver{
		costs: newMatcher(cells, p, o.Tint, scarce), grid: g,
		structure: newStructure(g.columns, g.rows, g.brick, cells, p.descriptors),
		random:    rand.New(rand.NewPCG(o.Seed, 1)),
	}
}

// assign fills a grid by the rules and improves it.
func assign(ctx context.Context, cells []descriptor, p *photos, o Options, done func(done, total int)) (*grid, []Relaxation, error) {
	s := newSolver(cells, p, o)
	if err := s.run(ctx, done); err != nil {
		return nil, nil, err
	}
	return s.grid, relaxed(o, s.grid), nil
}

// run fills the grid and improves it.
func (s *solver) run(ctx context.Context, done func(done, total int)) error {
	var err error
	var wanted bool
	if s.price, wanted, err = estimatePrices(ctx, s.costs, s.grid, s.random); err != nil {
		return err
	}
	s.chooseWeights(wanted)
	first, second := halves(done)
	if s.shortlists, err = newShortlist(ctx, s.costs, s.grid.free, s.price, first); err != nil {
		return err
	}
	s.prepare()
	return s.solve(ctx, wanted, second)
}

const (
	fewSweeps       = 10  // the most visits to what is not at rest yet
	patternPatience = 3   // how many times as many while repeats still make a pattern
	restingShare    = 100 // the search ends when fewer than one cell in so many changed
)

// errNoFilling says that no way was found to fill the cells around settled ones by the rules.
var errNoFilling = errors.New("mosaic: no way to fill the cells around settled ones")

// solve fills the grid and improves it. With wanted, tiles are wanted by more cells than may have
// them. It gives up rules to find a way, unless stuck is set: then the error is errStuck.
func (s *solver) solve(ctx context.Context, wanted bool, done func(done, total int)) error {
	started := wanted && s.auction(ctx) || !wanted && s.fill(ctx)
	if started = started && s.fillMissing(ctx); !started {
		s.grid.clear()
		filled := s.fill(ctx) && s.fillMissing(ctx)
		if !filled && s.noRelaxing {
			return cmp.Or(ctx.Err(), errNoFilling)
		} else if !filled {
			s.fillPeriodic(ctx)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.evaluate()
	for i := range patternPatience * fewSweeps {
		s.early = i == 0 && !wanted
		moves := s.sweep(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		done(min(i+1, fewSweeps), fewSweeps)
		most := s.penalizePatterns()
		if i+1 >= fewSweeps && most < visiblePattern || most == 0 && moves*restingShare < len(s.grid.free) && !s.early {
			break
		}
	}
	s.grid.countHolders()
	done(1, 1)
	return ctx.Err()
}
