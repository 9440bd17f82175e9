package poster

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"
)

// What an atlas is made of.
const (
	AtlasSide    = 96   // pixels of a tile's side on a sheet: a viewing size
	maxSheetSide = 4096 // pixels: one texture in any browser
)

const atlasQuality = 55

// Sheet is one picture of an atlas, on which every tile stands once.
type Sheet struct {
	Tiles []int // which tiles, in the order of their places

	columns int
	all     []*image.NRGBA
}

// SheetName is the file name of a mosaic's n-th sheet.
func SheetName(n int) string { return fmt.Sprintf("atlas-%d.jpg", n) }

// Atlas lays all tiles out on sheets, in order and at [AtlasSide]. Nothing is coded before a sheet
// is written.
func Atlas(tiles []*image.NRGBA) ([]Sheet, error) {
	if err := checkTiles(tiles); err != nil {
		return nil, err
	}
	most := maxSheetSide / AtlasSide
	var sheets []Sheet
	for first := 0; first < len(tiles); first += most * most {
		n := min(most*most, len(tiles)-first)
		s := Sheet{columns: int(math.Ceil(math.Sqrt(float64(n)))), all: tiles}
		for i := range n {
			s.Tiles = append(s.Tiles, first+i)
		}
		sheets = append(sheets, s)
	}
	return sheets, nil
}

// At returns the top left corner of the i-th tile of s.Tiles, in pixels.
func (s *Sheet) At(i int) image.Point {
	return image.Pt(i%s.columns, i/s.columns).Mul(AtlasSide)
}

// Size returns the sheet's size in pixels.
func (s *Sheet) Size() image.Point {
	rows := (len(s.Tiles) + s.columns - 1) / s.columns
	return image.Pt(s.columns, rows).Mul(AtlasSide)
}

// Write writes the sheet as a JPEG.
func (s *Sheet) Write(ctx context.Context, w io.Writer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	size := s.Size().Div(AtlasSide)
	grid := Grid{Columns: size.X, Rows: size.Y, Cells: make([]Cell, size.X*size.Y)}
	tiles := make([]*image.NRGBA, len(s.Tiles), len(s.Tiles)+1)
	for i := range grid.Cells {
		grid.Cells[i].Tile = min(i, len(s.Tiles))
	}
	for i, t := range s.Tiles {
		tiles[i] = s.all[t]
	}
	if len(grid.Cells) > len(tiles) { // places left over
		tiles = append(tiles, white(AtlasSide))
	}
	p, err := New(tiles, grid, Options{Tile: AtlasSide, Quality: atlasQuality})
	if err != nil {
		return err
	}
	return p.Write(ctx, w, nil)
}

// white returns a blank tile.
func white(side int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range m.Pix {
		m.Pix[i] = 0xff
	}
	return m
}
