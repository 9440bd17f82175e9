// Package mosaics is the part of the API about one mosaic: how far it is, and its deletion.
package mosaics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"smalti/pkg/job"
	"smalti/web/internal/answer"
	"smalti/web/internal/connections"
	"smalti/web/internal/pages"
	"smalti/web/internal/problem"
	"smalti/web/internal/status"
)

// Handler answers requests about one mosaic. It is safe for concurrent use.
type Handler struct {
	Mosaics interface {
		Status(ctx context.Context, id string) (job.Status, error)
	}
	Deletions interface {
		// Begin deletes a mosaic. The error may be [upkeep.ErrNoted].
		Begin(ctx context.Context, id string) error
	}
	FirstViews  *status.FirstViews
	Workers     *status.Workers
	Connections *connections.Counter
	Pages       *pages.Pages
}

// Status is the poll's body: the status, and when to ask again.
type Status struct {
	job.Status
	Owner     string            `json:"maker,omitempty"` // hides the status's own: it is nobody's business
	Workers   *int              `json:"workers,omitempty"`
	PollAfter int               `json:"poll_after_ms,omitempty"` // absent when the state is final
	Expires   time.Time         `json:"expires,omitzero"`        // goes before the status's own
	Links     map[string]string `json:"links,omitempty"`
}

// Poll says how far the mosaic is.
func (h *Handler) Poll(w http.ResponseWriter, r *http.Request, id string) {
	found, err := h.Mosaics.Status(r.Context(), id)
	if err != nil {
		h.Pages.Refuse(w, r, err)
		return
	}
	h.FirstViews.Note(found)
	a := Status{Status: found}
	if found.Failure != nil {
		a.Failure = problem.Failure(h.Pages.Text(r), found.Failure)
	}
	if found.State.Final() {
		a.Expires = found.Expires
	} else {
		hint := status.PollAfter(found)
		a.PollAfter = int(hint.Milliseconds())
		h.Connections.Spare(w, hint)
		w.Header().Set("Retry-After", strconv.Itoa(int((hint+time.Second-1)/time.Second)))
		if n, known := h.Workers.Get(r.Context()); known {
			a.Workers = &n
		}
	}
	if found.Result != nil {
		result := *found.Result
		result.Owner, result.Keep = "", 0
		a.Result = &result
		a.Links = map[string]string{"page": pages.Path(found.ID)}
		for _, name := range found.Result.Files {
			a.Links[name] = "/files/" + found.ID + "/" + name
		}
	}
	answer.TaggedJSON(w, r, a)
}
