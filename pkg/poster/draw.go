package poster

import (
	"context"
	"image"
	"math"

	"smalti/pkg/parallel"
	"smalti/pkg/resample"
)

// drawing draws a grid in pixels, at sizes for which no JPEG block fits the cells.
type drawing struct {
	grid   *Grid
	owners []int32
	tiles  []*image.NRGBA
	size   image.Point // of the whole picture, in pixels
	x, y   halfCells
	scaled map[scaledTile]*image.NRGBA
}

// halfCells is how many pixels half a cell is long, as a fraction.
type halfCells struct{ pixels, halves int }

// at returns where in the picture a number of half cells ends.
func (s halfCells) at(halves int) int { return halves * s.pixels / s.halves }

type scaledTile struct{ tile, width, height int }

func newDrawing(tiles []*image.NRGBA, grid *Grid, size image.Point, x, y halfCells) (*drawing, error) {
	owners, err := grid.owners()
	return &drawing{
		grid: grid, owners: owners, tiles: tiles, size: size, x: x, y: y, scaled: map[scaledTile]*image.NRGBA{},
	}, err
}

// cell returns the cell that fills a place, and its rectangle in pixels.
func (d *drawing) cell(column, row int) (c *Cell, r image.Rectangle) {
	if d.owners != nil {
		owner := int(d.owners[row*d.grid.Columns+column])
		column, row = owner%d.grid.Columns, owner/d.grid.Columns
	}
	c = &d.grid.Cells[row*d.grid.Columns+column]
	span := max(c.Span, 1)
	left, top := 2*column, 2*row
	if d.grid.Brick && row%2 == 1 {
		left--
	}
	return c, image.Rect(d.x.at(left), d.y.at(top), d.x.at(left+2*span), d.y.at(top+2*span))
}

// visit calls f for each cell that overlaps r.
func (d *drawing) visit(r image.Rectangle, f func(c *Cell, at image.Rectangle)) {
	for row := range d.grid.Rows {
		for column := 0; column < d.grid.Columns; {
			c, at := d.cell(column, row)
			if at.Min.Y >= r.Max.Y || at.Max.Y <= r.Min.Y {
				break
			}
			if at.Overlaps(r) {
				f(c, at)
			}
			column += max(c.Span, 1)
		}
	}
}

// draw fills m, which is a part of the picture.
func (d *drawing) draw(ctx context.Context, m *image.RGBA) error {
	var missing []scaledTile
	d.visit(m.Rect, func(c *Cell, at image.Rectangle) {
		k := scaledTile{c.Tile, at.Dx(), at.Dy()}
		if _, known := d.scaled[k]; !known {
			d.scaled[k] = nil
			missing = append(missing, k)
		}
	})
	scaled := make([]*image.NRGBA, len(missing))
	parallel.Each(len(missing), func(i int) {
		if ctx.Err() == nil {
			scaled[i] = resample.Lanczos(d.tiles[missing[i].tile], missing[i].width, missing[i].height)
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, k := range missing {
		d.scaled[k] = scaled[i]
	}
	d.visit(m.Rect, func(c *Cell, at image.Rectangle) {
		tile := d.scaled[scaledTile{c.Tile, at.Dx(), at.Dy()}]
		if c.Shading != nil {
			drawShaded(m, at, tile, c)
		} else {
			drawShifted(m, at, tile, c.Shift)
		}
	})
	return nil
}

// drawShifted draws a tile of at's size with a shift in YCbCr, which is a shift in RGB as well
// (ITU-T T.871, 7).
func drawShifted(m *image.RGBA, at image.Rectangle, tile *image.NRGBA, shift [3]float32) {
	y, cb, cr := float64(shift[0]), float64(shift[1]), float64(shift[2])
	level := func(v float64) int { return int(math.Round(min(max(v, -255), 255))) }
	add := [3]int{level(y + 1.402*cr), level(y - 0.344136*cb - 0.714136*cr), level(y + 1.772*cb)}
	part := at.Intersect(m.Rect)
	for py := part.Min.Y; py < part.Max.Y; py++ {
		from := tile.Pix[(py-at.Min.Y)*tile.Stride+(part.Min.X-at.Min.X)*4:]
		to := m.Pix[m.PixOffset(part.Min.X, py):]
		for i := 0; i < 4*part.Dx(); i += 4 {
			for c, a := range add {
				to[i+c] = uint8(min(max(int(from[i+c])+a, 0), 255))
			}
			to[i+3] = 0xff
		}
	}
}

// drawShaded draws a cell's tile with its shift and its shading.
func drawShaded(m *image.RGBA, at image.Rectangle, tile *image.NRGBA, c *Cell) {
	part := at.Intersect(m.Rect)
	columns := make([]betweenNodes, part.Dx()) // the same in all rows
	for i := range columns {
		columns[i].before, columns[i].part = nodeBefore(part.Min.X-at.Min.X+i, at.Dx())
	}
	for py := part.Min.Y; py < part.Max.Y; py++ {
		var row [3][4]float64
		upper, down := nodeBefore(py-at.Min.Y, at.Dy())
		for i := range row {
			for k := range 4 {
				a, b := float64(c.Shading[i][upper*4+k]), float64(c.Shading[i][upper*4+4+k])
				row[i][k] = float64(c.Shift[i]) + a + down*(b-a)
			}
		}
		from := tile.Pix[(py-at.Min.Y)*tile.Stride+(part.Min.X-at.Min.X)*4:]
		to := m.Pix[m.PixOffset(part.Min.X, py):]
		for i, x := range columns {
			var v [3]float64
			for k := range v {
				v[k] = row[k][x.before] + x.part*(row[k][x.before+1]-row[k][x.before])
			}
			add := [3]float64{v[0] + 1.402*v[2], v[0] - 0.344136*v[1] - 0.714136*v[2], v[0] + 1.772*v[1]}
			for k, a := range add {
				to[4*i+k] = uint8(min(max(float64(from[4*i+k])+a, 0), 255) + 0.5)
			}
			to[4*i+3] = 0xff
		}
	}
}

// betweenNodes is a place between two nodes of a shading.
type betweenNodes struct {
	before int
	part   float64 // of the way to the next one
}

// nodeBefore returns the first of the two nodes of a shading that pixel i of n lies between, and how far it is from
// there to the second.
func nodeBefore(i, n int) (node int, part float64) {
	at := min(max((float64(i)+0.5)*4/float64(n)-0.5, 0), 3)
	node = min(int(at), 2)
	return node, at - float64(node)
}
