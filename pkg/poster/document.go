package poster

import (
	"context"
	"fmt"
	"io"
)

// document writes the objects of a PDF (ISO 32000-1:2008, 7.5) and remembers where each begins.
type document struct {
	w       io.Writer
	at      int64
	offsets []int64 // of the objects 1, 2, ...
	err     error   // the first one; nothing is written after it
}

func (d *document) Write(b []byte) (n int, err error) {
	if d.err == nil {
		n, d.err = d.w.Write(b)
		d.at += int64(n)
	}
	return n, d.err
}

func (d *document) printf(format string, arguments ...any) { fmt.Fprintf(d, format, arguments...) }

// object writes the next object.
func (d *document) object(format string, arguments ...any) {
	d.begin()
	d.printf(format, arguments...)
	d.printf("\nendobj\n")
}

func (d *document) begin() {
	d.offsets = append(d.offsets, d.at)
	d.printf("%d 0 obj\n", len(d.offsets))
}

// end writes the cross-reference table (7.5.4) and the trailer (7.5.5). The catalog is object 1.
func (d *document) end(info int) {
	start := d.at
	d.printf("xref\n0 %d\n0000000000 65535 f \n", len(d.offsets)+1)
	for _, offset := range d.offsets {
		d.printf("%010d 00000 n \n", offset)
	}
	d.printf("trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(d.offsets)+1, info, start)
}

// writeDocument writes a PDF of one page. The picture is not held: its length follows it.
func writeDocument(ctx context.Context, w io.Writer, p *Poster, page page, ring int, progress func(done, total int)) error {
	d := &document{w: w}
	d.printf("%%PDF-1.6\n%%\xe2\xe3\xcf\xd3\n")
	d.object("<< /Type /Catalog /Pages 2 0 R >>")
	d.object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	d.object("<< /Type /Page /Parent 2 0 R /UserUnit %g /MediaBox [0 0 %.4f %.4f] /BleedBox %s /TrimBox %s\n"+
		"/Resources << /XObject << /Poster 7 0 R >> >> /Contents 4 0 R >>",
		page.unit, page.width, page.height, page.box(page.bleed), page.box(0))
	content := page.content(p.Size(), ring)
	d.object("<< /Length %d >>\nstream\n%sendstream", len(content), content)
	d.object("<< /Producer (Smalti) >>")
	profile := Profile()
	d.object("<< /N 3 /Alternate /DeviceRGB /Length %d >>\nstream\n%s\nendstream", len(profile), profile)

	d.begin()
	d.printf("<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace [/ICCBased 6 0 R] /BitsPerComponent 8\n"+
		"/Filter /DCTDecode /Length 8 0 R >>\nstream\n", p.options.Width, p.options.Height)
	start := d.at
	if err := p.Write(ctx, d, progress); err != nil {
		return err
	}
	length := d.at - start
	d.printf("\nendstream\nendobj\n")
	d.object("%d", length)
	d.end(5)
	if d.err != nil {
		return fmt.Errorf("writing the PDF: %w", d.err)
	}
	return nil
}
