package poster

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"

	"smalti/pkg/counting"
	"smalti/pkg/pdf"
)

// Print describes the page around a poster.
type Print struct {
	Bleed float64 // millimetres of picture beyond each edge, to be cut away; 0 to 25
	Marks bool    // whether to draw crop marks
}

const (
	maxBleed   = 25.0 // mm
	markOffset = 3.0  // mm from the edge to its marks, or the bleed if that is more
	markLength = 5.0  // mm
	markMargin = 2.0  // mm from a mark's end to the end of the page

	mmPerInch = 25.4
)

// WritePDF writes a page with the bytes of the JPEG. The page (or, with bleed or marks, its trim box) has
// exactly the size of the poster at o.DPI. For the bleed, the grid is mirrored at its edges.
func WritePDF(ctx context.Context, w io.Writer, tiles []*image.NRGBA, grid Grid, o Options, print Print, progress func(done, total int)) error {
	o, err := prepare(tiles, &grid, o)
	if err != nil {
		return err
	}
	if !(print.Bleed >= 0 && print.Bleed <= maxBleed) {
		return invalid("the bleed must be from 0 to %g mm, and is %g", maxBleed, print.Bleed)
	}
	page := newPage(o, print)
	picture, ring := o, 0
	if print.Bleed > 0 {
		ring = print.ring(o, grid.Brick)
		if grid, err = grid.mirrored(ring); err != nil {
			return err
		}
		picture.Width, picture.Height = 0, 0
	}
	p, err := New(tiles, grid, picture)
	if err != nil {
		return err
	}
	return page.write(ctx, w, p, ring*o.Tile, progress)
}

// ring is how many more cells the bleed takes on each side.
func (p Print) ring(o Options, brick bool) int {
	ring := int(math.Ceil(p.Bleed / mmPerInch * float64(o.DPI) / float64(o.Tile)))
	if brick {
		ring += ring % 2 // else the other rows would be moved
	}
	return ring
}

// Side is the longer side, in pixels, of the picture in a PDF of so many columns and rows. [WritePDF] refuses more than
// [MaxSide]. A density of 0 is the default.
func (p Print) Side(columns, rows int, brick bool, o Options) int {
	if o.DPI == 0 {
		o.DPI = defaultDPI
	}
	return (max(columns, rows) + 2*p.ring(o, brick)) * o.Tile
}

// mirrored returns the grid with ring more cells on each side. In the part that is cut away, large cells are repeated as
// small ones.
func (g *Grid) mirrored(ring int) (Grid, error) {
	owners, err := g.owners()
	if err != nil {
		return Grid{}, err
	}
	out := Grid{Columns: g.Columns + 2*ring, Rows: g.Rows + 2*ring, Brick: g.Brick}
	out.Cells = make([]Cell, out.Columns*out.Rows)
	for i := range out.Cells {
		column, row := i%out.Columns-ring, i/out.Columns-ring
		inside := image.Pt(column, row).In(image.Rect(0, 0, g.Columns, g.Rows))
		from := mirror(row, g.Rows)*g.Columns + mirror(column, g.Columns)
		if owners != nil && !inside {
			from = int(owners[from])
		}
		out.Cells[i] = g.Cells[from]
		if !inside {
			out.Cells[i].Span = 1
		}
	}
	return out, nil
}

// mirror returns the place from 0 to n-1 that is seen at i. The edge itself is not repeated.
func mirror(i, n int) int {
	if n == 1 {
		return 0
	}
	period := 2 * (n - 1)
	i = (i%period + period) % period
	return min(i, period-i)
}

// page is the geometry of a page, in points from its lower left corner.
type page struct {
	perPixel            float64
	width, height       float64 // of the whole page
	left, bottom        float64 // of the poster, after cutting
	posterW, posterH    float64
	bleed               float64
	marks               bool
	markOffset, markEnd float64 // from the poster's edge
	unit                float64 // how many points one unit is: more than 1 for huge pages
}

func newPage(o Options, print Print) page {
	const mm = pdf.PointsPerInch / mmPerInch
	p := page{perPixel: pdf.PointsPerInch / float64(o.DPI), bleed: print.Bleed * mm, marks: print.Marks, unit: 1}
	p.posterW, p.posterH = float64(o.Width)*p.perPixel, float64(o.Height)*p.perPixel
	margin := p.bleed
	if print.Marks {
		p.markOffset = max(markOffset*mm, p.bleed)
		p.markEnd = p.markOffset + markLength*mm
		margin = p.markEnd + markMargin*mm
	}
	p.left, p.bottom = margin, margin
	p.width, p.height = p.posterW+2*margin, p.posterH+2*margin
	if long := max(p.width, p.height); long > pdf.MaxSide {
		p.unit = math.Ceil(long / pdf.MaxSide)
		for _, v := range []*float64{
			&p.perPixel, &p.width, &p.height, &p.left, &p.bottom, &p.posterW, &p.posterH, &p.bleed, &p.markOffset, &p.markEnd,
		} {
			*v /= p.unit
		}
	}
	return p
}

// write writes the page. The picture is not held: its length follows it.
func (p *page) write(ctx context.Context, w io.Writer, picture *Poster, ring int, progress func(done, total int)) error {
	size := picture.Size()
	before, after := (&pdf.Page{
		Unit: p.unit, Width: p.width, Height: p.height, Bleed: p.box(p.bleed), Trim: p.box(0),
		Content: p.content(size, ring), Picture: size,
	}).Wrap()
	if _, err := w.Write(before); err != nil {
		return fmt.Errorf("writing the PDF: %w", err)
	}
	c := &counting.Writer{Writer: w}
	if err := picture.Write(ctx, c, progress); err != nil {
		return err
	}
	if _, err := w.Write(after(c.Bytes)); err != nil {
		return fmt.Errorf("writing the PDF: %w", err)
	}
	return nil
}

// box is the poster and some points beyond.
func (p *page) box(beyond float64) pdf.Box {
	return pdf.Box{p.left - beyond, p.bottom - beyond, p.left + p.posterW + beyond, p.bottom + p.posterH + beyond}
}

// content returns the page's drawing operators. The picture may reach further than the bleed, by
// its ring of cells.
func (p *page) content(size image.Point, ring int) string {
	w, h := float64(size.X)*p.perPixel, float64(size.Y)*p.perPixel
	beyond := float64(ring) * p.perPixel
	x, y := p.left-beyond, p.bottom+p.posterH+beyond-h
	s := fmt.Sprintf("q %.4f %.4f %.4f %.4f re W n %.4f 0 0 %.4f %.4f %.4f cm /Poster Do Q\n",
		p.left-p.bleed, p.bottom-p.bleed, p.posterW+2*p.bleed, p.posterH+2*p.bleed, w, h, x, y)
	if !p.marks {
		return s
	}
	s += fmt.Sprintf("0 G %.4f w\n", 0.25/p.unit)
	for _, x := range []float64{p.left, p.left + p.posterW} {
		s += fmt.Sprintf("%.4f %.4f m %.4f %.4f l S\n", x, p.bottom-p.markOffset, x, p.bottom-p.markEnd)
		s += fmt.Sprintf("%.4f %.4f m %.4f %.4f l S\n", x, p.bottom+p.posterH+p.markOffset, x, p.bottom+p.posterH+p.markEnd)
	}
	for _, y := range []float64{p.bottom, p.bottom + p.posterH} {
		s += fmt.Sprintf("%.4f %.4f m %.4f %.4f l S\n", p.left-p.markOffset, y, p.left-p.markEnd, y)
		s += fmt.Sprintf("%.4f %.4f m %.4f %.4f l S\n", p.left+p.posterW+p.markOffset, y, p.left+p.posterW+p.markEnd, y)
	}
	return s
}
