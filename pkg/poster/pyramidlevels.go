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
	if tile := p.o.Tile >> below; tile<<below == p.o.Tile && p.grid.composable(tile) {
		return p.compose(level, tile)
	}
	if max(size.X, size.Y) > largestKept {
		return p.drawStrips(level)
	}
	return p.drawSmall(level)
}

// compose writes a level whose cells are tile pixels long.
func (p *pyramid) compose(level, tile int) error {
	o := p.o
	size := p.size(level)
	o.Tile, o.Width, o.Height = tile, size.X, size.Y
	if p.grid.cutSide(tile)%16 != 0 {
		o.Subsampling = S444
	}
	o, err := o.complete(p.grid)
	if err != nil {
		return err
	}
	mcus := pyramidTile / o.mcu()
	strips := []int{0}
	for x := mcus; x < o.mcus(size.X); x += mcus {
		strips = append(strips, x)
	}
	c, err := newEncoder(p.tiles, p.grid, o, append(strips, o.mcus(size.X)))
	if err != nil {
		return err
	}
	var s bitStream
	n := tilesOf(size)
	for y := range n.Y {
		first, end := y*mcus, min((y+1)*mcus, c.mcuRows)
		for x := range n.X {
			s.size = 0
			c.compose(&s, x, first, end, first, end)
			r := tileRect(image.Pt(x, y), size)
			if err := p.addTile(level, image.Pt(x, y), c.header(r.Size(), densitySegment(o.DPI)), s.buf[:s.size]); err != nil {
				return err
			}
		}
	}
	return nil
}

// drawStrips draws a level, one row of tiles after the other.
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

// drawSmall writes a level from the largest one that was kept. Halving the one before would round up each
// time, and make small levels lighter and lighter.
func (p *pyramid) drawSmall(level int) error {
	if p.kept != nil {
		size := p.size(level)
		small := imaging.Resize(p.kept, size.X, size.Y, imaging.Box)
		return p.encode(level, (*image.RGBA)(small)) // without transparency they are the same
	}
	d, err := p.drawing(level)
	if err != nil {
		return err
	}
	p.kept = image.NewRGBA(image.Rectangle{Max: d.size})
	if err := d.draw(p.ctx, p.kept); err != nil {
		return err
	}
	return p.encode(level, p.kept)
}

// drawing returns what draws a level.
func (p *pyramid) drawing(level int) (*drawing, error) {
	s := halfCells{p.o.Tile, 2 << (p.top - level)}
	return newDrawing(p.tiles, p.grid, p.size(level), s, s)
}

// encode writes the tiles of a level that are in m.
func (p *pyramid) encode(level int, m *image.RGBA) error {
	for y := m.Rect.Min.Y / pyramidTile; y*pyramidTile < m.Rect.Max.Y; y++ {
		for x := 0; x*pyramidTile < m.Rect.Max.X; x++ {
			var b bytes.Buffer
			r := tileRect(image.Pt(x, y), p.size(level))
			if err := encode(&b, m.SubImage(r), p.o.Quality, densitySegment(p.o.DPI)); err != nil {
				return err
			}
			if err := p.addTile(level, image.Pt(x, y), b.Bytes()); err != nil {
				return err
			}
		}
	}
	return nil
}
