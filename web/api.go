package main

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/answer"
	"smalti/web/internal/client"
	"smalti/web/internal/pages"
	"smalti/web/internal/problem"
	"smalti/web/internal/status"
	"smalti/web/internal/upkeep"
)

func (s *server) getOpenAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(openAPI))
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
	found, err := s.mosaics.Status(r.Context(), id)
	if err != nil {
		s.pages.Refuse(w, r, err)
		return
	}
	s.firstViews.Note(found)
	a := mosaicStatus{Status: found}
	if found.Failure != nil {
		a.Failure = problem.Failure(s.pages.Text(r), found.Failure)
	}
	if found.State.Final() {
		a.Expires = found.Expires
	} else {
		hint := status.PollAfter(found)
		a.PollAfter = int(hint.Milliseconds())
		s.connections.Spare(w, hint)
		w.Header().Set("Retry-After", strconv.Itoa(int((hint+time.Second-1)/time.Second)))
		if n, known := s.workers.Get(r.Context()); known {
			a.Workers = &n
		}
	}
	if found.Result != nil {
		result := *found.Result
		result.Owner, result.Keep = "", 0
		a.Result = &result
		a.Links = map[string]string{"page": pages.Path(found.ID)}
		for _, name := range found.Result.Files {
			a.Links[name] = filePath(found.ID, name)
		}
	}
	answer.TaggedJSON(w, r, a)
}

func (s *server) deleteMosaic(w http.ResponseWriter, r *http.Request) {
	switch err := s.delete(r, mux.Vars(r)["id"]); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, upkeep.ErrNoted):
		w.WriteHeader(http.StatusAccepted)
	default:
		s.pages.Refuse(w, r, err)
	}
}

func (s *server) postDelete(w http.ResponseWriter, r *http.Request) {
	err := s.delete(r, mux.Vars(r)["id"])
	if err != nil && !errors.Is(err, upkeep.ErrNoted) {
		s.pages.Refuse(w, r, err)
		return
	}
	s.pages.Deleted(w, r, err == nil)
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

func filePath(id, name string) string { return "/files/" + id + "/" + name }
