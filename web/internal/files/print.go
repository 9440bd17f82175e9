package files

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/pdf"
	"smalti/pkg/render"
	"smalti/web/internal/problem"
)

// Paper is a size to print on, upright, in millimetres; 0 x 0 is the poster's own.
type Paper struct {
	Name          string
	Width, Height float64
}

// Papers are ISO 216's, and those of ANSI Y14.1 in inches.
var Papers = []Paper{
	{"a4", 210, 297}, {"a3", 297, 420}, {"a2", 420, 594}, {"a1", 594, 841},
	{"letter", 8.5 * 25.4, 11 * 25.4}, {"tabloid", 11 * 25.4, 17 * 25.4}, {"own", 0, 0},
}

const (
	printMargin    = 10.0 // millimetres: what office printers cannot reach is less
	pointsPerMM    = pdf.PointsPerInch / 25.4
	ownPixelPoints = pdf.PointsPerInch / 300.0 // a pixel of the poster in its own size
)

// Print wraps a mosaic's poster into a PDF of one page, as large as the paper allows. The poster's
// bytes are passed on as they are, so that a wall costs no more than its download.
func (s *Handler) Print(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	name := strings.ToLower(r.URL.Query().Get("paper"))
	var on *Paper
	for i := range Papers {
		if Papers[i].Name == name || name == "" && i == 0 {
			on = &Papers[i]
		}
	}
	if on == nil {
		s.Refuse(w, r, problem.New(http.StatusUnprocessableEntity, message.New("problem.no_paper")))
		return
	}
	status, err := s.Status.Status(r.Context(), id)
	if err == nil && (status.State != job.Done || status.Result == nil || status.Result.Width <= 0 || status.Result.Height <= 0) {
		err = problem.ErrNoSuchMosaic
	}
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	var poster *os.File
	err = s.opened(r.Context(), status, id, render.PosterFile, func() (err error) {
		poster, _, err = s.Store.OpenFile(r.Context(), id, render.PosterFile)
		return err
	})
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	defer func() { _ = poster.Close() }()
	info, err := poster.Stat()
	if err != nil {
		s.Refuse(w, r, err)
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
	_, _ = io.Copy(w, io.MultiReader(bytes.NewReader(before), poster, bytes.NewReader(after))) // an error is a browser that has gone
}

// printPage returns what goes before and after the JPEG in a PDF of one page with the picture in its
// middle, in the orientation that suits it.
func printPage(on *Paper, width, height int, size int64) (before, after []byte) {
	w, h := float64(width), float64(height)
	pageW, pageH := on.Width*pointsPerMM, on.Height*pointsPerMM
	if (w > h) != (pageW > pageH) {
		pageW, pageH = pageH, pageW
	}
	scale := min((pageW-2*printMargin*pointsPerMM)/w, (pageH-2*printMargin*pointsPerMM)/h)
	if on.Width == 0 {
		scale = min(ownPixelPoints, pdf.MaxSide/max(w, h))
		pageW, pageH = w*scale, h*scale
	}
	w, h = w*scale, h*scale
	whole := pdf.Box{0, 0, pageW, pageH}
	p := pdf.Page{
		Unit: 1, Width: pageW, Height: pageH, Bleed: whole, Trim: whole, Picture: image.Pt(width, height),
		Content: fmt.Sprintf("q %.3f 0 0 %.3f %.3f %.3f cm /Poster Do Q\n", w, h, (pageW-w)/2, (pageH-h)/2),
	}
	before, rest := p.Wrap()
	return before, rest(size)
}
