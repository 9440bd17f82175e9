package intake

import (
	"net/http"

	"smalti/web/internal/answer"
	"smalti/web/internal/pages"
)

// Accepted is the body of a 202.
type Accepted struct {
	ID  string `json:"id"`
	URL string `json:"url"` // the page
}

// PostMosaic is for programs, and for the page's script.
func (s *Intake) PostMosaic(w http.ResponseWriter, r *http.Request) {
	id, err := (&submission{Intake: s}).accept(w, r)
	if err != nil {
		s.Pages.Refuse(w, r, err)
		return
	}
	w.Header().Set("Location", "/api/v1/mosaics/"+id)
	answer.JSON(w, http.StatusAccepted, Accepted{ID: id, URL: pages.Path(id)})
}

// PostForm is for browsers without JavaScript.
func (s *Intake) PostForm(w http.ResponseWriter, r *http.Request) {
	in := &submission{Intake: s}
	id, err := in.accept(w, r)
	if err != nil {
		s.Pages.RefuseForm(w, r, in.values(), err)
		return
	}
	http.Redirect(w, r, s.Pages.Link(r, pages.Path(id)), http.StatusSeeOther)
}
