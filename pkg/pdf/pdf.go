// Package pdf writes PDF files (ISO 32000-1:2008) of one page with one JPEG on it. The JPEG's bytes go
// into the file as they are, so that it need not be held or decoded.
package pdf

import (
	"bytes"
	"fmt"
	"image"

	"smalti/pkg/colour"
)

const (
	PointsPerInch = 72
	MaxSide       = 14_400 // units of a page's side (C.2)
)

// Box is a rectangle in units, from its lower left corner to its upper right one.
type Box [4]float64

func (b Box) String() string { return fmt.Sprintf("[%.4f %.4f %.4f %.4f]", b[0], b[1], b[2], b[3]) }

// Page describes a page. Lengths are in units of the page.
type Page struct {
	Unit          float64 // points in a unit: more than 1 for pages that would be larger than MaxSide
	Width, Height float64
	Bleed, Trim   Box
	Content       string      // drawing operators, in which /Poster Do draws the JPEG into the unit square
	Picture       image.Point // size of the JPEG in pixels
}

// Wrap returns what goes before the bytes of a JPEG in sRGB, and what comes after so many of them.
func (p *Page) Wrap() (before []byte, after func(size int64) []byte) {
	var f file
	f.printf("%%PDF-1.6\n%%\xe2\xe3\xcf\xd3\n")
	f.object("<< /Type /Catalog /Pages 2 0 R >>")
	f.object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	f.object("<< /Type /Page /Parent 2 0 R /UserUnit %g /MediaBox [0 0 %.4f %.4f] /BleedBox %s /TrimBox %s\n"+
		"/Resources << /XObject << /Poster 7 0 R >> >> /Contents 4 0 R >>",
		p.Unit, p.Width, p.Height, p.Bleed, p.Trim)
	f.object("<< /Length %d >>\nstream\n%sendstream", len(p.Content), p.Content)
	f.object("<< /Producer (Smalti) >>")
	f.object("<< /N 3 /Alternate /DeviceRGB /Length %d >>\nstream\n%s\nendstream", len(colour.Profile), colour.Profile)
	f.begin()
	f.printf("<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace [/ICCBased 6 0 R] /BitsPerComponent 8\n"+
		"/Filter /DCTDecode /Length 8 0 R >>\nstream\n", p.Picture.X, p.Picture.Y)
	before = bytes.Clone(f.Bytes())
	return before, func(size int64) []byte {
		f := file{skipped: int64(len(before)) + size, offsets: f.offsets}
		f.printf("\nendstream\nendobj\n")
		f.object("%d", size)
		f.end()
		return f.Bytes()
	}
}

// file is a part of a PDF (7.5).
type file struct {
	bytes.Buffer
	skipped int64   // bytes of the file before this part
	offsets []int64 // where the objects 1, 2, ... begin
}

func (f *file) printf(format string, arguments ...any) { fmt.Fprintf(f, format, arguments...) }

func (f *file) begin() {
	f.offsets = append(f.offsets, f.skipped+int64(f.Len()))
	f.printf("%d 0 obj\n", len(f.offsets))
}

func (f *file) object(format string, arguments ...any) {
	f.begin()
	f.printf(format, arguments...)
	f.printf("\nendobj\n")
}

// end writes the cross-reference table (7.5.4) and the trailer (7.5.5).
func (f *file) end() {
	start := f.skipped + int64(f.Len())
	f.printf("xref\n0 %d\n0000000000 65535 f \n", len(f.offsets)+1)
	for _, offset := range f.offsets {
		f.printf("%010d 00000 n \n", offset)
	}
	f.printf("trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(f.offsets)+1, start)
}
