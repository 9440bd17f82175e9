package mosaic

import "image"

// Picture is a tile, or a crop of one, as cells show it.
type Picture struct {
	Tile, Crop int // as in [Cell]
}

// Pictures lists what the cells show, each once, and says for each cell which of them that is.
func (p *Plan) Pictures() (all []Picture, cells []int) {
	number := map[Picture]int{}
	cells = make([]int, len(p.Cells))
	for c := range p.Cells {
		shown := Picture{p.Cells[c].Tile, p.Cells[c].Crop}
		n, known := number[shown]
		if !known {
			n = len(all)
			number[shown] = n
			all = append(all, shown)
		}
		cells[c] = n
	}
	return all, cells
}

// Of returns the picture's pixels, given the tiles and crops that Make got.
func (p Picture) Of(tiles []*image.NRGBA, crops [][]image.Rectangle) *image.NRGBA {
	if p.Crop == 0 {
		return tiles[p.Tile]
	}
	return cropped(tiles[p.Tile], crops[p.Tile][p.Crop-1])
}
