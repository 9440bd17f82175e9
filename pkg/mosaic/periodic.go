package mosaic

import (
	"cmp"
	"context"
	"slices"
)

// fillPeriodic fills the grid where the search for a freer arrangement got stuck: cells whose columns
// and rows leave the same remainders by two periods form a class, any two of a class are far enough
// apart, and each face belongs to one class. If the faces do not go round with any periods, rules
// are relaxed further: max_uses first, then the repeat distance; with distance 1 there is always a
// way. It only stops without one when ctx ends.
func (s *solver) fillPeriodic(ctx context.Context) {
	g := s.grid
	tiles := make([][]int32, len(g.face))
	var faces []int
	for t, f := range g.face {
		if t == int(f) {
			faces = append(faces, t)
		}
		tiles[f] = append(tiles[f], int32(t))
	}
	slices.SortStableFunc(faces, func(f, g int) int { return cmp.Compare(len(tiles[g]), len(tiles[f])) })
	for asked := g.rules.maxUses; ctx.Err() == nil; g.rules.distance-- {
		g.rules.maxUses = asked
		for ctx.Err() == nil {
			if classes := g.periodicClasses(faces, tiles); classes != nil {
				g.clear()
				for _, c := range classes {
					s.fillClass(c)
				}
				return
			}
			if g.rules.maxUses == len(g.tile) {
				break
			}
			g.rules.maxUses = min(g.rules.maxUses+1+g.rules.maxUses/8, len(g.tile))
		}
	}
}

// class is a set of cells far enough apart, and the tiles that stand there.
type class struct {
	cells []int
	tiles []int32
}

// periodsTried is how many pairs of periods are tried in earnest.
const periodsTried = 20

// periodicClasses looks for two periods with which the faces go round, and returns nil if it finds none.
func (g *grid) periodicClasses(faces []int, tiles [][]int32) []class {
	tried := 0
	for dx := min(g.rules.distance, g.columns); dx <= g.columns && dx <= len(faces); dx++ {
		for dy := min(g.rules.distance, g.rows); dy <= g.rows && dx*dy <= len(faces); dy++ {
			if g.tilesNeeded(dx, dy) > len(g.face) {
				continue
			}
			if all := g.partition(dx, dy); g.assignFaces(all, faces, tiles) {
				return all
			}
			if tried++; tried == periodsTried {
				return nil
			}
		}
	}
	return nil
}

// tilesNeeded is how many tiles it takes to fill all classes.
func (g *grid) tilesNeeded(dx, dy int) (sum int) {
	// Of the remainders, the first few have one column or row more than the others.
	for _, x := range [2][2]int{{g.columns % dx, g.columns/dx + 1}, {dx - g.columns%dx, g.columns / dx}} {
		for _, y := range [2][2]int{{g.rows % dy, g.rows/dy + 1}, {dy - g.rows%dy, g.rows / dy}} {
			sum += x[0] * y[0] * ((x[1]*y[1] + g.rules.maxUses - 1) / g.rules.maxUses)
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

// assignFaces gives each face to the class that lacks uses most, or, where none does, to the one with the
// most cells that are not yet claimed. It reports whether no class lacks any in the end.
func (g *grid) assignFaces(all []class, faces []int, tiles [][]int32) bool {
	for _, f := range faces {
		best := -1
		for k := range all {
			if g.rules.everyone && len(all[k].tiles)+len(tiles[f]) > len(all[k].cells) {
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
		all[best].tiles = append(all[best].tiles, tiles[f]...)
	}
	for k := range all {
		if g.shortage(&all[k]) > 0 {
			return false
		}
	}
	return true
}

// shortage is how many cells of the class its tiles cannot fill.
func (g *grid) shortage(c *class) int {
	return max(0, len(c.cells)-len(c.tiles)*g.rules.maxUses)
}

// fillClass places each tile of a class once if everyone is to be in it, then the best that has
// room in each cell that is left.
func (s *solver) fillClass(k class) {
	g := s.grid
	if g.rules.everyone {
		for _, t := range k.tiles {
			best := -1
			var least float32
			for _, c := range k.cells {
				if g.tile[c] == empty {
					if e := s.costs.cost(c, int(t)); best < 0 || e < least {
						best, least = c, e
					}
				}
			}
			g.put(best, t)
		}
	}
	for _, c := range k.cells {
		if g.tile[c] != empty {
			continue
		}
		best := int32(empty)
		var least float32
		for _, t := range k.tiles {
			if g.mayAdd(t) {
				if e := s.costs.cost(c, int(t)); best == empty || e < least {
					best, least = t, e
				}
			}
		}
		g.put(c, best)
	}
}
