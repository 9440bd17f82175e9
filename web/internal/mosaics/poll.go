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

		// Gone is the error that Status has about a mosaic that this server knows to be gone, without asking
		// anybody.
		Gone(id string) error
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

	recent recent
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
	a, known := h.recent.get(id)
	err := h.Mosaics.Gone(id)
	if err == nil && !known {
		a, err = h.find(r, id)
	}
	if err != nil {
		h.Finals.Forget(id)
		h.recent.forget(id)
		h.Pages.Refuse(w, r, err)
		return
	}
	if a.hint > 0 {
		h.Connections.Spare(w, a.hint)
		w.Header()["Retry-After"] = []string{strconv.Itoa(int((a.hint + time.Second - 1) / time.Second))}
	}
	a.Write(w, r)
}

// find finds out how far the mosaic is.
func (h *Handler) find(r *http.Request, id string) (a recentAnswer, err error) {
	a.asked = time.Now()
	found, err := h.Mosaics.Status(r.Context(), id)
	if err != nil {
		return a, err
	}
	h.FirstViews.Note(found)
	if found.State.Final() {
		a.Tagged = h.final(r, found)
	} else {
		a.hint = status.PollAfter(found)
		s := Status{Status: found, PollAfter: int(a.hint.Milliseconds())}
		if n, known := h.Workers.Get(r.Context()); known {
			s.Workers = &n
		}
		if found.FirstLook != nil {
			s.Links = links(found.ID, pages.LookFolder(found), found.FirstLook.Files)
		}
		a.Tagged = answer.Tag(s)
	}
	if found.Failure == nil { // which is told in the client's language
		h.recent.put(id, a)
	}
	return a, nil
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
		a.Links = links(found.ID, pages.Folder(found.ID), found.Result.Files)
	}
	tagged := answer.Tag(a)
	h.Finals.Put(found, lang, tagged, tagged.Len())
	return tagged
}

// links are the addresses of a mosaic's page and of files in a folder.
func links(id, folder string, names []string) map[string]string {
	all := map[string]string{"page": pages.Path(id)}
	for _, name := range names {
		all[name] = folder + name
	}
	return all
}
