package mosaic

import (
	"context"
	"image"

	"smalti/pkg/colour"
	"smalti/pkg/parallel"
)

// photos are the faces to choose from. Tiles that look alike are one face. What is kept of a view is about a hundredth of
// a tile, so that thousands of photos take little more memory than their tiles.
type photos struct {
	looks     []features               // of each view of each face: the whole tile, then its crops
	quarters  [][4]float32             // of each view: L* of 2 x 2 samples
	firstView []int32                  // of each face, and the end
	copies    []int                    // of each face: how many tiles show it
	firstTile []int                    // of each face: the first tile that shows it
	faceOf    []int                    // of each tile: the first tile with its face
	picture   func(v int) *image.NRGBA // of a view
}

func describeTiles(ctx context.Context, tiles []*image.NRGBA, o Options, done func(done, total int)) (*photos, error) {
	wholes := make([]descriptor, len(tiles))
	p := &photos{}
	describing, looking := halves(done)
	err := parallel.Ranges(ctx, len(tiles), 8, describing, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if o.Descriptions != nil {
				wholes[i] = o.Descriptions[i].whole
			} else {
				wholes[i] = describeTile(tiles[i])
			}
		}
	})
	if err != nil {
		return nil, err
	}
	p.mergeDuplicates(wholes)
	var tileOf []int
	for f, t := range p.firstTile {
		p.firstView = append(p.firstView, int32(len(tileOf)))
		tileOf = append(tileOf, f)
		if o.Crops != nil {
			for range o.Crops[t] {
				tileOf = append(tileOf, f)
			}
		}
	}
	p.firstView = append(p.firstView, int32(len(tileOf)))
	p.picture = func(v int) *image.NRGBA {
		t := tileOf[v]
		return Picture{p.firstTile[t], v - int(p.firstView[t])}.Of(tiles, o.Crops)
	}
	p.looks, p.quarters = make([]features, len(tileOf)), make([][4]float32, len(tileOf))
	return p, parallel.Ranges(ctx, len(p.firstTile), 8, looking, func(lo, hi int) {
		var r tintRange
		for f := lo; f < hi; f++ {
			t, from, to := p.firstTile[f], p.firstView[f], p.firstView[f+1]
			looks, quarters := p.looks[from:to], p.quarters[from:to]
			if o.Descriptions != nil {
				copy(looks, o.Descriptions[t].looks)
				copy(quarters, o.Descriptions[t].quarters)
				continue
			}
			view := func(v int) *image.NRGBA { return Picture{t, v}.Of(tiles, o.Crops) }
			describeViews(looks, quarters, view, &wholes[t], o.Tint, &r)
		}
	})
}

// cropped is a part of a tile.
func cropped(tile *image.NRGBA, r image.Rectangle) *image.NRGBA {
	return tile.SubImage(r.Add(tile.Rect.Min)).(*image.NRGBA)
}

func describeTile(tile *image.NRGBA) descriptor {
	light, loudness := sampleTile(tile)
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
