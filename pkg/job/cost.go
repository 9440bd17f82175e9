package job

import "slices"

// mostInteractive is the cost up to which a mosaic is interactive: those of the front end's postcard and
// poster are below it, with a thousand friends as well; that of its wall is above.
const mostInteractive = 50_000

// Cost is about how much work a mosaic is. The unit is a cell of 64 pixels: fetching and preparing a photo
// is as much as ten, and each extra composes the poster once more.
func (p *Package) Cost() int {
	o := p.Options
	rows := o.Rows
	if rows == 0 {
		rows = o.Columns // most targets are about as high as wide
	}
	cells := o.Columns * rows
	pixels := cells * o.Tile / 64 * o.Tile / 64
	posters := 1 + len(o.Extras)
	if slices.Contains(o.Extras, SZI) {
		posters++ // a pyramid has all of its levels
	}
	return cells + pixels*posters + 10*len(p.Friends)
}

// PriorityByCost is the list on which a package should wait, so that what takes long delays nobody who is
// looking at the page.
func (p *Package) PriorityByCost() Priority {
	if p.Cost() > mostInteractive {
		return Bulk
	}
	return Interactive
}
