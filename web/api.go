package main

import (
	"bytes"
	_ "embed"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/answer"
	"smalti/web/internal/client"
	"smalti/web/internal/problem"
	"smalti/web/internal/upkeep"
)

//go:embed openapi.json
var openAPI []byte

func (s *server) getOpenAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(openAPI))
}

// accepted is the body of a 202.
type accepted struct {
	ID  string `json:"id"`
	URL string `json:"url"` // the page
}

func (s *server) postMosaic(w http.ResponseWriter, r *http.Request) {
	id, err := (&intake{server: s}).accept(w, r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Location", "/api/v1/mosaics/"+id)
	answer.JSON(w, http.StatusAccepted, accepted{ID: id, URL: pagePath(id)})
}

// mosaicStatus is the poll's body: the status, and when to ask again.
type mosaicStatus struct {
	job.Status
	Owner     string            `json:"maker,omitempty"` // hides the status's own: it is nobody's business
	Workers   *int              `json:"workers,omitempty"`
	PollAfter int               `json:"poll_after_ms,omitempty"` // absent when the state is final
	Expires   time.Time         `json:"expires,omitzero"`        // goes before the status's own
	Links     map[string]string `json:"links,omitempty"`
}

func (s *server) getMosaic(w http.ResponseWriter, r *http.Request) { s.poll(w, r, mux.Vars(r)["id"]) }

func (s *server) poll(w http.ResponseWriter, r *http.Request, id string) {
	status, err := s.mosaics.Status(r.Context(), id)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.firstViews.Note(status)
	a := mosaicStatus{Status: status}
	if status.Failure != nil {
		a.Failure = problem.Failure(s.pages.voice(r).text, status.Failure)
	}
	if status.State.Final() {
		a.Expires = status.Expires
	} else {
		hint := pollAfter(status)
		a.PollAfter = int(hint.Milliseconds())
		s.connections.Spare(w, hint)
		w.Header().Set("Retry-After", strconv.Itoa(int((hint+time.Second-1)/time.Second)))
		if n, known := s.workers.Get(r.Context()); known {
			a.Workers = &n
		}
	}
	if status.Result != nil {
		result := *status.Result
		result.Owner, result.Keep = "", 0
		a.Result = &result
		a.Links = map[string]string{"page": pagePath(status.ID)}
		for _, name := range status.Result.Files {
			a.Links[name] = filePath(status.ID, name)
		}
	}
	answer.TaggedJSON(w, r, a)
}

// pollAfter is when an answer can be different: soon for a job that is being rendered, later for
// one that has others before it.
func pollAfter(s job.Status) time.Duration {
	if s.State == job.Rendering || s.Position <= 1 {
		return 500 * time.Millisecond
	}
	return min(500*time.Millisecond+time.Duration(s.Position)*100*time.Millisecond, 5*time.Second)
}

func (s *server) deleteMosaic(w http.ResponseWriter, r *http.Request) {
	switch err := s.delete(r, mux.Vars(r)["id"]); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, upkeep.ErrNoted):
		w.WriteHeader(http.StatusAccepted)
	default:
		s.refuse(w, r, err)
	}
}

// delete deletes a mosaic for its owner. The error may be [upkeep.ErrNoted].
func (s *server) delete(r *http.Request, id string) error {
	ctx := r.Context()
	status, err := s.mosaics.Status(ctx, id)
	if err != nil {
		return err
	}
	if !client.IsOwner(r, status.Owner) {
		return problem.New(http.StatusForbidden, message.New("problem.not_yours"))
	}
	return s.deletions.Begin(ctx, id)
}

// refuse answers with what went wrong: as a problem to programs, as a page to people. What is not
// a problem already is our fault, and its detail is for the log alone.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p, ok := errors.AsType[*problem.Problem](err)
	if bad, isInvalid := errors.AsType[job.Invalid](err); !ok && isInvalid {
		p, ok = problem.Invalid(bad), true
	}
	if !ok {
		if r.Context().Err() != nil {
			return // nobody is listening any more
		}
		s.log.Error("answering", "method", r.Method, "path", r.URL.Path, "error", err)
		p = problem.New(http.StatusInternalServerError, message.New("problem.internal"))
	}
	if wantsPage(r) {
		s.pageOfProblem(w, r, p)
		return
	}
	w.Header().Set("Vary", "Accept-Language")
	p.In(s.pages.voice(r).text).Write(w)
}

func pagePath(id string) string       { return "/m/" + id }
func filePath(id, name string) string { return "/files/" + id + "/" + name }
