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

// photos are the faces to choose from. Tiles that look alike are one face.
type photos struct {
	descriptors []descriptor             // of each view of each face: the whole tile, then its crops
	firstView   []int32                  // of each face, and the end
	tints       []*tintRange             // of each face; nil without tint
	copies      []int                    // of each face: how many tiles show it
	firstTile   []int                    // of each face: the first tile that shows it
	faceOf      []int                    // of each tile: the first tile with its face
	picture     func(v int) *image.NRGBA // of a view
}

func describeTiles(ctx context.Context, tiles []*image.NRGBA, o Options, done func(done, total int)) (*photos, error) {
	wholes, tints, crops := make([]descriptor, len(tiles)), make([]*tintRange, len(tiles)), make([][]descriptor, len(tiles))
	err := parallel.Ranges(ctx, len(tiles), 8, done, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			wholes[i] = describeTile(tiles[i])
			if o.Tint > 0 {
				tints[i] = newTintRange(tiles[i], widestOffset(o.Tint))
			}
			if o.Crops != nil {
				for _, r := range o.Crops[i] {
					crops[i] = append(crops[i], describeTile(cropped(tiles[i], r)))
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	p := &photos{}
	p.mergeDuplicates(wholes)
	var tileOf []int
	for _, t := range p.firstTile {
		p.firstView = append(p.firstView, int32(len(p.descriptors)))
		p.descriptors = append(append(p.descriptors, wholes[t]), crops[t]...)
		p.tints = append(p.tints, tints[t])
		for range 1 + len(crops[t]) {
			tileOf = append(tileOf, len(p.firstView)-1)
		}
	}
	p.firstView = append(p.firstView, int32(len(p.descriptors)))
	p.picture = func(v int) *image.NRGBA {
		t := tileOf[v]
		return Picture{p.firstTile[t], v - int(p.firstView[t])}.Of(tiles, o.Crops)
	}
	return p, nil
}

// cropped is a part of a tile.
func cropped(tile *image.NRGBA, r image.Rectangle) *image.NRGBA {
	return tile.SubImage(r.Add(tile.Rect.Min)).(*image.NRGBA)
}

func describeTile(tile *image.NRGBA) descriptor {
	light, loudness := listenToTile(tile)
	d := describeSamples(light[:], samples)
	d.loudness = loudness
	return d
}

// duplicateDistance is the mean difference of samples, in CIELAB units, up to which two tiles are the same
// picture: more than between two files of it, less than between two pictures.
const duplicateDistance = 1.5

// mergeDuplicates keeps the first tile of each face.
func (p *photos) mergeDuplicates(tiles []descriptor) {
	p.faceOf = make([]int, len(tiles))
	for t := range tiles {
		f := 0
		for f < len(p.firstTile) && !sameFace(&tiles[t], &tiles[p.firstTile[f]]) {
			f++
		}
		if f == len(p.firstTile) {
			p.firstTile, p.copies = append(p.firstTile, t), append(p.copies, 0)
		}
		p.faceOf[t] = p.firstTile[f]
		p.copies[f]++
	}
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
