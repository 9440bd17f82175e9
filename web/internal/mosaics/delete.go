package mosaics

import (
	"errors"
	"net/http"

	"github.com/gorilla/mux"

	"smalti/pkg/message"
	"smalti/web/internal/client"
	"smalti/web/internal/problem"
	"smalti/web/internal/upkeep"
)

// Delete deletes the mosaic for a program: 204 if it is gone, 202 if it will be.
func (h *Handler) Delete(w http.ResponseWriter, r *http.Request) {
	switch err := h.delete(r); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, upkeep.ErrNoted):
		w.WriteHeader(http.StatusAccepted)
	default:
		h.Pages.Refuse(w, r, err)
	}
}

// PostDelete deletes the mosaic for a person, and answers with a page.
func (h *Handler) PostDelete(w http.ResponseWriter, r *http.Request) {
	err := h.delete(r)
	if err != nil && !errors.Is(err, upkeep.ErrNoted) {
		h.Pages.Refuse(w, r, err)
		return
	}
	h.Pages.Deleted(w, r, err == nil)
}

// delete deletes a mosaic for its owner. The error may be [upkeep.ErrNoted].
func (h *Handler) delete(r *http.Request) error {
	ctx, id := r.Context(), mux.Vars(r)["id"]
	status, err := h.Mosaics.Status(ctx, id)
	if err != nil {
		return err
	}
	if !client.IsOwner(r, status.Owner) {
		return problem.New(http.StatusForbidden, message.New("problem.not_yours"))
	}
	err = h.Deletions.Begin(ctx, id)
	awaitForgotten(ctx)
	return err
}
