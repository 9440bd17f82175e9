package files

import (
	"errors"
	"net/http"
	"os"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/store"
	"smalti/web/internal/problem"
)

// lookCacheControl lets the browser of whoever waits keep a file of a first look while it is of use: its address names
// the attempt, so that it never holds anything else. Shared caches would keep it for nobody.
const lookCacheControl = "private, max-age=600, immutable"

var errNoLook = problem.New(http.StatusNotFound, message.New("problem.no_address"))

// Look serves one file of the first look at a mosaic that is still being made, while that attempt goes on. When it has
// ended well, the address leads to the same file of the finished mosaic, so that a page need not begin anew.
func (s *Handler) Look(w http.ResponseWriter, r *http.Request) {
	ctx, id, look, name := r.Context(), mux.Vars(r)["id"], mux.Vars(r)["look"], mux.Vars(r)["name"]
	status, err := s.Status.Status(ctx, id)
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	if status.State == job.Done && status.Result != nil && status.Result.Look == look {
		s.finished(w, r, status, name)
		return
	}
	if status.FirstLook == nil || status.FirstLook.Look != look {
		s.Refuse(w, r, errNoLook)
		return
	}
	f, err := open(r, name, func(name string) (*os.File, store.File, error) {
		f, info, err := s.Store.OpenLookFile(ctx, id, look, name)
		if errors.Is(err, store.ErrNotFound) {
			// It may have been finished this moment, which the queue does not know yet.
			if m, err := s.Store.Manifest(ctx, id); err == nil && m.Result.Look == look {
				return s.Store.OpenFile(ctx, id, name)
			}
		}
		return f, info, err
	})
	switch {
	case err == nil:
		f.send(w, r, lookCacheControl)
	case errors.Is(err, store.ErrNotFound):
		s.Refuse(w, r, errNoLook)
	default:
		s.Log.Error("opening a file of a first look", "job", id, "file", name, "error", err)
		s.Refuse(w, r, problem.ErrStoreAway)
	}
}
