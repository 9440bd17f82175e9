package mosaic

import (
	"cmp"
	"context"
	"slices"
)

// lattice fills the board where the search for a freer arrangement got stuck: cells whose columns
// and rows leave the same remainders by two periods form a class, any two of a class are far enough
// apart, and each face belongs to one class. If the faces do not go round with any periods, rules
// are relaxed further: max_uses first, then the repeat distance; with distance 1 there is always a
// way. It only stops without one when ctx ends.
func (s *solver) lattice(ctx context.Context) {
	b := s.b
	tiles := make([][]int32, len(b.face))
	var faces []int
	for t, f := range b.face {
		if t == int(f) {
			faces = append(faces, t)
		}
		tiles[f] = append(tiles[f], int32(t))
	}
	slices.SortStableFunc(faces, func(f, g int) int { return cmp.Compare(len(tiles[g]), len(tiles[f])) })
	for asked := b.rules.maxUses; ctx.Err() == nil; b.rules.distance-- {
		b.rules.maxUses = asked
		for ctx.Err() == nil {
			if classes := b.classes(faces, tiles); classes != nil {
				b.clear()
				for _, c := range classes {
					s.fillClass(c)
				}
				return
			}
			if b.rules.maxUses == len(b.tile) {
				break
			}
			b.rules.maxUses = min(b.rules.maxUses+1+b.rules.maxUses/8, len(b.tile))
		}
	}
}

// class is a set of cells far enough apart, and the tiles that stand there.
type class struct {
	cells []int
	tiles []int32
}

// attempts is how many pairs of periods are tried in earnest.
const attempts = 20

// classes looks for two periods with which the faces go round, and returns nil if it finds none.
func (b *board) classes(faces []int, tiles [][]int32) []class {
	tried := 0
	for dx := min(b.rules.distance, b.columns); dx <= b.columns && dx <= len(faces); dx++ {
		for dy := min(b.rules.distance, b.rows); dy <= b.rows && dx*dy <= len(faces); dy++ {
			if b.need(dx, dy) > len(b.face) {
				continue
			}
			if all := b.partition(dx, dy); b.share(all, faces, tiles) {
				return all
			}
			if tried++; tried == attempts {
				return nil
			}
		}
	}
	return nil
}

// need is how many tiles it takes to fill all classes.
func (b *board) need(dx, dy int) (sum int) {
	// Of the remainders, the first few have one column or row more than the others.
	for _, x := range [2][2]int{{b.columns % dx, b.columns/dx + 1}, {dx - b.columns%dx, b.columns / dx}} {
		for _, y := range [2][2]int{{b.rows % dy, b.rows/dy + 1}, {dy - b.rows%dy, b.rows / dy}} {
			sum += x[0] * y[0] * ((x[1]*y[1] + b.rules.maxUses - 1) / b.rules.maxUses)
		}
	}
	return sum
}

func (b *board) partition(dx, dy int) []class {
	all := make([]class, dx*dy)
	for c := range b.tile {
		k := c/b.columns%dy*dx + c%b.columns%dx
		all[k].cells = append(all[k].cells, c)
	}
	return all
}

// share gives each face to the class that lacks uses most, or, where none does, to the one with the
// most cells that are not yet claimed. It reports whether no class lacks any in the end.
func (b *board) share(all []class, faces []int, tiles [][]int32) bool {
	for _, f := range faces {
		best := -1
		for k := range all {
			if b.rules.everyone && len(all[k].tiles)+len(tiles[f]) > len(all[k].cells) {
				continue
			}
			if best < 0 || cmp.Or(
				cmp.Compare(b.lack(&all[k]), b.lack(&all[best])),
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
		if b.lack(&all[k]) > 0 {
			return false
		}
	}
	return true
}

// lack is how many cells of the class its tiles cannot fill.
func (b *board) lack(c *class) int {
	return max(0, len(c.cells)-len(c.tiles)*b.rules.maxUses)
}

// fillClass places each tile of a class once if everyone is to be in it, then the best that has
// room in each cell that is left.
func (s *solver) fillClass(k class) {
	b := s.b
	if b.rules.everyone {
		for _, t := range k.tiles {
			best := -1
			var least float32
			for _, c := range k.cells {
				if b.tile[c] == empty {
					if e := s.m.cost(c, int(t)); best < 0 || e < least {
						best, least = c, e
					}
				}
			}
			b.put(best, t)
		}
	}
	for _, c := range k.cells {
		if b.tile[c] != empty {
			continue
		}
		best := int32(empty)
		var least float32
		for _, t := range k.tiles {
			if b.room(t) {
				if e := s.m.cost(c, int(t)); best == empty || e < least {
					best, least = t, e
				}
			}
		}
		b.put(c, best)
	}
}
