package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
	"smalti/web/internal/problem"
	"smalti/web/internal/upkeep"
)

// forFiles lets who has read a file keep it for ever, since a mosaic never changes. A cache that serves
// others asks every ten minutes whether it was deleted (s-maxage; RFC 9111, 5.2.2.10).
const forFiles = "public, max-age=31536000, immutable, s-maxage=600"

// getFile serves one file of a finished mosaic, with ranges.
func (s *server) getFile(w http.ResponseWriter, r *http.Request) {
	id, name := mux.Vars(r)["id"], mux.Vars(r)["name"]
	if !job.ValidID(id) {
		s.refuse(w, r, problem.NoSuchMosaic)
		return
	}
	// A mirror may still hold what was deleted on another server.
	status, err := s.standing(r.Context(), id)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	f, info, zipped, err := s.open(r, status, id, name)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer f.Close()
	h := w.Header()
	if t := contentTypes[path.Ext(name)]; t != "" {
		h.Set("Content-Type", t)
	}
	h.Set("ETag", `"`+info.SHA256+`"`)
	h.Set("Cache-Control", forFiles)
	if name == render.PlanFile {
		h.Set("Vary", "Accept-Encoding")
	}
	if zipped {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.FormatInt(info.Bytes, 10))
	}
	http.ServeContent(w, r, name, time.Time{}, f)
}

// standing is what is known of a mosaic, empty where nothing is. The error is a problem: that it was
// deleted, is lost, or has expired. This server's journal is asked, and then the queue, which knows of what
// other servers found or deleted; where that has forgotten a mosaic, or is away, its manifest says when it
// ends.
func (s *server) standing(ctx context.Context, id string) (job.Status, error) {
	switch {
	case s.journal.IsDeleted(id):
		return job.Status{}, problem.Deleted
	case s.journal.IsLost(id):
		return job.Status{}, problem.Lost
	}
	status, err := s.queue.Status(ctx, id)
	switch {
	case errors.Is(err, queue.ErrDeleted):
		return job.Status{}, problem.Deleted
	case err == nil && upkeep.IsLost(status):
		return job.Status{}, problem.Lost
	case err != nil:
		m, err := s.store.Manifest(ctx, id)
		if err != nil {
			return job.Status{}, nil // whoever opens the file says why it cannot
		}
		status = upkeep.Finished(m)
	}
	return s.unexpired(status, nil)
}

// opened opens a file of a finished mosaic. Where it should be there, and is not or is damaged, the mosaic
// is mended if possible, and open called once more. The error is a problem.
func (s *server) opened(ctx context.Context, status job.Status, id, name string, open func() error) error {
	err := open()
	damaged, absent := errors.Is(err, store.ErrDamaged), errors.Is(err, store.ErrNotFound)
	// The list of files comes first: asking for others must not cost the store anything.
	if damaged || absent && status.Result != nil && slices.Contains(status.Result.Files, name) {
		depth := store.Hashes
		if absent {
			depth = store.Sizes
		}
		if err = problem.OfLoss(s.losses.Recheck(ctx, id, depth)); err == nil {
			err = open()
		}
	}
	if _, told := errors.AsType[*problem.Problem](err); err == nil || told {
		return err
	}
	if errors.Is(err, store.ErrNotFound) {
		return problem.NoSuchMosaic
	}
	s.log.Error("opening a finished file", "job", id, "file", name, "error", err)
	return problem.StoreAway
}

// contentTypes are set here and not guessed: sniffing looks at bytes that strangers chose.
var contentTypes = map[string]string{
	".jpg":  "image/jpeg",
	".json": "application/json",
	".pdf":  "application/pdf",
	".szi":  "application/zip",
}

// open opens a file. A plan, which is nothing but numbers and names, is sent in a quarter of its bytes to
// those who take gzip: the worker compressed it, so that a reader costs no more than the bytes. Plans of
// older workers are there only as they are.
func (s *server) open(r *http.Request, status job.Status, id, name string) (f *os.File, info store.File, zipped bool, err error) {
	err = s.opened(r.Context(), status, id, name, func() (err error) {
		if name == render.PlanFile && takesGzip(r) && r.Header.Get("Range") == "" {
			f, info, err = s.store.OpenFile(r.Context(), id, render.PlanGzip)
			if !errors.Is(err, store.ErrNotFound) {
				zipped = err == nil
				return err
			}
		}
		f, info, err = s.store.OpenFile(r.Context(), id, name)
		zipped = name == render.PlanGzip
		return err
	})
	return f, info, zipped, err
}
