package main

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/answer"
	"smalti/web/internal/files"
	"smalti/web/internal/problem"
)

//go:embed templates/*.html
var templateFiles embed.FS

// printSize is a size of mosaic, as the form words it.
type printSize struct {
	Name    string // the value of the form's field
	Columns int    // cells from left to right
	Tile    int    // a cell's side in the poster, in pixels
}

// Pixels is the poster's width.
func (s printSize) Pixels() int { return s.Columns * s.Tile }

// Centimetres is the poster's width on paper, at 300 dots per inch.
func (s printSize) Centimetres() int { return int(math.Round(float64(s.Pixels()) / 300 * 2.54)) }

// formValues are the choices of the form.
type formValues struct {
	Source, Size, Shape string
	Tint                int
	Everyone            bool

	Handle, Direction string // of a network
	Links             string // of links
}

// defaultValues is the form as it first appears.
func defaultValues() formValues {
	return formValues{Source: "demo", Size: "poster", Shape: string(job.Square), Tint: 8, Everyone: true, Direction: "following"}
}

// askView is the start page.
type askView struct {
	Key      string // the idempotency key that this form will be sent with
	Values   formValues
	Told     map[string]message.Told // what was wrong, by field; "" is the form itself
	Problems map[string]string       // the same in the language of the page
	Handles  []otherHandle           // that may have been meant or, where Moved, where the person is now
	Moved    bool
}

// otherHandle is a handle, and the path of the start page with it filled in.
type otherHandle struct{ Name, Path string }

// Sizes are those on offer, smallest first.
func (askView) Sizes() []printSize {
	var all []printSize
	for _, s := range sizes {
		all = append(all, printSize{Name: s.name, Columns: s.columns, Tile: s.tile})
	}
	slices.SortFunc(all, func(a, b printSize) int { return a.Pixels() - b.Pixels() })
	return all
}

// Sources are those on offer; the programs' API has more.
func (askView) Sources() []string {
	return []string{"mastodon", "bluesky", "github", sourceUpload, "links", sourceDemo}
}

// Shapes are those on offer.
func (askView) Shapes() []job.Shape { return []job.Shape{job.Square, job.Brick, job.Detail} }

// formFields are those that have a place for a sentence beside them.
var formFields = []string{"source", "handle", "direction", "links", "photos", "target", "size", "shape", "tint", "everyone"}

// Others are the sentences that belong to no field of the form.
func (v askView) Others() []string {
	var all []string
	for _, field := range slices.Sorted(maps.Keys(v.Problems)) {
		if !slices.Contains(formFields, field) {
			all = append(all, v.Problems[field])
		}
	}
	return all
}

// Problem is the sentence beside a field, empty where nothing is wrong.
func (v askView) Problem(field string) (at struct{ Name, Sentence string }) {
	at.Name, at.Sentence = field, v.Problems[field]
	return at
}

// missingFriend is somebody whose photo could not be read.
type missingFriend struct {
	Name string // empty where the reason is about several people
	message.Told
}

// mosaicView is the page of one mosaic, in whatever state it is.
type mosaicView struct {
	Status  job.Status
	Workers int             // that are alive
	Missing []missingFriend // may be empty although Status.Result counts some
	Mine    bool            // whoever looks may delete it
	Expires time.Time       // zero: not said
	Refresh int             // seconds until a browser without scripts looks again
	Base    string          // of absolute links: scheme and host
	Papers  []files.Paper   // that it can be printed on
}

// phase is the share of the one bar that a phase of rendering fills, in thousandths.
type phase struct {
	Name     job.Phase
	From, To int
}

// Phases are in their order; the shares are about what each takes of a mosaic of photos from the
// internet.
func (mosaicView) Phases() []phase {
	return []phase{{job.Gathering, 0, 500}, {job.Matching, 500, 800}, {job.Composing, 800, 950}, {job.Delivering, 950, 1000}}
}

// Phase is the phase that is going on, nil where none is known.
func (v mosaicView) Phase() *phase {
	if v.Status.State != job.Rendering || v.Status.Progress == nil {
		return nil
	}
	for _, ph := range v.Phases() {
		if ph.Name == v.Status.Progress.Phase {
			return &ph
		}
	}
	return nil
}

// Past reports whether a phase lies behind.
func (v mosaicView) Past(ph phase) bool {
	now := v.Phase()
	return now != nil && ph.To <= now.From
}

// Bar is how far the mosaic is, in thousandths.
func (v mosaicView) Bar() int {
	ph := v.Phase()
	if ph == nil {
		return 0
	}
	n := v.Status.Progress
	return ph.From + (ph.To-ph.From)*min(max(n.Done, 0), n.Total)/max(n.Total, 1)
}

// Idle reports whether the mosaic waits although nobody is there to make it.
func (v mosaicView) Idle() bool { return v.Status.State == job.Queued && v.Workers == 0 }

// Asked is how many friends were asked for.
func (v mosaicView) Asked() int { return v.Status.Result.Friends + v.Status.Result.Missing }

// previewSide is the long side of preview.jpg, in pixels.
const previewSide = 1600

// Preview is the size at which the preview is laid out, so that nothing moves when it arrives.
func (v mosaicView) Preview() (size struct{ Width, Height int }) {
	r := v.Status.Result
	if r == nil || r.Width <= 0 || r.Height <= 0 {
		size.Width, size.Height = previewSide, previewSide
		return size
	}
	scale := float64(previewSide) / float64(max(r.Width, r.Height))
	size.Width = max(1, int(math.Round(float64(r.Width)*scale)))
	size.Height = max(1, int(math.Round(float64(r.Height)*scale)))
	return size
}

// problemView says that something is not here or does not work.
type problemView struct{ Title, Sentence string }

// pages renders the HTML pages and serves what they are made of. It is safe for concurrent use.
type pages struct {
	voices map[string]*voice // by language, and by language with "!" where it was asked for
	files  map[string]*staticFile
	// version changes when any of the files does.
	version string
}

// voice is the pages in one language.
type voice struct {
	text      *message.Catalogue
	query     string // what keeps a chosen language in a link; empty where the browser chose
	templates map[string]*template.Template
}

// newPages reads the templates and static files that are built into the program.
func newPages() (*pages, error) { return pagesIn(message.Catalogues...) }

func pagesIn(languages ...*message.Catalogue) (*pages, error) {
	p := &pages{voices: make(map[string]*voice), files: make(map[string]*staticFile)}
	if err := p.readStatic(); err != nil {
		return nil, fmt.Errorf("reading the static files: %w", err)
	}
	for _, text := range languages {
		for key, query := range map[string]string{text.Lang: "", text.Lang + "!": "?lang=" + text.Lang} {
			v := &voice{text: text, query: query, templates: make(map[string]*template.Template)}
			if err := p.readTemplates(v); err != nil {
				return nil, err
			}
			p.voices[key] = v
		}
	}
	return p, nil
}

func (p *pages) readTemplates(v *voice) error {
	frame, err := template.New("").Funcs(p.functions(v)).ParseFS(templateFiles, "templates/frame.html")
	if err != nil {
		return fmt.Errorf("reading the pages' frame: %w", err)
	}
	for _, name := range []string{"start", "mosaic", "problem", "problems"} {
		t, err := frame.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, "templates/"+name+".html")
		}
		if err != nil {
			return fmt.Errorf("reading the page %s: %w", name, err)
		}
		v.templates[name] = t
	}
	return nil
}

func (p *pages) functions(v *voice) template.FuncMap {
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
		"assets": p.assets,
	}
}

// voice is in the language that a request asks for: by its link, else by the browser's wishes.
func (p *pages) voice(r *http.Request) *voice {
	if r == nil {
		return p.voices[message.Catalogues[0].Lang]
	}
	if v, known := p.voices[r.URL.Query().Get("lang")+"!"]; known {
		return v
	}
	return p.voices[message.Preferred(r.Header.Get("Accept-Language")).Lang]
}

// link adds the chosen language to a path.
func (v *voice) link(path string) string {
	if strings.Contains(path, "?") {
		return path + strings.Replace(v.query, "?", "&", 1)
	}
	return path + v.query
}

// ask writes the start page.
func (p *pages) ask(w http.ResponseWriter, r *http.Request, status int, v askView) {
	voice := p.voice(r)
	v.Problems = make(map[string]string, len(v.Told))
	for field, told := range v.Told {
		v.Problems[field] = voice.text.Tell(told)
	}
	voice.write(w, r, status, "start", v)
}

// mosaic writes the page of one mosaic.
func (p *pages) mosaic(w http.ResponseWriter, r *http.Request, v mosaicView) {
	if v.Status.State == job.Done && v.Status.Result == nil {
		v.Status.Result = new(job.Result) // the picture can be shown even where its numbers are lost
	}
	voice := p.voice(r)
	v.Status.Failure = problem.Failure(voice.text, v.Status.Failure)
	v.Missing = slices.Clone(v.Missing)
	for i, m := range v.Missing {
		v.Missing[i].Text = voice.text.Tell(m.Told)
	}
	voice.write(w, r, http.StatusOK, "mosaic", v)
}

// problem writes a page that says what is wrong, and the way on.
func (p *pages) problem(w http.ResponseWriter, r *http.Request, wrong *problem.Problem) {
	v := p.voice(r)
	title, err := v.text.Text("title." + strconv.Itoa(wrong.Status))
	if err != nil {
		title = wrong.Title
	}
	v.write(w, r, wrong.Status, "problem", problemView{title, wrong.In(v.text).Detail})
}

// deleted is what a browser without scripts sees after it deleted a mosaic, everywhere or not yet.
func (p *pages) deleted(w http.ResponseWriter, r *http.Request, everywhere bool) {
	v, how, status := p.voice(r), "end.deleted", http.StatusOK
	if !everywhere {
		how, status = "end.noted", http.StatusAccepted
	}
	texts := v.text.Below(how)
	v.write(w, r, status, "problem", problemView{texts[how], texts[how+".text"]})
}

// problems lists the types of problems, for whoever writes a program for the API.
func (p *pages) problems(w http.ResponseWriter, r *http.Request) {
	v := p.voice(r)
	v.write(w, r, http.StatusOK, "problems", v.text)
}

// write renders a page whole before it sends a byte, so that no half page carries a good status.
func (v *voice) write(w http.ResponseWriter, r *http.Request, status int, name string, view any) {
	var page bytes.Buffer
	if err := v.templates[name].ExecuteTemplate(&page, "frame", view); err != nil {
		slog.Error("a page could not be rendered", "page", name, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.text.Lang)
	h.Set("Vary", "Accept-Language, Accept-Encoding")
	h.Set("Cache-Control", "no-store")
	if r != nil && answer.AcceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		page = answer.Gzip(page.Bytes(), gzip.DefaultCompression)
	}
	h.Set("Content-Length", strconv.Itoa(page.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // an error here is a browser that has gone
}
