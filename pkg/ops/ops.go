// Package ops is the operations page: the queue, the workers, failures, and what an operator can do about
// them. It belongs on the admin listener.
package ops

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"smalti/pkg/fleet"
	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// Queue is the part of the queue that the page shows and changes.
type Queue interface {
	DeadList(ctx context.Context, limit int) ([]queue.Dead, error)
	Failures(ctx context.Context) ([]job.Status, error)
	RetryDead(ctx context.Context, id string) error
	DropDead(ctx context.Context, field string) error
	Pause(ctx context.Context) error
	Resume(ctx context.Context) error
}

// Mux takes handlers by the patterns of http.ServeMux.
type Mux interface {
	Handle(pattern string, h http.Handler)
}

//go:embed page.html page.css page.js
var files embed.FS

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"ago": ago, "seconds": seconds, "job": func(s string) string { return s[:min(8, len(s))] },
}).ParseFS(files, "page.html"))

type handler struct {
	queue Queue
	view  func() fleet.View
	own   func() []string
	log   *slog.Logger
}

const (
	maxDead = 50
	timeout = 3 * time.Second
)

// Add serves the page at /ops, and its files and actions below. own returns sentences about problems of this
// process; it may be nil.
func Add(m Mux, q Queue, view func() fleet.View, own func() []string, log *slog.Logger) {
	if own == nil {
		own = func() []string { return nil }
	}
	h := &handler{q, view, own, log}
	m.Handle("GET /ops", http.HandlerFunc(h.get))
	for _, name := range []string{"page.css", "page.js"} {
		m.Handle("GET /ops/"+name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, fs.FS(files), name)
		}))
	}
	m.Handle("POST /ops/pause", h.act(func(ctx context.Context, _ string) error { return q.Pause(ctx) }))
	m.Handle("POST /ops/resume", h.act(func(ctx context.Context, _ string) error { return q.Resume(ctx) }))
	m.Handle("POST /ops/dead/{entry}/retry", h.act(q.RetryDead))
	m.Handle("POST /ops/dead/{entry}/drop", h.act(q.DropDead))
}

// content is the data of the template.
type content struct {
	View     fleet.View
	Own      []string
	Now      time.Time
	Dead     []queue.Dead
	Failures []job.Status
	Err      error
}

func (h *handler) get(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	c := content{View: h.view(), Own: h.own(), Now: time.Now()}
	if c.Dead, c.Err = h.queue.DeadList(ctx, maxDead); c.Err == nil {
		c.Failures, c.Err = h.queue.Failures(ctx)
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "page.html", c); err != nil {
		h.log.Error("rendering the operations page", "error", err)
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	header.Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes())
}

// act runs an action and redirects to the page.
func (h *handler) act(do func(ctx context.Context, entry string) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		if err := do(ctx, r.PathValue("entry")); err != nil {
			h.log.Warn("ops", "action", r.URL.Path, "error", err)
			http.Error(w, "Failed: "+err.Error(), http.StatusConflict)
			return
		}
		h.log.Info("ops", "action", r.URL.Path)
		http.Redirect(w, r, "/ops", http.StatusSeeOther)
	})
}

func ago(now, then time.Time) string {
	if then.IsZero() {
		return "–"
	}
	return seconds(now.Sub(then))
}

func seconds(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}
