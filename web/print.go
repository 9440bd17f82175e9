package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/render"
)

// paper is a size to print on, upright, in millimetres; 0 x 0 is the poster's own.
type paper struct {
	Name          string
	Width, Height float64
}

// papers are ISO 216's, and those of ANSI Y14.1 in inches.
var papers = []paper{
	{"a4", 210, 297}, {"a3", 297, 420}, {"a2", 420, 594}, {"a1", 594, 841},
	{"letter", 8.5 * 25.4, 11 * 25.4}, {"tabloid", 11 * 25.4, 17 * 25.4}, {"own", 0, 0},
}

const (
	printMargin    = 10.0 // millimetres: what office printers cannot reach is less
	pointsPerMM    = 72 / 25.4
	ownPixelPoints = 72.0 / 300 // a pixel of the poster in its own size
	maxPagePoints  = 14_400     // a page's side (PDF 32000-1:2008, C.2)
)

// getPrint wraps a mosaic's poster into a PDF of one page, as large as the paper allows. The poster's
// bytes are passed on as they are, so that a wall costs no more than its download.
func (s *server) getPrint(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	name := strings.ToLower(r.URL.Query().Get("paper"))
	var on *paper
	for i := range papers {
		if papers[i].Name == name || name == "" && i == 0 {
			on = &papers[i]
		}
	}
	if on == nil {
		s.refuse(w, r, newProblem(http.StatusUnprocessableEntity, "There is no paper of that size here."))
		return
	}
	status, err := s.status(r.Context(), id)
	if err == nil && (status.State != job.Done || status.Result == nil || status.Result.Width <= 0 || status.Result.Height <= 0) {
		err = errNoSuchMosaic
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	var poster *os.File
	err = s.opened(r.Context(), status, id, render.PosterFile, func() (err error) {
		poster, _, err = s.store.OpenFile(r.Context(), id, render.PosterFile)
		return err
	})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer poster.Close()
	info, err := poster.Stat()
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	before, after := printPage(on, status.Result.Width, status.Result.Height, info.Size())
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="smalti-%s-%s.pdf"`, id, on.Name))
	h.Set("Content-Length", strconv.FormatInt(int64(len(before)+len(after))+info.Size(), 10))
	if r.Method == http.MethodHead {
		return
	}
	io.Copy(w, io.MultiReader(bytes.NewReader(before), poster, bytes.NewReader(after))) // an error is a browser that has gone
}

// printPage returns what stands before and after the JPEG in a PDF (PDF 32000-1:2008, 7.5) of one page
// with the picture in its middle, in the orientation that suits it.
func printPage(on *paper, width, height int, size int64) (before, after []byte) {
	w, h := float64(width), float64(height)
	pageW, pageH := on.Width*pointsPerMM, on.Height*pointsPerMM
	if (w > h) != (pageW > pageH) {
		pageW, pageH = pageH, pageW
	}
	scale := min((pageW-2*printMargin*pointsPerMM)/w, (pageH-2*printMargin*pointsPerMM)/h)
	if on.Width == 0 {
		scale = min(ownPixelPoints, maxPagePoints/max(w, h))
		pageW, pageH = w*scale, h*scale
	}
	w, h = w*scale, h*scale
	content := fmt.Sprintf("q %.3f 0 0 %.3f %.3f %.3f cm /P Do Q", w, h, (pageW-w)/2, (pageH-h)/2)

	var b bytes.Buffer
	var at []int64 // where objects 1, 2, … begin
	begin := func() { at = append(at, int64(b.Len())) }
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	begin()
	b.WriteString("1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n")
	begin()
	b.WriteString("2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n")
	begin()
	fmt.Fprintf(&b, "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.3f %.3f]/Resources<</XObject<</P 5 0 R>>>>/Contents 4 0 R>>\nendobj\n", pageW, pageH)
	begin()
	fmt.Fprintf(&b, "4 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n", len(content), content)
	begin()
	fmt.Fprintf(&b, "5 0 obj\n<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length %d>>\nstream\n",
		width, height, size)
	before = bytes.Clone(b.Bytes())

	b.Reset()
	offset := int64(len(before)) + size
	b.WriteString("\nendstream\nendobj\n")
	xref := offset + int64(b.Len())
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return before, b.Bytes()
}
