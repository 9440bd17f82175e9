package main

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/render"
	"smalti/pkg/store"
	"smalti/web/internal/client"
	"smalti/web/internal/files"
	"smalti/web/internal/problem"
	"smalti/web/internal/upkeep"
)

// getForm shows the start page. A link to it may fill in whose friends are wanted.
func (s *server) getForm(w http.ResponseWriter, r *http.Request) {
	v := askView{Key: client.NewKey(), Values: defaultValues()}
	q := r.URL.Query()
	if source := q.Get("source"); slices.Contains(v.Sources(), source) {
		v.Values.Source, v.Values.Handle = source, message.Clip(q.Get("handle"), maxField)
		if q.Get("direction") == string(friends.Followers) {
			v.Values.Direction = string(friends.Followers)
		}
	}
	s.pages.ask(w, r, http.StatusOK, v)
}

// postForm is for browsers without JavaScript: it ends on the mosaic's page, or on the form again
// with a message beside what was wrong.
func (s *server) postForm(w http.ResponseWriter, r *http.Request) {
	in := &intake{server: s}
	id, err := in.accept(w, r)
	if err == nil {
		http.Redirect(w, r, pagePath(id)+s.pages.voice(r).query, http.StatusSeeOther)
		return
	}
	bad, ok := errors.AsType[job.Invalid](err)
	status := http.StatusUnprocessableEntity
	var moved bool
	var others []string
	if p, isProblem := errors.AsType[*problem.Problem](err); isProblem && len(p.Errors) > 0 {
		bad, ok, status = p.Errors, true, p.Status
		moved, others = p.Code == string(friends.Moved), p.Suggestions
	}
	if !ok {
		s.refuse(w, r, err)
		return
	}
	v := askView{Key: client.NewKey(), Values: in.values(), Told: map[string]message.Told{}, Moved: moved}
	for _, handle := range others {
		q := url.Values{"source": {v.Values.Source}, "handle": {handle}, "direction": {v.Values.Direction}}
		v.Handles = append(v.Handles, otherHandle{handle, "/?" + q.Encode()})
	}
	if links := v.Values.Links; len(links) > maxLinksAgain || len(html.EscapeString(links)) > maxLinksAgain {
		v.Values.Links = ""
		bad.Add("links", message.New("field.links_again"))
	}
	for _, b := range bad {
		if b.Field == "key" { // which is none that a person chose
			b.Told = message.New("field.sent_before").Told()
		}
		if _, told := v.Told[b.Field]; !told {
			v.Told[b.Field] = b.Told
		}
	}
	s.pages.ask(w, r, status, v)
}

// maxLinksAgain keeps the form that is shown again below 64 KB, in bytes as they stand in the page.
const maxLinksAgain = 32 << 10

// getPage shows a mosaic in whatever state it is.
func (s *server) getPage(w http.ResponseWriter, r *http.Request) {
	status, err := s.mosaics.Status(r.Context(), mux.Vars(r)["id"])
	if err == nil && status.State == job.Done {
		err = s.whole(r.Context(), status.ID)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.firstViews.Note(status)
	v := mosaicView{Status: status, Mine: client.IsOwner(r, status.Owner), Base: s.base(r), Papers: files.Papers}
	if n, known := s.workers.Get(r.Context()); known {
		v.Workers = n
	} else {
		v.Workers = 1 // unknown is not none
	}
	if status.State.Final() {
		v.Expires = status.Expires
		v.Missing = s.missing(r.Context(), status)
	} else {
		v.Refresh = max(2, int(pollAfter(status).Seconds()))
	}
	s.pages.mosaic(w, r, v)
}

// whole looks whether there is anything to show of a mosaic that is done. A store that does not answer
// at once is not waited for.
func (s *server) whole(ctx context.Context, id string) error {
	asking, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := s.store.Manifest(asking, id); !errors.Is(err, store.ErrNotFound) {
		return nil
	}
	err := problem.OfLoss(s.losses.Recheck(ctx, id, store.Sizes))
	if _, told := errors.AsType[*problem.Problem](err); told {
		return err
	}
	return nil
}

// base begins an absolute link: what the operator says, or else the name that the browser used.
func (s *server) base(r *http.Request) string {
	switch {
	case s.publicURL != "":
		return s.publicURL
	case client.UsesTLS(r):
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *server) postDelete(w http.ResponseWriter, r *http.Request) {
	err := s.delete(r, mux.Vars(r)["id"])
	if err != nil && !errors.Is(err, upkeep.ErrNoted) {
		s.refuse(w, r, err)
		return
	}
	s.pages.deleted(w, r, err == nil)
}

// plansAtOnce bounds how many plans, of megabytes each, are in memory to be read here.
const plansAtOnce = 4

// maxShownMissing keeps the page readable; plan.json has all of them.
const maxShownMissing = 200

// missing lists whose photos could not be read, from the mosaic's plan. It is an extra: without it
// the page still says how many.
func (s *server) missing(ctx context.Context, status job.Status) (all []missingFriend) {
	if status.Result == nil || status.Result.Missing == 0 {
		return nil
	}
	select {
	case s.plans <- struct{}{}:
		defer func() { <-s.plans }()
	case <-ctx.Done():
		return nil
	}
	f, _, err := s.store.OpenFile(ctx, status.ID, render.PlanFile)
	if err != nil {
		return nil
	}
	defer f.Close()
	var plan struct {
		Missing []render.Missing `json:"missing"`
	}
	if err := json.NewDecoder(f).Decode(&plan); err != nil {
		s.log.Warn("reading a plan", "job", status.ID, "error", err)
		return nil
	}
	for _, m := range plan.Missing[:min(len(plan.Missing), maxShownMissing)] {
		all = append(all, missingFriend{m.Name, message.Told{Text: m.Reason, Says: m.Says}})
	}
	return all
}

// wantsPage tells a person's browser from a program.
func wantsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (s *server) pageOfProblem(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	if p.Retry != nil {
		w.Header().Set("Retry-After", "10")
	}
	s.pages.problem(w, r, p)
}
