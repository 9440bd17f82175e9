package pages

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/problem"
)

// Refuse answers with what went wrong: as a problem to programs, as a page to people. What is not
// a problem already is our fault, and its detail is for the log alone.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	wrong, ok := errors.AsType[*problem.Problem](err)
	if bad, isInvalid := errors.AsType[job.Invalid](err); !ok && isInvalid {
		wrong, ok = problem.Invalid(bad), true
	}
	if !ok {
		if r.Context().Err() != nil {
			return // nobody is listening any more
		}
		p.log.Error("answering", "method", r.Method, "path", r.URL.Path, "error", err)
		wrong = problem.New(http.StatusInternalServerError, message.New("problem.internal"))
	}
	if wantsPage(r) {
		if wrong.Retry != nil {
			w.Header().Set("Retry-After", "10")
		}
		p.problem(w, r, wrong)
		return
	}
	w.Header().Set("Vary", "Accept-Language")
	wrong.In(p.Text(r)).Write(w)
}

// wantsPage tells a person's browser from a program.
func wantsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// problemView says that something is not here or does not work.
type problemView struct{ Title, Sentence string }

// problem writes a page that says what is wrong, and the way on.
func (p *Pages) problem(w http.ResponseWriter, r *http.Request, wrong *problem.Problem) {
	v := p.voice(r)
	title, err := v.text.Text("title." + strconv.Itoa(wrong.Status))
	if err != nil {
		title = wrong.Title
	}
	v.write(w, r, wrong.Status, "problem", problemView{title, wrong.In(v.text).Detail})
}

// Deleted shows what a browser without scripts sees after it deleted a mosaic, everywhere or not yet.
func (p *Pages) Deleted(w http.ResponseWriter, r *http.Request, everywhere bool) {
	v, how, status := p.voice(r), "end.deleted", http.StatusOK
	if !everywhere {
		how, status = "end.noted", http.StatusAccepted
	}
	texts := v.text.Below(how)
	v.write(w, r, status, "problem", problemView{texts[how], texts[how+".text"]})
}

// ProblemTypes lists the types of problems, for authors of programs that use the API.
func (p *Pages) ProblemTypes(w http.ResponseWriter, r *http.Request) {
	v := p.voice(r)
	v.write(w, r, http.StatusOK, "problems", v.text)
}
