package pages

import (
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/gorilla/mux"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/mosaic"
	"smalti/pkg/render"
	"smalti/pkg/store"
	"smalti/web/internal/answer"
	"smalti/web/internal/client"
	"smalti/web/internal/files"
	"smalti/web/internal/problem"
	"smalti/web/internal/status"
)

// MosaicPage serves the pages of mosaics, at /m/{id}. It is safe for concurrent use.
type MosaicPage struct {
	Pages   *Pages
	Mosaics interface {
		Status(ctx context.Context, id string) (job.Status, error)
	}
	Store interface {
		Manifest(ctx context.Context, id string) (*store.Manifest, error)
		OpenFile(ctx context.Context, id, name string) (*os.File, store.File, error)
	}
	Losses interface {
		Recheck(ctx context.Context, id string, depth store.Depth) error
	}
	Workers    *status.Workers
	FirstViews *status.FirstViews
	PublicURL  string // scheme and host of absolute links; empty: those of each request
}

// Path is the path of a mosaic's page.
func Path(id string) string { return "/m/" + id }

// Folder is where the files of a finished mosaic are.
func Folder(id string) string { return "/files/" + id + "/" }

// LookFolder is where the files of a first look are; empty without one.
func LookFolder(s job.Status) string {
	if s.FirstLook == nil {
		return ""
	}
	return Folder(s.ID) + s.FirstLook.Look + "/"
}

// ServeHTTP shows a mosaic in whatever state it is.
func (s *MosaicPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	found, err := s.Mosaics.Status(r.Context(), id)
	if err == nil && found.State == job.Done {
		err = s.whole(r.Context(), found.ID)
	}
	if err != nil {
		s.Pages.finished.Forget(id)
		s.Pages.Refuse(w, r, err)
		return
	}
	s.FirstViews.Note(found)
	if found.State.Final() {
		s.final(w, r, found)
		return
	}
	v := s.view(r, found)
	if n, known := s.Workers.Get(r.Context()); known {
		v.Workers = n
	} else {
		v.Workers = 1 // unknown is not none
	}
	v.Refresh = max(2, int(status.PollAfter(found).Seconds()))
	s.Pages.mosaic(w, r, v)
}

// view has what the page of a mosaic says in any state.
func (s *MosaicPage) view(r *http.Request, found job.Status) mosaicView {
	return mosaicView{Status: found, Mine: client.IsOwner(r, found.Owner), Base: s.base(r), Papers: files.Papers}
}

// pageKind is what the pages of a mosaic in one state differ in.
type pageKind struct {
	voice *voice
	base  string // of absolute links
	mine  bool
}

// finishedPage is a page of a mosaic that is done or has failed, and the same with gzip.
type finishedPage struct{ plain, zipped []byte }

const maxFinished = 8 << 20 // bytes of them that are kept

// final shows a mosaic that is done or has failed. Its page says the same until the status changes, so it is
// kept, but not where the plan could not be asked who is not in it.
func (s *MosaicPage) final(w http.ResponseWriter, r *http.Request, found job.Status) {
	v, voice := s.view(r, found), s.Pages.voice(r)
	kind := pageKind{voice, v.Base, v.Mine}
	page, known := s.Pages.finished.Get(found, kind)
	if !known {
		v.Expires = found.Expires
		var complete bool
		v.absent, complete = s.absent(r.Context(), v)
		plain, err := voice.render("mosaic", v.in(voice))
		if err != nil {
			unrendered(w, "mosaic", err)
			return
		}
		zipped := answer.Gzip(plain, gzip.DefaultCompression)
		page = &finishedPage{plain, zipped.Bytes()}
		if complete {
			s.Pages.finished.Put(found, kind, page, len(kind.base)+len(plain)+len(page.zipped))
		}
	}
	voice.send(w, r, http.StatusOK, page.plain, func() []byte { return page.zipped })
}

// whole looks whether there is anything to show of a mosaic that is done. A store that does not answer
// at once is not waited for.
func (s *MosaicPage) whole(ctx context.Context, id string) error {
	asking, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := s.Store.Manifest(asking, id); !errors.Is(err, store.ErrNotFound) {
		return nil
	}
	err := problem.OfLoss(s.Losses.Recheck(ctx, id, store.Sizes))
	if _, told := errors.AsType[*problem.Problem](err); told {
		return err
	}
	return nil
}

// base begins an absolute link: what the operator says, or else the name that the browser used.
func (s *MosaicPage) base(r *http.Request) string {
	switch {
	case s.PublicURL != "":
		return s.PublicURL
	case client.UsesTLS(r):
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// maxShownAbsent keeps the page readable; plan.json has all of them.
const maxShownAbsent = 200

// absent lists who is not in a mosaic, from its plan, and reports whether it could. It is an extra: without it
// the page still says how many.
func (s *MosaicPage) absent(ctx context.Context, v mosaicView) (out absent, complete bool) {
	if v.Status.Result == nil || v.Status.Result.Missing == 0 && v.Unplaced() == 0 {
		return out, true
	}
	select {
	case s.Pages.plans <- struct{}{}:
		defer func() { <-s.Pages.plans }()
	case <-ctx.Done():
		return out, false
	}
	f, _, err := s.Store.OpenFile(ctx, v.Status.ID, render.PlanFile)
	if err != nil {
		return out, false
	}
	defer f.Close()
	var plan struct {
		Missing []render.Missing `json:"missing"`
		Relaxed []render.Relaxed `json:"relaxed"`
		Friends []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
			Uses int    `json:"uses"`
		} `json:"friends"`
	}
	if err := json.NewDecoder(f).Decode(&plan); err != nil {
		s.Pages.log.Warn("reading a plan", "job", v.Status.ID, "error", err)
		return out, false
	}
	for _, m := range plan.Missing[:min(len(plan.Missing), maxShownAbsent)] {
		out.Missing = append(out.Missing, missingFriend{m.Name, message.Told{Text: m.Reason, Says: m.Says}})
	}
	for _, f := range plan.Friends {
		if f.Uses == 0 && len(out.Without) < maxShownAbsent {
			out.Without = append(out.Without, cmp.Or(f.Name, f.ID))
		}
	}
	out.Crowded = slices.ContainsFunc(plan.Relaxed, func(r render.Relaxed) bool { return r.Rule == mosaic.RuleEveryone })
	return out, true
}

// plansAtOnce bounds how many plans, of megabytes each, are in memory to be read here.
const plansAtOnce = 4
