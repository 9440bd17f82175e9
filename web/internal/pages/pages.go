// Package pages writes the HTML pages and serves the static files that they need.
package pages

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"smalti/pkg/message"
	"smalti/web/internal/answer"
	"smalti/web/internal/kept"
)

// Pages writes the HTML pages and serves what they are made of. It is safe for concurrent use.
type Pages struct {
	log    *slog.Logger
	voices map[string]*voice // by language, and by language with "!" where it was asked for
	files  map[string]*staticFile
	// version changes when any of the files does.
	version  string
	plans    chan struct{} // a seat for each plan that is being read; see plansAtOnce
	starts   sync.Map      // *spliced by startKey: start pages that nobody has filled in
	finished *kept.Answers[pageKind, *finishedPage]
}

// voice is the pages in one language.
type voice struct {
	text      *message.Catalogue
	query     string // what keeps a chosen language in a link; empty where the browser chose
	templates map[string]*template.Template
}

// New reads templates/*.html and static/ from files.
func New(files fs.FS, log *slog.Logger) (*Pages, error) {
	return newPages(files, log, message.Catalogues...)
}

func newPages(files fs.FS, log *slog.Logger, languages ...*message.Catalogue) (*Pages, error) {
	p := &Pages{log: log, voices: make(map[string]*voice), files: make(map[string]*staticFile), plans: make(chan struct{}, plansAtOnce)}
	p.finished = kept.New[pageKind, *finishedPage](maxFinished)
	if err := p.readStatic(files); err != nil {
		return nil, fmt.Errorf("reading the static files: %w", err)
	}
	for _, text := range languages {
		for key, query := range map[string]string{text.Lang: "", text.Lang + "!": "?lang=" + text.Lang} {
			v := &voice{text: text, query: query, templates: make(map[string]*template.Template)}
			if err := p.readTemplates(files, v); err != nil {
				return nil, err
			}
			p.voices[key] = v
		}
	}
	return p, nil
}

func (p *Pages) readTemplates(files fs.FS, v *voice) error {
	frame, err := template.New("").Funcs(p.functions(v)).ParseFS(files, "templates/frame.html")
	if err != nil {
		return fmt.Errorf("reading the pages' frame: %w", err)
	}
	for _, name := range []string{"start", "mosaic", "problem", "problems"} {
		t, err := frame.Clone()
		if err == nil {
			t, err = t.ParseFS(files, "templates/"+name+".html")
		}
		if err != nil {
			return fmt.Errorf("reading the page %s: %w", name, err)
		}
		v.templates[name] = t
	}
	return nil
}

func (p *Pages) functions(v *voice) template.FuncMap {
	return template.FuncMap{
		"t":      v.text.Text,
		"texts":  v.text.Below,
		"lang":   func() string { return v.text.Lang },
		"date":   v.text.Date,
		"link":   v.link,
		"chosen": func() bool { return v.query != "" },
		"others": func() (all []struct{ Lang, Name string }) {
			for _, c := range message.Catalogues {
				if c.Lang != v.text.Lang {
					all = append(all, struct{ Lang, Name string }{c.Lang, c.Name()})
				}
			}
			return all
		},
		"asset": func(name string) (string, error) {
			if _, ok := p.files[name]; !ok {
				return "", fmt.Errorf("static/%s does not exist", name)
			}
			return p.assets() + name, nil
		},
		"assets":  p.assets,
		"modules": p.modules,
	}
}

// voice is in the language that a request asks for: by its link, else by the browser's wishes.
func (p *Pages) voice(r *http.Request) *voice {
	if r == nil {
		return p.voices[message.Catalogues[0].Lang]
	}
	if v, known := p.voices[r.URL.Query().Get("lang")+"!"]; known {
		return v
	}
	return p.voices[message.Preferred(r.Header.Get("Accept-Language")).Lang]
}

// Text is in the language that a request asks for.
func (p *Pages) Text(r *http.Request) *message.Catalogue { return p.voice(r).text }

// Link is a path that keeps the language that was chosen by the request's own.
func (p *Pages) Link(r *http.Request, path string) string { return p.voice(r).link(path) }

// link adds the chosen language to a path.
func (v *voice) link(path string) string {
	if strings.Contains(path, "?") {
		return path + strings.Replace(v.query, "?", "&", 1)
	}
	return path + v.query
}

// write answers with a page that is rendered for this request.
func (v *voice) write(w http.ResponseWriter, r *http.Request, status int, name string, view any) {
	page, err := v.render(name, view)
	if err != nil {
		unrendered(w, name, err)
		return
	}
	v.send(w, r, status, page, func() []byte {
		zipped := answer.Gzip(page, gzip.DefaultCompression)
		return zipped.Bytes()
	})
}

// render makes a page whole before a byte of it is sent, so that no half page carries a good status.
func (v *voice) render(name string, view any) ([]byte, error) {
	var page bytes.Buffer
	err := v.templates[name].ExecuteTemplate(&page, "frame", view)
	return page.Bytes(), err
}

func unrendered(w http.ResponseWriter, name string, err error) {
	slog.Error("a page could not be rendered", "page", name, "error", err)
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

// send answers with a page, or with the same in gzip, whichever the client takes.
func (v *voice) send(w http.ResponseWriter, r *http.Request, status int, page []byte, zipped func() []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.text.Lang)
	h.Set("Vary", "Accept-Language, Accept-Encoding")
	h.Set("Cache-Control", "no-store")
	if r != nil && answer.AcceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		page = zipped()
	}
	h.Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	_, _ = w.Write(page) // an error here is a browser that has gone
}
