package poster

import (
	"bytes"
	"image"

	"github.com/disintegration/imaging"
)

// writeLevel writes all tiles of a level in the way that its cells allow.
func (p *pyramid) writeLevel(level int) error {
	size := p.size(level)
	below := p.top - level
	if tile := p.o.Tile >> below; tile<<below == p.o.Tile && p.grid.fits(tile) {
		return p.compose(level, tile)
	}
	if max(size.X, size.Y) > drawnWhole {
		return p.drawStrips(level)
	}
	return p.drawSmall(level)
}

// compose writes a level whose cells are tile pixels long.
func (p *pyramid) compose(level, tile int) error {
	o := p.o
	size := p.size(level)
	o.Tile, o.Width, o.Height = tile, size.X, size.Y
	if p.grid.piece(tile)%16 != 0 {
		o.Subsampling = S444
	}
	o, err := o.complete(p.grid)
	if err != nil {
		return err
	}
	mcus := pyramidTile / o.mcu()
	strips := []int{0}
	for x := mcus; x < o.inMCUs(size.X); x += mcus {
		strips = append(strips, x)
	}
	c, err := code(p.tiles, p.grid, o, append(strips, o.inMCUs(size.X)))
	if err != nil {
		return err
	}
	var s stream
	n := tilesOf(size)
	for y := range n.Y {
		first, end := y*mcus, min((y+1)*mcus, c.rows)
		for x := range n.X {
			s.n = 0
			c.compose(&s, x, first, end, first, end)
			r := tileRect(image.Pt(x, y), size)
			if err := p.addTile(level, image.Pt(x, y), c.header(r.Size(), appendDensity(nil, o.DPI)), s.buf[:s.n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// drawStrips writes a level that no block fits, one row of tiles after the other.
func (p *pyramid) drawStrips(level int) error {
	d, err := p.drawing(level)
	if err != nil {
		return err
	}
	for y := 0; y < d.size.Y; y += pyramidTile {
		m := image.NewRGBA(image.Rect(0, y, d.size.X, min(y+pyramidTile, d.size.Y)))
		if err := d.draw(p.ctx, m); err != nil {
			return err
		}
		if err := p.encode(level, m); err != nil {
			return err
		}
	}
	return nil
}

// drawSmall writes a level from the first that was small enough to keep. It is not made from the one
// before: rounding half up at each halving would make it lighter and lighter.
func (p *pyramid) drawSmall(level int) error {
	if p.whole != nil {
		size := p.size(level)
		small := imaging.Resize(p.whole, size.X, size.Y, imaging.Box)
		return p.encode(level, (*image.RGBA)(small)) // without transparency they are the same
	}
	d, err := p.drawing(level)
	if err != nil {
		return err
	}
	p.whole = image.NewRGBA(image.Rectangle{Max: d.size})
	if err := d.draw(p.ctx, p.whole); err != nil {
		return err
	}
	return p.encode(level, p.whole)
}

// drawing returns what draws a level.
func (p *pyramid) drawing(level int) (*drawing, error) {
	s := scale{p.o.Tile, 2 << (p.top - level)}
	return newDrawing(p.tiles, p.grid, p.size(level), s, s)
}

// encode writes those tiles of a level that m holds.
func (p *pyramid) encode(level int, m *image.RGBA) error {
	for y := m.Rect.Min.Y / pyramidTile; y*pyramidTile < m.Rect.Max.Y; y++ {
		for x := 0; x*pyramidTile < m.Rect.Max.X; x++ {
			var b bytes.Buffer
			r := tileRect(image.Pt(x, y), p.size(level))
			if err := encode(&b, m.SubImage(r), p.o.Quality, appendDensity(nil, p.o.DPI)); err != nil {
				return err
			}
			if err := p.addTile(level, image.Pt(x, y), b.Bytes()); err != nil {
				return err
			}
		}
	}
	return nil
}
