package mosaic

import (
	"cmp"
	"context"
)

// fillPeriodic fills the grid where greedy filling got stuck. Cells whose columns and rows have the same
// remainders by two periods form a class. Cells of one class are far enough apart, and each tile belongs
// to one class. If there are not enough tiles for any periods, rules are relaxed further: most uses first,
// then the repeat distance. At a distance of 1 there is always a way, so that only ctx ends it without.
func (s *solver) fillPeriodic(ctx context.Context) {
	g := s.grid
	for asked := g.rules; ctx.Err() == nil; g.rules.distance-- {
		g.rules.maxUses, g.rules.share = asked.maxUses, asked.share
		for ctx.Err() == nil {
			if classes := g.periodicClasses(); classes != nil {
				g.clear()
				for _, c := range classes {
					s.fillClass(c)
				}
				return
			}
			if g.rules.most() == len(g.tile) {
				break
			}
			g.rules.maxUses = min(g.rules.maxUses+1+g.rules.maxUses/8, len(g.tile))
			g.rules.share = min(g.rules.share+1+g.rules.share/8, len(g.tile))
		}
	}
}

// class is a set of cells that are far enough apart, and the tiles for them.
type class struct {
	cells []int
	tiles []int32
}

// periodsTried is how many pairs of periods are tried.
const periodsTried = 20

// periodicClasses looks for two periods for which there are enough tiles. It returns nil if it finds none.
func (g *grid) periodicClasses() []class {
	tiles, tried := len(g.holders), 0
	for dx := min(g.rules.distance, g.columns); dx <= g.columns && dx <= tiles; dx++ {
		for dy := min(g.rules.distance, g.rows); dy <= g.rows && dx*dy <= tiles; dy++ {
			if g.tilesNeeded(dx, dy) > tiles {
				continue
			}
			if all := g.partition(dx, dy); g.assignTiles(all) {
				return all
			}
			if tried++; tried == periodsTried {
				return nil
			}
		}
	}
	return nil
}

// tilesNeeded is how many tiles fill all classes.
func (g *grid) tilesNeeded(dx, dy int) (sum int) {
	// The first few remainders have one column or row more than the others.
	for _, x := range [2][2]int{{g.columns % dx, g.columns/dx + 1}, {dx - g.columns%dx, g.columns / dx}} {
		for _, y := range [2][2]int{{g.rows % dy, g.rows/dy + 1}, {dy - g.rows%dy, g.rows / dy}} {
			sum += x[0] * y[0] * ((x[1]*y[1] + g.rules.most() - 1) / g.rules.most())
		}
	}
	return sum
}

func (g *grid) partition(dx, dy int) []class {
	all := make([]class, dx*dy)
	for c := range g.tile {
		k := c/g.columns%dy*dx + c%g.columns%dx
		all[k].cells = append(all[k].cells, c)
	}
	return all
}

// assignTiles gives each tile to the class with the largest shortage or, where there is none, with the most
// unclaimed cells. It reports whether no shortage is left.
func (g *grid) assignTiles(all []class) bool {
	for t := range g.holders {
		best := -1
		for k := range all {
			if (len(all[k].tiles)+1)*min(1, g.rules.least) > len(all[k].cells) {
				continue
			}
			if best < 0 || cmp.Or(
				cmp.Compare(g.shortage(&all[k]), g.shortage(&all[best])),
				cmp.Compare(len(all[k].cells)-len(all[k].tiles), len(all[best].cells)-len(all[best].tiles))) > 0 {
				best = k
			}
		}
		if best < 0 {
			return false
		}
		all[best].tiles = append(all[best].tiles, int32(t))
	}
	for k := range all {
		if g.shortage(&all[k]) > 0 {
			return false
		}
	}
	return true
}

// shortage is the number of cells that the tiles of a class cannot fill.
func (g *grid) shortage(c *class) int {
	return max(0, len(c.cells)-len(c.tiles)*g.rules.most())
}

// fillClass places each tile of a class as often as it must be, while there is room, then fills the other
// cells with the best tiles that have uses left.
func (s *solver) fillClass(k class) {
	g := s.grid
	for range g.rules.least {
		for _, t := range k.tiles {
			best := -1
			var least float32
			for _, c := range k.cells {
				if g.tile[c] == g.empty {
					if e := s.costs.cost(c, int(t)); best < 0 || e < least {
						best, least = c, e
					}
				}
			}
			if best >= 0 {
				g.put(best, t)
			}
		}
	}
	for _, c := range k.cells {
		if g.tile[c] != g.empty {
			continue
		}
		best := g.empty
		var least float32
		for _, t := range k.tiles {
			if g.mayAdd(t) {
				if e := s.costs.cost(c, int(t)); best == g.empty || e < least {
					best, least = t, e
				}
			}
		}
		g.put(c, best)
	}
}
