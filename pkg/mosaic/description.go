package mosaic

import "image"

// Description is what Make compares of a tile and its crops. To make it is all of the work that concerns one tile alone.
// It takes about 2 kB.
type Description struct {
	tint     float64
	whole    descriptor
	looks    []features   // of each view: the whole tile, then its crops
	quarters [][4]float32 // of each view: L* of 2 x 2 samples
}

// DescribeTile describes a tile before the others are there, for [Options].Descriptions. Tile, crops and tint are as
// Make will get them. It is safe for concurrent use.
func DescribeTile(tile *image.NRGBA, crops []image.Rectangle, tint float64) *Description {
	d := &Description{
		tint: tint, whole: describeTile(tile),
		looks: make([]features, 1+len(crops)), quarters: make([][4]float32, 1+len(crops)),
	}
	if tint == AutoTint {
		tint = mostAutoTint
	}
	view := func(v int) *image.NRGBA {
		return Picture{0, v}.Of([]*image.NRGBA{tile}, [][]image.Rectangle{crops})
	}
	var r tintRange
	describeViews(d.looks, d.quarters, view, &d.whole, tint, &r)
	return d
}

// describeViews describes all views of a tile, whose whole is described, for the solver.
func describeViews(looks []features, quarters [][4]float32, view func(v int) *image.NRGBA, whole *descriptor, tint float64, r *tintRange) {
	var down, up float32
	if tint > 0 {
		// Near enough for its crops, too.
		r.measure(view(0), widestOffset(tint))
		down, up = r.lightnessRange(whole.one)
	}
	for v := range looks {
		d := *whole
		if v > 0 {
			d = describeTile(view(v))
		}
		looks[v], quarters[v] = newFeatures(&d), d.quarters()
		looks[v].darker, looks[v].lighter = down, up
	}
}

// fits tells whether a description was made with so many crops and that tint.
func (d *Description) fits(crops int, tint float64) bool {
	return d != nil && d.tint == tint && len(d.looks) == 1+crops
}
