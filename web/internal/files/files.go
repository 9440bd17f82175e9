// Package files serves the files of finished mosaics and first looks, and printable pages.
package files

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/render"
	"smalti/pkg/store"
	"smalti/web/internal/answer"
	"smalti/web/internal/problem"
)

// Handler serves files. It is safe for concurrent use.
type Handler struct {
	Status interface {
		Status(ctx context.Context, id string) (job.Status, error)
		Readable(ctx context.Context, id string) (job.Status, error)
	}
	Store interface {
		Manifest(ctx context.Context, id string) (*store.Manifest, error)
		OpenFile(ctx context.Context, id, name string) (*os.File, store.File, error)
		OpenLookFile(ctx context.Context, id, token, name string) (*os.File, store.File, error)
	}
	Losses interface {
		Recheck(ctx context.Context, id string, depth store.Depth) error
	}
	Log    *slog.Logger
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
}

// cacheControl lets browsers keep a file for ever, since a mosaic never changes. Shared caches ask every ten
// minutes whether it was deleted (s-maxage; RFC 9111, 5.2.2.10).
const cacheControl = "public, max-age=31536000, immutable, s-maxage=600"

// File serves one file of a finished mosaic, with ranges.
func (s *Handler) File(w http.ResponseWriter, r *http.Request) {
	id, name := mux.Vars(r)["id"], mux.Vars(r)["name"]
	if !job.ValidID(id) {
		s.Refuse(w, r, problem.ErrNoSuchMosaic)
		return
	}
	// A mirror may still have what was deleted on another server.
	status, err := s.Status.Readable(r.Context(), id)
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	s.finished(w, r, status, name)
}

// finished serves one file of a finished mosaic.
func (s *Handler) finished(w http.ResponseWriter, r *http.Request, status job.Status, name string) {
	id := mux.Vars(r)["id"]
	read := func(name string) (*os.File, store.File, error) { return s.Store.OpenFile(r.Context(), id, name) }
	var f stored
	err := s.opened(r.Context(), status, id, name, func() (err error) { f, err = open(r, name, read); return err })
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	f.send(w, r, cacheControl)
}

// opened opens a file of a finished mosaic. Where a file is damaged, or missing although the mosaic has it,
// the mosaic is mended if possible, and open called once more. The error is a problem.
func (s *Handler) opened(ctx context.Context, status job.Status, id, name string, open func() error) error {
	err := open()
	damaged, absent := errors.Is(err, store.ErrDamaged), errors.Is(err, store.ErrNotFound)
	// Requests for files that no mosaic has must not cost the store anything.
	if damaged || absent && status.Result != nil && slices.Contains(status.Result.Files, name) {
		depth := store.Hashes
		if absent {
			depth = store.Sizes
		}
		if err = problem.OfLoss(s.Losses.Recheck(ctx, id, depth)); err == nil {
			err = open()
		}
	}
	if _, told := errors.AsType[*problem.Problem](err); err == nil || told {
		return err
	}
	if errors.Is(err, store.ErrNotFound) {
		return problem.ErrNoSuchMosaic
	}
	s.Log.Error("opening a finished file", "job", id, "file", name, "error", err)
	return problem.ErrStoreAway
}

// contentTypes are not guessed: sniffing looks at bytes that strangers chose.
var contentTypes = map[string]string{
	".jpg":  "image/jpeg",
	".json": "application/json",
	".pdf":  "application/pdf",
	".szi":  "application/zip",
}

// stored is an open file of a mosaic.
type stored struct {
	*os.File
	name   string // that was asked for
	info   store.File
	zipped bool
}

// open opens a file, or what the worker compressed it to for clients that take that. A part of a file is always one
// of the file as it is.
func open(r *http.Request, name string, read func(name string) (*os.File, store.File, error)) (stored, error) {
	if gzip := zippedAs[name]; gzip != "" && answer.AcceptsGzip(r) && r.Header.Get("Range") == "" {
		f, info, err := read(gzip)
		if !errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDamaged) {
			return stored{f, name, info, true}, err
		}
	}
	f, info, err := read(name)
	return stored{f, name, info, name == render.PlanGzip}, err
}

// send answers with the file, and closes it.
func (f stored) send(w http.ResponseWriter, r *http.Request, cacheControl string) {
	defer func() { _ = f.Close() }()
	h := w.Header()
	if t := contentTypes[path.Ext(f.name)]; t != "" {
		h.Set("Content-Type", t)
	}
	h.Set("ETag", `"`+f.info.SHA256+`"`)
	h.Set("Cache-Control", cacheControl)
	if zippedAs[f.name] != "" {
		h.Set("Vary", "Accept-Encoding")
	}
	if f.zipped {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.FormatInt(f.info.Bytes, 10))
	}
	http.ServeContent(w, r, f.name, time.Time{}, f.File)
}

// zippedAs names the files that are delivered with gzip as well. Plans compress to two fifths; zstd and Brotli at
// their best would save another 6 and 10 percent of that. Pictures do not compress, and plans of older workers
// exist only as they are.
var zippedAs = map[string]string{render.PlanFile: render.PlanGzip}
