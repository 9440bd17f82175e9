package poster

import (
	"archive/zip"
	"context"
	"fmt"
	"image"
	"io"
	"math/bits"
	"strings"
)

const (
	pyramidTile = 512  // pixels; a whole number of MCUs, so that tiles are composed of whole MCUs
	largestKept = 2048 // pixels: levels whose long side is at most this are kept in memory
)

// WritePyramid writes the poster as a Deep Zoom pyramid in one file: an SZI, which is a ZIP archive of
// stored entries in one folder of the given name. A viewer reads the tiles it needs by range requests.
// Levels are composed like the poster as long as JPEG blocks fit their cells; smaller ones are drawn.
// Progress, which may be nil, counts tiles.
func WritePyramid(ctx context.Context, w io.Writer, name string, tiles []*image.NRGBA, grid Grid, o Options, progress func(done, total int)) error {
	if name == "" || strings.ContainsAny(name, `/\:<>&"`) || name[0] == '.' {
		return invalid("a pyramid cannot be called %q", name)
	}
	o, err := prepare(tiles, &grid, o)
	if err != nil {
		return err
	}
	size := image.Pt(o.Width, o.Height)
	p := &pyramid{
		ctx: ctx, zip: zip.NewWriter(w), name: name, tiles: tiles, grid: &grid, o: o,
		top: bits.Len(uint(max(size.X, size.Y) - 1)), progress: progress,
	}
	for level := range p.top + 1 {
		n := tilesOf(p.size(level))
		p.total += n.X * n.Y
	}
	if err := p.describe(); err != nil {
		return err
	}
	for level := p.top; level >= 0; level-- {
		if err := p.writeLevel(level); err != nil {
			return err
		}
	}
	if err := p.zip.Close(); err != nil {
		return fmt.Errorf("ending the pyramid: %w", err)
	}
	return nil
}

// pyramid is one while it is written.
type pyramid struct {
	ctx         context.Context
	zip         *zip.Writer
	name        string
	tiles       []*image.NRGBA
	grid        *Grid
	o           Options
	top         int         // the level of full size; each one below is half as large, level 0 a pixel
	kept        *image.RGBA // the largest level that is kept in memory
	done, total int
	progress    func(done, total int)
}

// size returns a level's size in pixels: halved again and again, and rounded up.
func (p *pyramid) size(level int) image.Point {
	half := func(side int) int { return (side + 1<<(p.top-level) - 1) >> (p.top - level) }
	return image.Pt(half(p.o.Width), half(p.o.Height))
}

// tilesOf returns how many tiles cover a level.
func tilesOf(size image.Point) image.Point {
	return size.Add(image.Pt(pyramidTile-1, pyramidTile-1)).Div(pyramidTile)
}

// describe writes the files about the archive. They come first, for readers that do not have all of it.
func (p *pyramid) describe() error {
	err := p.add(p.name+".dzi", fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpg" Overlap="0" TileSize="%d">
  <Size Width="%d" Height="%d"/>
</Image>
`, pyramidTile, p.o.Width, p.o.Height))
	if err != nil {
		return err
	}
	return p.add("scan-properties.xml", fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<image xmlns="http://www.pathozoom.com/szi" version="1.0">
  <properties>
    <property><name>ImageWidth</name><value>%d</value></property>
    <property><name>ImageHeight</name><value>%d</value></property>
  </properties>
</image>
`, p.o.Width, p.o.Height))
}

// add writes one file of the archive.
func (p *pyramid) add(path string, parts ...[]byte) error {
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: p.name + "/" + path, Method: zip.Store})
	for _, part := range parts {
		if err == nil {
			_, err = w.Write(part)
		}
	}
	if err != nil {
		return fmt.Errorf("writing the pyramid's %s: %w", path, err)
	}
	return nil
}

// addTile writes one tile of a level.
func (p *pyramid) addTile(level int, at image.Point, parts ...[]byte) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if err := p.add(fmt.Sprintf("%s_files/%d/%d_%d.jpg", p.name, level, at.X, at.Y), parts...); err != nil {
		return err
	}
	p.done++
	if p.progress != nil {
		p.progress(p.done, p.total)
	}
	return nil
}

// tileRect returns what a tile shows of a level.
func tileRect(at, size image.Point) image.Rectangle {
	r := image.Rect(0, 0, pyramidTile, pyramidTile).Add(at.Mul(pyramidTile))
	return r.Intersect(image.Rectangle{Max: size})
}
