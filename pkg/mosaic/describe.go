package mosaic

import (
	"context"
	"image"

	"smalti/pkg/colour"
	"smalti/pkg/parallel"
)

// samples is how many samples a cell has in each direction.
const samples = 4

// look is what a cell or a tile looks like from three distances: as one colour, as 2 x 2 and as
// 4 x 4 of them. Each is the mean light of its area, in CIELAB.
type look struct {
	one  colour.Lab
	two  [4]colour.Lab
	four [16]colour.Lab
}

// lookOf takes 4 x 4 samples of light, stride samples apart from row to row.
func lookOf(light []colour.Light, stride int) (l look) {
	var one colour.Light
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
			one[i] += two[i] / 4
		}
	}
	l.one = colour.ToLab(one)
	return l
}

// describeCells cuts the target to the grid's shape and describes each cell of it.
func describeCells(ctx context.Context, target *image.NRGBA, columns, rows int, done func(done, total int)) ([]look, error) {
	x0, y0, x1, y1 := crop(target.Rect.Dx(), target.Rect.Dy(), float64(columns), float64(rows))
	return describeBox(ctx, target, x0, y0, x1, y1, columns, rows, done)
}

// describeBox describes the cells of a grid over a part of the target.
func describeBox(ctx context.Context, target *image.NRGBA, x0, y0, x1, y1 float64, columns, rows int, done func(done, total int)) ([]look, error) {
	w, h := target.Rect.Dx(), target.Rect.Dy()
	across, down := spans(x0, x1, columns*samples, w), spans(y0, y1, rows*samples, h)
	cells := make([]look, columns*rows)
	err := parallel.Ranges(ctx, rows, 1+rows/50, done, func(lo, hi int) {
		light := make([]colour.Light, columns*samples*samples)
		for row := lo; row < hi; row++ {
			average(light, target, across, down[row*samples:(row+1)*samples])
			for column := range columns {
				cells[row*columns+column] = lookOf(light[column*samples:], columns*samples)
			}
		}
	})
	return cells, err
}

// photos describes all faces. Tiles that look alike are one face.
type photos struct {
	look   []look
	reach  []*reach // nil without tint
	face   []int    // itself
	people []int    // how many tiles show it
	tile   []int    // the first that does
	faceOf []int    // of each tile: the first tile with its face
}

func describeTiles(ctx context.Context, tiles []*image.NRGBA, tint float64, done func(done, total int)) (*photos, error) {
	p := &photos{look: make([]look, len(tiles)), reach: make([]*reach, len(tiles))}
	err := parallel.Ranges(ctx, len(tiles), 8, done, func(lo, hi int) {
		light := make([]colour.Light, samples*samples)
		for i := lo; i < hi; i++ {
			side := tiles[i].Rect.Dx()
			cut := spans(0, float64(side), samples, side)
			average(light, tiles[i], cut, cut)
			p.look[i] = lookOf(light, samples)
			if tint > 0 {
				p.reach[i] = reachOf(tiles[i], widest(tint))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	p.unite()
	return p, nil
}
