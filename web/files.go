package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
)

// forFiles lets who has read a file keep it for ever, since a mosaic never changes. A cache that serves
// others asks every ten minutes whether it was deleted (s-maxage; RFC 9111, 5.2.2.10).
const forFiles = "public, max-age=31536000, immutable, s-maxage=600"

// getFile serves one file of a finished mosaic, with ranges.
func (s *server) getFile(w http.ResponseWriter, r *http.Request) {
	id, name := mux.Vars(r)["id"], mux.Vars(r)["name"]
	if !job.ValidID(id) {
		s.refuse(w, r, errNoSuchMosaic)
		return
	}
	// A mirror may still hold what was deleted on another server.
	if err := s.gone(r.Context(), id); err != nil {
		s.refuse(w, r, err)
		return
	}
	f, info, zipped, err := s.open(r, id, name)
	if errors.Is(err, store.ErrNotFound) {
		s.refuse(w, r, errNoSuchMosaic)
		return
	}
	if err != nil {
		s.log.Error("opening a finished file", "job", id, "file", name, "error", err)
		s.refuse(w, r, errStoreAway)
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

// gone is the problem of a mosaic that was deleted or has expired, nil of any other. This server's journal
// is asked, and then the queue, which knows of what other servers deleted; where that has forgotten a
// mosaic, or is away, its manifest says when it ends.
func (s *server) gone(ctx context.Context, id string) error {
	if s.journal.Buried(id) {
		return errDeleted
	}
	status, err := s.queue.Status(ctx, id)
	if errors.Is(err, queue.ErrDeleted) {
		return errDeleted
	}
	if err != nil {
		m, err := s.store.Manifest(ctx, id)
		if err != nil {
			return nil // whoever opens the file says why it cannot
		}
		status = finished(m)
	}
	_, err = s.unexpired(status, nil)
	return err
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
func (s *server) open(r *http.Request, id, name string) (f *os.File, info store.File, zipped bool, err error) {
	if name == render.PlanFile && takesGzip(r) && r.Header.Get("Range") == "" {
		f, info, err = s.store.OpenFile(r.Context(), id, render.PlanGzip)
		if !errors.Is(err, store.ErrNotFound) {
			return f, info, err == nil, err
		}
	}
	f, info, err = s.store.OpenFile(r.Context(), id, name)
	return f, info, name == render.PlanGzip, err
}
