package mosaic

import (
	"context"
	"image"

	"smalti/pkg/colour"
	"smalti/pkg/parallel"
)

// In a grid of bricks, cell x of an odd row is half a cell to the left of cell x of an even row. Offsets
// between even and odd rows are counted from the cell half a cell to the right, so that they mean the same
// from either: offset x is x and a half cells.

// staggered reports whether rows y and v are shifted against each other.
func (g *grid) staggered(y, v int) bool { return g.brick && (y-v)&1 != 0 }

// columnShift is the difference in columns between cells of row y and those of row v at offset 0.
func (g *grid) columnShift(y, v int) int {
	if g.brick && y&1 < v&1 {
		return 1
	}
	return 0
}

// columnsWithin returns the columns x0 <= u < x1 of row v that are less than d cells from cell x of row y.
func (g *grid) columnsWithin(x, y, v, d int) (x0, x1 int) {
	x0, x1 = x-d+1, x+d
	if g.staggered(y, v) {
		x0 -= y & 1
		x1 += 1 - y&1
	}
	return max(0, x0), min(g.columns, x1)
}

// offset is the position of cell o relative to cell c.
func (g *grid) offset(c, o int) (dx, dy int) {
	y, v := c/g.columns, o/g.columns
	return o%g.columns - c%g.columns - g.columnShift(y, v), v - y
}

// opposite is an offset seen from its other end.
func (g *grid) opposite(dx, dy int) (int, int) {
	if g.staggered(0, dy) {
		return -dx - 1, -dy
	}
	return -dx, -dy
}

// distance is the Chebyshev distance of two cells at an offset, rounded down.
func (g *grid) distance(dx, dy int) int {
	if g.staggered(0, dy) {
		return max(dx, -dx-1, abs(dy))
	}
	return max(abs(dx), abs(dy))
}

// describeBricks is describeCells for bricks. The hidden half of a cell at an edge is taken for the mirror
// image of the visible one.
func describeBricks(ctx context.Context, target *image.NRGBA, columns, rows int, done func(done, total int)) ([]descriptor, error) {
	const half = samples / 2
	w, h := target.Rect.Dx(), target.Rect.Dy()
	x0, y0, x1, y1 := crop(w, h, across(columns, Brick), float64(rows))
	seen := columns*samples - half
	horizontal, vertical := coverages(x0, x1, seen, w), coverages(y0, y1, rows*samples, h)
	cells := make([]descriptor, columns*rows)
	err := parallel.Ranges(ctx, rows, 1+rows/50, done, func(lo, hi int) {
		light := make([]colour.Light, seen*samples)
		whole := make([]colour.Light, (seen+half)*samples)
		for row := lo; row < hi; row++ {
			average(light, target, horizontal, vertical[row*samples:(row+1)*samples])
			for y := range samples {
				from, to := light[y*seen:(y+1)*seen], whole[y*(seen+half):(y+1)*(seen+half)]
				left := row & 1 * half
				copy(to[left:], from)
				for i := range half {
					if left > 0 {
						to[i] = from[half-1-i]
					} else {
						to[seen+i] = from[seen-1-i]
					}
				}
			}
			for column := range columns {
				cells[row*columns+column] = describeSamples(whole[column*samples:], seen+half)
			}
		}
	})
	return cells, err
}
