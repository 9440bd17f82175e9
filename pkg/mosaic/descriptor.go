package mosaic

import (
	"context"
	"image"

	"smalti/pkg/colour"
	"smalti/pkg/parallel"
)

// samples is how many samples a cell has in each direction.
const samples = 4

// descriptor is what a cell or a tile looks like from three distances: as one colour, as 2 x 2 and as
// 4 x 4 of them. Each is the mean light of its area, in CIELAB.
type descriptor struct {
	one  colour.Lab
	two  [4]colour.Lab
	four [16]colour.Lab
}

// describeSamples takes 4 x 4 samples of light, stride samples apart from row to row.
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

// describeCells cuts the target to the grid's shape and describes each cell of it.
func describeCells(ctx context.Context, target *image.NRGBA, columns, rows int, done func(done, total int)) ([]descriptor, error) {
	x0, y0, x1, y1 := crop(target.Rect.Dx(), target.Rect.Dy(), float64(columns), float64(rows))
	return describeBox(ctx, target, x0, y0, x1, y1, columns, rows, done)
}

// describeBox describes the cells of a grid over a part of the target.
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

// photos describes all faces. Tiles that look alike are one face.
type photos struct {
	descriptors []descriptor
	tints       []*tintRange // nil without tint
	face        []int        // itself
	copies      []int        // how many tiles show it
	firstTile   []int        // the first that does
	faceOf      []int        // of each tile: the first tile with its face
}

func describeTiles(ctx context.Context, tiles []*image.NRGBA, tint float64, done func(done, total int)) (*photos, error) {
	p := &photos{descriptors: make([]descriptor, len(tiles)), tints: make([]*tintRange, len(tiles))}
	err := parallel.Ranges(ctx, len(tiles), 8, done, func(lo, hi int) {
		light := make([]colour.Light, samples*samples)
		for i := lo; i < hi; i++ {
			side := tiles[i].Rect.Dx()
			cut := coverages(0, float64(side), samples, side)
			average(light, tiles[i], cut, cut)
			p.descriptors[i] = describeSamples(light, samples)
			if tint > 0 {
				p.tints[i] = newTintRange(tiles[i], widestOffset(tint))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	p.mergeDuplicates()
	return p, nil
}

// duplicateDistance is up to which mean colour difference of their samples, in CIELAB units, two tiles show the
// same face: enough for the same picture saved twice, too little for two pictures.
const duplicateDistance = 1.5

// mergeDuplicates keeps the first tile of each face.
func (p *photos) mergeDuplicates() {
	p.faceOf = firstAlike(p.descriptors)
	number := make([]int, len(p.descriptors)) // of a face, by its first tile
	for t, f := range p.faceOf {
		if t == f {
			n := len(p.firstTile)
			number[t] = n
			p.descriptors[n], p.tints[n] = p.descriptors[t], p.tints[t]
			p.firstTile, p.face, p.copies = append(p.firstTile, t), append(p.face, n), append(p.copies, 0)
		}
		p.copies[number[f]]++
	}
	p.descriptors, p.tints = p.descriptors[:len(p.firstTile)], p.tints[:len(p.firstTile)]
}

// firstAlike returns for each tile the first tile that looks the same.
func firstAlike(looks []descriptor) []int {
	face := make([]int, len(looks))
	var firsts []int
	for i := range looks {
		face[i] = i
		for _, f := range firsts {
			if sameFace(&looks[i], &looks[f]) {
				face[i] = f
				break
			}
		}
		if face[i] == i {
			firsts = append(firsts, i)
		}
	}
	return face
}

func sameFace(a, b *descriptor) bool {
	if colour.Distance(a.one, b.one) > 2*duplicateDistance {
		return false
	}
	sum := 0.0
	for k := range a.four {
		sum += colour.Distance(a.four[k], b.four[k])
	}
	return sum <= duplicateDistance*float64(len(a.four))
}
