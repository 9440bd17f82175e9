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
	"smalti/web/internal/kept"
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
	Finals      *Finals
}

// Finals are answers about mosaics that are done or have failed, by language.
type Finals = kept.Answers[string, answer.Tagged]

const maxFinals = 4 << 20 // bytes of them that are kept

// NewFinals returns none yet.
func NewFinals() *Finals { return kept.New[string, answer.Tagged](maxFinals) }

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
		h.Finals.Forget(id)
		h.Pages.Refuse(w, r, err)
		return
	}
	h.FirstViews.Note(found)
	if found.State.Final() {
		h.final(r, found).Write(w, r)
		return
	}
	hint := status.PollAfter(found)
	a := Status{Status: found, PollAfter: int(hint.Milliseconds())}
	h.Connections.Spare(w, hint)
	w.Header()["Retry-After"] = []string{strconv.Itoa(int((hint + time.Second - 1) / time.Second))}
	if n, known := h.Workers.Get(r.Context()); known {
		a.Workers = &n
	}
	answer.TaggedJSON(w, r, a)
}

// final is the answer about a mosaic that is done or has failed. It is kept for as long as the status stays the
// same, in each language that tells of a failure.
func (h *Handler) final(r *http.Request, found job.Status) answer.Tagged {
	var lang string
	if found.Failure != nil {
		lang = h.Pages.Text(r).Lang
	}
	if known, ok := h.Finals.Get(found, lang); ok {
		return known
	}
	a := Status{Status: found, Expires: found.Expires}
	if found.Failure != nil {
		a.Failure = problem.Failure(h.Pages.Text(r), found.Failure)
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
	tagged := answer.Tag(a)
	h.Finals.Put(found, lang, tagged, tagged.Len())
	return tagged
}
