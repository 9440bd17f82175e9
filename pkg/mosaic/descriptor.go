package mosaic

import (
	"context"
	"image"

	"smalti/pkg/colour"
	"smalti/pkg/parallel"
)

// samples is how many samples a cell has in each direction.
const samples = 4

// descriptor describes a cell or a tile at three distances: as one colour, as 2 x 2 and as 4 x 4 colours.
// Each is the mean light of its area, in CIELAB.
type descriptor struct {
	one  colour.Lab
	two  [4]colour.Lab
	four [16]colour.Lab

	loudness float32 // of a tile
}

// describeSamples takes 4 x 4 samples of light from rows of stride samples.
func describeSamples(light []colour.Light, stride int) (l descriptor) {
	var mean colour.Light
	for q := range 4 {
		var two colour.Light
		for k := range 4 {
			x, y := q%2*2+k%2, q/2*2+k/2
			s := light[y*stride+x]
			l.four[y*samples+x] = colour.ToLab(s)
			for i := range 3 {
				two[i] += s[i] / 4
			}
		}
		l.two[q] = colour.ToLab(two)
		for i := range 3 {
			mean[i] += two[i] / 4
		}
	}
	l.one = colour.ToLab(mean)
	return l
}

// describeCells crops the target to the shape of the grid and describes each cell.
func describeCells(ctx context.Context, target *image.NRGBA, columns, rows int, done func(done, total int)) ([]descriptor, error) {
	x0, y0, x1, y1 := crop(target.Rect.Dx(), target.Rect.Dy(), float64(columns), float64(rows))
	return describeBox(ctx, target, x0, y0, x1, y1, columns, rows, done)
}

// describeBox describes the cells of a grid over a box of the target.
func describeBox(ctx context.Context, target *image.NRGBA, x0, y0, x1, y1 float64, columns, rows int, done func(done, total int)) ([]descriptor, error) {
	w, h := target.Rect.Dx(), target.Rect.Dy()
	across, down := coverages(x0, x1, columns*samples, w), coverages(y0, y1, rows*samples, h)
	cells := make([]descriptor, columns*rows)
	err := parallel.Ranges(ctx, rows, 1+rows/50, done, func(lo, hi int) {
		light := make([]colour.Light, columns*samples*samples)
		for row := lo; row < hi; row++ {
			average(light, target, across, down[row*samples:(row+1)*samples])
			for column := range columns {
				cells[row*columns+column] = describeSamples(light[column*samples:], columns*samples)
			}
		}
	})
	return cells, err
}

// quarters are the L* of the 2 x 2 colours.
func (l *descriptor) quarters() (all [4]float32) {
	for q, c := range l.two {
		all[q] = float32(c[0])
	}
	return all
}
