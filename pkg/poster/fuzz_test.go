package poster_test

import (
	"bytes"
	"image"
	"testing"

	"smalti/pkg/poster"
)

// FuzzPoster makes tiles, a grid and options of any bytes. What New accepts must be a
// JPEG of the promised size.
func FuzzPoster(f *testing.F) {
	f.Add([]byte{}, uint8(1), uint8(1), uint8(1), uint8(85), uint8(0), false)
	f.Add([]byte("some tiles and some shifts"), uint8(7), uint8(5), uint8(2), uint8(100), uint8(1), true)
	f.Add(bytes.Repeat([]byte{0, 255, 255}, 700), uint8(3), uint8(9), uint8(3), uint8(1), uint8(2), false)
	f.Fuzz(func(t *testing.T, data []byte, columns, rows, eights, quality, sampling uint8, brick bool) {
		at := 0
		next := func() byte {
			if len(data) == 0 {
				return 0
			}
			at++
			return data[at%len(data)] + byte(at/len(data))
		}
		o := poster.Options{Tile: int(eights%6) * 8, Quality: int(quality), Subsampling: poster.Subsampling(sampling % 4)}
		tiles := make([]*image.NRGBA, 1+next()%4)
		for i := range tiles {
			tiles[i] = image.NewNRGBA(image.Rect(0, 0, max(1, o.Tile-i), max(1, o.Tile-i)))
			for j := range tiles[i].Pix {
				tiles[i].Pix[j] = next()
			}
		}
		g := poster.Grid{Columns: int(columns % 12), Rows: int(rows % 12), Brick: brick}
		g.Cells = make([]poster.Cell, g.Columns*g.Rows)
		for i := range g.Cells {
			g.Cells[i].Tile = int(next()) % (len(tiles) + int(next()>>7*(next()&1)))
			if next() > 250 {
				g.Cells[i].Span = int(next() % 5)
			}
			for c := range 3 {
				g.Cells[i].Shift[c] = float32(int8(next())) * float32(next()%7)
			}
		}
		if next()&1 == 1 {
			o.Width, o.Height = g.Columns*o.Tile-int(next())%50, g.Rows*o.Tile-int(next())%50
		}
		p, err := poster.New(tiles, g, o)
		if err != nil {
			return
		}
		var whole bytes.Buffer
		if err := p.Write(t.Context(), &whole, nil); err != nil {
			t.Fatal(err)
		}
		if m := decode(t, whole.Bytes()); m.Rect.Max != p.Size() {
			t.Fatalf("the poster is %v, want %v", m.Rect.Max, p.Size())
		}
	})
}
