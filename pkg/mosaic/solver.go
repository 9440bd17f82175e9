package mosaic

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
)

// solver chooses the tile of each cell, in four steps:
//
//  1. prices.go estimates what tiles are worth that more cells want than may have;
//  2. shortlist.go finds the best tiles of each cell by what they cost there (cost.go), for cells that are alike
//     together (bounds.go);
//  3. auction.go or, where tiles are plentiful, greedy.go fills the grid, missing.go places who is not in it yet, and
//     periodic.go does it where they find no way to keep the rules (near.go);
//  4. sweep.go visits the cells until few change: refine.go and exchange.go look for better tiles,
//     structure.go tells how well edges continue, and scattering.go breaks up patterns of repeats.
type solver struct {
	prices
	costs         *matcher
	grid          *grid
	structure     *structure
	shortlists    *shortlist
	random        *rand.Rand
	repeatCost    []float32         // of a repeat, by its offset; see repeatCostAt
	repeatOffsets [2][]repeatOffset // the offsets where it is not 0, from even rows and from odd ones
	reachX        int               // how far repeats cost something, in cells
	reachY        int
	cellCost      []float32  // what each cell costs with its tile
	view          []int32    // of each cell: that of its tile which costs least
	early         bool       // in the first sweep: what takes long is left for later ones
	converged     []bool     // of each cell: it found nothing better, and nothing around changed since
	noRelaxing    bool       // to fail where the rules cannot be kept
	bands         [][]int32  // the cells of each band of rows, in the order in which they are visited
	sweeps        int        // so far
	refiners      []*refiner // one for each goroutine of a sweep
	around        tilesAround
}

func newSolver(cells []descriptor, p *photos, o Options) *solver {
	g := newGrid(o.Columns, o.Rows, p.copies, rulesFor(o, o.Columns*o.Rows, p))
	g.brick = o.Shape == Brick
	return newSolverOn(g, cells, p, o)
}

func newSolverOn(g *grid, cells []descriptor, p *photos, o Options) *solver {
	costs := newMatcher(cells, p, o.Tint, scarce)
	costs.allowLoudness(cells, g.columns)
	return &solver{
		costs: costs, grid: g,
		structure: newStructure(g.columns, g.rows, g.brick, cells, p.quarters),
		random:    rand.New(rand.NewPCG(o.Seed, 1)),
	}
}

// assign fills a grid of equal cells.
func assign(ctx context.Context, cells []descriptor, p *photos, o Options, done func(done, total int)) (*solver, []Relaxation, error) {
	s := newSolver(cells, p, o)
	if err := s.run(ctx, done); err != nil {
		return nil, nil, err
	}
	return s, relaxed(o, s.grid), nil
}

// run takes all four steps.
func (s *solver) run(ctx context.Context, done func(done, total int)) error {
	var err error
	if s.prices, err = estimatePrices(ctx, s.costs, s.grid, s.random, pricedCells); err != nil {
		return err
	}
	s.chooseWeights(s.scarce)
	first, second := halves(done)
	if s.shortlists, err = newShortlist(ctx, s.costs, s.grid.free, s.price, first); err != nil {
		return err
	}
	s.prepare()
	return s.solve(ctx, second)
}

const (
	mostSweeps      = 10  // and
	patternPatience = 3   // times as many while repeats form a pattern
	restingShare    = 100 // sweeps end when fewer than one cell in so many changed
)

// errNoFilling says that no way was found to fill the free cells and keep the rules.
var errNoFilling = errors.New("mosaic: no way to fill the cells around settled ones")

// solve fills the grid and improves it.
// Rules are relaxed where nothing else helps, or with noRelaxing the error is errNoFilling.
func (s *solver) solve(ctx context.Context, done func(done, total int)) error {
	filled := s.scarce && s.auction(ctx) || !s.scarce && s.fill(ctx)
	if !filled || !s.fillMissing(ctx) {
		s.grid.clear()
		filled = s.fill(ctx) && s.fillMissing(ctx)
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
	for i := range patternPatience * mostSweeps {
		s.early = i == 0 && !s.scarce
		moves := s.sweep(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		done(min(i+1, mostSweeps), mostSweeps)
		most := s.penalizePatterns()
		if i+1 >= mostSweeps && most < visiblePattern || most == 0 && moves*restingShare < len(s.grid.free) && !s.early {
			break
		}
	}
	s.grid.countHolders()
	done(1, 1)
	return ctx.Err()
}
