package pages

import (
	"compress/gzip"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/answer"
	"smalti/web/internal/choices"
	"smalti/web/internal/files"
	"smalti/web/internal/problem"
)

const hostile = `<img src=x onerror=alert(1)>"'</script><script>alert(2)</script>`

// builtIn are the templates and static files that the program has in itself.
var builtIn = os.DirFS("../..")

func mustPages(t *testing.T) *Pages {
	t.Helper()
	p, err := New(builtIn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func inLanguage(lang string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", lang)
	return r
}

// views are the pages in all their states, each as a response.
func views(t *testing.T) map[string]*httptest.ResponseRecorder { return viewsIn(t, "en") }

func viewsIn(t *testing.T, lang string) map[string]*httptest.ResponseRecorder {
	return viewsOf(mustPages(t), lang)
}

func viewsOf(p *Pages, lang string) map[string]*httptest.ResponseRecorder {
	all := make(map[string]*httptest.ResponseRecorder)
	ask := func(name string, status int, v startView) {
		all[name] = httptest.NewRecorder()
		p.start(all[name], inLanguage(lang), status, v)
	}
	mosaic := func(name string, v mosaicView) {
		v.Status.ID, v.Base, v.Papers = "AAAAAAAAAAAAAAAAAAAAAA", "https://smalti.example", files.Papers
		all[name] = httptest.NewRecorder()
		p.mosaic(all[name], inLanguage(lang), v)
	}
	ask("ask", 200, startView{Key: "k", Values: choices.Defaults()})
	ask("ask refused", 422, startView{Key: hostile, Values: choices.Values{Source: "upload", Size: "wall", Shape: "brick", Tint: 30}, Told: map[string][]message.Told{
		"": {{Text: hostile}}, "source": {{Text: "Bad source."}}, "shape": {{Text: "Bad shape."}}, "photos": {{Text: hostile}}, "target": {{Text: "Bad target."}},
		"size": {{Text: "Bad size."}}, "tint": {{Text: "Bad tint."}}, "fair": {{Text: "Bad."}}, "friends[3]": {{Text: "Elsewhere."}},
	}})
	mosaic("queued", mosaicView{Status: job.Status{State: job.Queued, Position: 1}, Workers: 1, Refresh: 3, Mine: true})
	mosaic("queued, unknown place", mosaicView{Status: job.Status{State: job.Queued}, Workers: 1})
	mosaic("idle", mosaicView{Status: job.Status{State: job.Queued, Position: 1200}, Refresh: 1})
	mosaic("taken", mosaicView{Status: job.Status{State: job.Rendering, Attempt: 1}, Refresh: 3})
	for _, ph := range []job.Phase{job.Gathering, job.Matching, job.Composing, job.Delivering, "polishing"} {
		mosaic("rendering "+string(ph), mosaicView{Status: job.Status{State: job.Rendering, Attempt: 2, Progress: &job.Progress{Phase: ph, Done: 1, Total: 2}}})
	}
	result := &job.Result{Columns: 100, Rows: 67, Width: 6400, Height: 4288, Friends: 1409, Missing: 3, Tint: &job.Tint{Limit: 9, Shading: 7}}
	mosaic("done", mosaicView{Status: job.Status{State: job.Done, Result: result}, Mine: true, Expires: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		absent: absent{Missing: []missingFriend{{hostile, message.Told{Text: hostile}}}, Without: []string{hostile}}})
	mosaic("done without a result", mosaicView{Status: job.Status{State: job.Done}})
	mosaic("failed", mosaicView{Status: job.Status{State: job.Failed, Failure: &job.Failure{Told: message.Told{Text: hostile}}}, Mine: true})
	mosaic("failed without a word", mosaicView{Status: job.Status{State: job.Failed}})
	all["problem"] = httptest.NewRecorder()
	p.problem(all["problem"], inLanguage(lang), problem.New(http.StatusServiceUnavailable, message.New("friends.unreachable", "host", hostile)))
	all["missing"] = httptest.NewRecorder()
	p.problem(all["missing"], inLanguage(lang), problem.New(http.StatusNotFound, message.New("problem.no_page")))
	all["deleted"], all["noted"], all["problems"] = httptest.NewRecorder(), httptest.NewRecorder(), httptest.NewRecorder()
	p.Deleted(all["deleted"], inLanguage(lang), true)
	p.Deleted(all["noted"], inLanguage(lang), false)
	p.ProblemTypes(all["problems"], inLanguage(lang))
	return all
}

type element struct {
	name   string
	attr   map[string]string
	text   string // its own, without its children's
	parent *element
}

func (e *element) within(name string) *element {
	for ; e != nil; e = e.parent {
		if e.name == name {
			return e
		}
	}
	return nil
}

// parse reads our own HTML, which is regular enough for the XML reader's lenient mode.
func parse(t *testing.T, page string) []*element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all []*element
	var open *element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("parsing: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = &element{name: token.Name.Local, attr: make(map[string]string), parent: open}
			for _, a := range token.Attr {
				open.attr[a.Name.Local] = a.Value
			}
			all = append(all, open)
		case xml.EndElement:
			open = open.parent
		case xml.CharData:
			if open != nil {
				open.text += string(token)
			}
		}
	}
}

func byID(all []*element, id string) *element {
	for _, e := range all {
		if e.attr["id"] == id {
			return e
		}
	}
	return nil
}

func TestEveryPageIsSound(t *testing.T) {
	p := mustPages(t)
	everywhere := views(t)
	for name, response := range viewsIn(t, "de") {
		everywhere["de "+name] = response
	}
	for name, response := range everywhere {
		t.Run(name, func(t *testing.T) {
			if got := response.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
			if got := response.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control %q", got)
			}
			all := parse(t, response.Body.String())
			if len(all) == 0 || all[0].name != "html" || all[0].attr["lang"] != response.Header().Get("Content-Language") {
				t.Fatal("the page does not begin with html in a language")
			}
			checkPolicy(t, all)
			checkAccess(t, all)
			for _, e := range all {
				for _, key := range []string{"src", "href"} {
					if link := e.attr[key]; strings.HasPrefix(link, staticPrefix) && p.files[strings.TrimPrefix(link, staticPrefix+p.version+"/")] == nil {
						t.Errorf("%s %s leads nowhere", key, link)
					}
				}
			}
		})
	}
}

// checkPolicy looks for what a Content-Security-Policy without unsafe-inline forbids.
func checkPolicy(t *testing.T, all []*element) {
	t.Helper()
	for _, e := range all {
		if e.name == "style" || (e.name == "script" && e.attr["src"] == "" && e.attr["type"] != "application/json") {
			t.Errorf("inline <%s>", e.name)
		}
		for key, value := range e.attr {
			if key == "style" || strings.HasPrefix(key, "on") || strings.HasPrefix(strings.ToLower(value), "javascript:") {
				t.Errorf("<%s %s=%q>", e.name, key, value)
			}
		}
		if src := e.attr["src"]; src != "" && !strings.HasPrefix(src, "/") {
			t.Errorf("<%s src=%q> is not ours", e.name, src)
		}
	}
}

// checkAccess looks for what a screen reader needs.
func checkAccess(t *testing.T, all []*element) {
	t.Helper()
	ids := make(map[string]bool)
	headings, title := 0, ""
	for _, e := range all {
		if id := e.attr["id"]; id != "" {
			if ids[id] {
				t.Errorf("the id %q stands twice", id)
			}
			ids[id] = true
		}
		switch e.name {
		case "title":
			title = e.text
		case "h1":
			if section := e.within("section"); section != nil && has(section, "hidden") {
				break
			}
			headings++
			if strings.TrimSpace(e.text) == "" {
				t.Error("an empty heading")
			}
		case "img":
			if !has(e, "alt") {
				t.Errorf("<img src=%q> has no alt", e.attr["src"])
			}
		}
	}
	if headings != 1 {
		t.Errorf("%d headings of the first order are shown, want 1", headings)
	}
	if !strings.HasSuffix(title, " · Smalti") || strings.HasPrefix(title, " ") {
		t.Errorf("title %q", title)
	}
	for _, e := range all {
		for _, key := range []string{"aria-describedby", "aria-labelledby", "for"} {
			for id := range strings.FieldsSeq(e.attr[key]) {
				if !ids[id] {
					t.Errorf("<%s %s> names %q, which is not there", e.name, key, id)
				}
			}
		}
		if e.name == "input" && e.attr["type"] != "hidden" && e.within("label") == nil &&
			!slices.ContainsFunc(all, func(l *element) bool { return l.name == "label" && l.attr["for"] == e.attr["id"] }) {
			t.Errorf("input %q has no label", e.attr["name"])
		}
	}
}

func has(e *element, attr string) bool { _, ok := e.attr[attr]; return ok }

func TestWhatStrangersWroteStaysText(t *testing.T) {
	for name, places := range map[string]int{"ask refused": 3, "done": 3, "failed": 1, "problem": 1} {
		t.Run(name, func(t *testing.T) {
			seen := 0
			for _, e := range parse(t, views(t)[name].Body.String()) {
				if e.attr["src"] == "x" || strings.HasPrefix(strings.TrimSpace(e.text), "alert(") {
					t.Errorf("<%s> came from a stranger", e.name)
				}
				seen += strings.Count(e.text, hostile)
			}
			if seen != places {
				t.Errorf("the text is shown %d times, want %d", seen, places)
			}
		})
	}
}

func TestTitlesOfProblems(t *testing.T) {
	p := mustPages(t)
	for status, want := range map[int]string{503: "<h1>Not right now</h1>", 418: "<h1>I&#39;m a teapot</h1>"} {
		w := httptest.NewRecorder()
		p.problem(w, inLanguage("en"), problem.New(status, message.New("problem.internal")))
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d: status %d, no %s", status, w.Code, want)
		}
	}
}

func TestARefusedFormKeepsItsChoices(t *testing.T) {
	response := views(t)["ask refused"]
	if response.Code != http.StatusUnprocessableEntity {
		t.Errorf("status %d", response.Code)
	}
	all := parse(t, response.Body.String())
	for id, checked := range map[string]bool{
		"shape-brick": true, "shape-square": false, "source-upload": true, "source-demo": false, "size-wall": true, "size-poster": false, "size-postcard": false, "auto-tint": false,
	} {
		if e := byID(all, id); e == nil || has(e, "checked") != checked {
			t.Errorf("%s: want checked %v", id, checked)
		}
	}
	if got := byID(all, "tint").attr["value"]; got != "30" {
		t.Errorf("tint %s, want 30", got)
	}
	for field, want := range map[string]string{"source": "Bad source.", "target": "Bad target.", "size": "Bad size.", "tint": "Bad tint."} {
		if e := byID(all, "problem-"+field); e.text != want || has(e, "hidden") {
			t.Errorf("beside %s stands %q, hidden %v", field, e.text, has(e, "hidden"))
		}
	}
	if got := byID(all, "photos").attr["aria-invalid"]; got != "true" {
		t.Errorf("photos: aria-invalid %q", got)
	}
	if !slices.ContainsFunc(all, func(e *element) bool {
		return e.parent != nil && e.parent.attr["id"] == "problem-list" && e.text == "Elsewhere."
	}) {
		t.Error("a sentence about a field that the form does not have is lost")
	}
	var leads []string
	for _, e := range all {
		if e.name == "a" && e.within("ul") != nil && e.within("ul").attr["id"] == "problem-list" {
			leads = append(leads, e.text+" "+e.attr["href"])
			if byID(all, strings.TrimPrefix(e.attr["href"], "#")) == nil {
				t.Errorf("%s leads nowhere", e.attr["href"])
			}
		}
	}
	if want := "Bad target. #target"; !slices.Contains(leads, want) {
		t.Errorf("the list leads to %q, want %q among them", leads, want)
	}
	if e := byID(parse(t, views(t)["ask"].Body.String()), "problem"); !has(e, "hidden") {
		t.Error("a fresh form complains")
	}
}

func TestStatesOfAMosaic(t *testing.T) {
	for _, tc := range []struct{ view, section, id, want string }{
		{"queued", "wait", "line", "You’re next."},
		{"queued, unknown place", "wait", "line", "Waiting for a worker."},
		{"idle", "wait", "line", "Number 1,200 in the queue."},
		{"taken", "wait", "line", "A worker has picked it up."},
		{"rendering photos", "wait", "line", "Gathering the photos"},
		{"rendering photos", "wait", "count", "1 of 2"},
		{"rendering photos", "wait", "attempt", "attempt 2"},
		{"rendering polishing", "wait", "line", "A worker has picked it up."},
		{"done", "done", "expires", "1 March 2026"},
		{"failed", "end", "", ""},
	} {
		t.Run(tc.view+" "+tc.id, func(t *testing.T) {
			all := parse(t, views(t)[tc.view].Body.String())
			for _, section := range []string{"wait", "done", "end"} {
				if has(byID(all, section), "hidden") != (section != tc.section) {
					t.Errorf("section %s: want only %s to be shown", section, tc.section)
				}
			}
			if e := byID(all, tc.id); tc.id != "" && !strings.Contains(e.text, tc.want) {
				t.Errorf("%s says %q, want %q", tc.id, e.text, tc.want)
			}
		})
	}
	for view, shown := range map[string]bool{"idle": true, "queued": false, "taken": false} {
		if e := byID(parse(t, views(t)[view].Body.String()), "no-workers"); has(e, "hidden") == shown {
			t.Errorf("%s: whether it says that no workers are running, want: %v", view, shown)
		}
	}
	for view, refreshes := range map[string]bool{"queued": true, "taken": true, "done": false, "failed": false} {
		if got := strings.Contains(views(t)[view].Body.String(), `http-equiv="refresh"`); got != refreshes {
			t.Errorf("%s refreshes: %v, want %v", view, got, refreshes)
		}
	}
	for view, mine := range map[string]bool{"done": true, "queued": true, "taken": false} {
		if got := byID(parse(t, views(t)[view].Body.String()), "delete") != nil; got != mine {
			t.Errorf("%s can be deleted: %v, want %v", view, got, mine)
		}
	}
}

func TestSizesAreInOrder(t *testing.T) {
	offered := startView{}.Sizes()
	if len(offered) != len(choices.Sizes) {
		t.Fatalf("%d sizes are offered, of %d", len(offered), len(choices.Sizes))
	}
	for i, s := range offered {
		if i > 0 && s.Pixels() <= offered[i-1].Pixels() {
			t.Errorf("%s stands behind %s", s.Name, offered[i-1].Name)
		}
	}
}

func TestBar(t *testing.T) {
	for _, tc := range []struct {
		phase             job.Phase
		done, total, want int
	}{
		{job.Gathering, 0, 500, 0}, {job.Gathering, 250, 500, 250}, {job.Matching, 0, 0, 500},
		{job.Composing, 10, 10, 950}, {job.Delivering, 9, 5, 1000}, {job.Delivering, -1, 5, 950}, {"polishing", 1, 2, 0},
	} {
		v := mosaicView{Status: job.Status{State: job.Rendering, Progress: &job.Progress{Phase: tc.phase, Done: tc.done, Total: tc.total}}}
		if got := v.Bar(); got != tc.want {
			t.Errorf("%s %d/%d: %d, want %d", tc.phase, tc.done, tc.total, got, tc.want)
		}
	}
}

func TestPreviewHasTheShapeOfThePoster(t *testing.T) {
	for _, tc := range []struct{ width, height, wide, high int }{
		{6400, 4288, 1600, 1072}, {4288, 6400, 1072, 1600}, {64, 64, 1600, 1600}, {65_500, 8, 1600, 1}, {0, 0, 1600, 1600},
	} {
		v := mosaicView{Status: job.Status{Result: &job.Result{Width: tc.width, Height: tc.height}}}
		if got := v.Preview(); got.Width != tc.wide || got.Height != tc.high {
			t.Errorf("%d x %d: %v", tc.width, tc.height, got)
		}
	}
}

// Visitors of a shared link read of a mosaic, whoever made it of theirs.
func TestWhoseMosaicItIs(t *testing.T) {
	p := mustPages(t)
	result := &job.Result{Friends: 300, Columns: 10, Rows: 10, Width: 640, Height: 640}
	done, waiting := job.Status{State: job.Done, Result: result}, job.Status{State: job.Rendering, FirstLook: result}
	for want, v := range map[string]mosaicView{
		"Your mosaic of 300 friends":                 {Status: done, Mine: true},
		"A mosaic of 300 friends":                    {Status: done},
		"A first look at your mosaic of 300 friends": {Status: waiting, Mine: true},
		"A first look at a mosaic of 300 friends":    {Status: waiting},
	} {
		page := httptest.NewRecorder()
		p.mosaic(page, inLanguage("en"), v)
		html := page.Body.String()
		for _, part := range []string{"<title>" + want + " · ", "<h1>" + want + "</h1>"} {
			if !strings.Contains(html, part) {
				t.Errorf("%q is not there", part)
			}
		}
		if v.Mine != strings.Contains(html, " data-mine>") {
			t.Errorf("%q: the scripts are told something else", want)
		}
	}
}

// The scripts fill each text with what it has a place for. In templates, a text that lacks a value fails.
func TestScriptsFillTheirTexts(t *testing.T) {
	texts := message.English.Below("")
	call := regexp.MustCompile(`\bsay\('([a-z.]+)'(?:, \{([^{}]*)\})?\)`)
	calls := 0
	names, err := fs.Glob(builtIn, "static/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(builtIn, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(data), -1) {
			var given []string
			for pair := range strings.SplitSeq(m[2], ",") {
				if key, _, _ := strings.Cut(strings.TrimSpace(pair), ":"); key != "" {
					given = append(given, "{"+key+"}")
				}
			}
			want := regexp.MustCompile(`\{\w+\}`).FindAllString(texts[m[1]], -1)
			slices.Sort(given)
			slices.Sort(want)
			if !slices.Equal(given, want) {
				t.Errorf("%s fills %q with %v, want %v", name, m[1], given, want)
			}
			calls++
		}
	}
	if calls < 25 {
		t.Errorf("only %d calls were found", calls)
	}
}

// A key that is put together in a template or script begins with one of these.
var composed = []string{"wait.", "count.", "left.", "size.", "shape.", "source.", "paper.", "end.", "faces."}

func TestEveryTextIsThereAndUsed(t *testing.T) {
	texts := message.English.Below("")
	used := make(map[string]bool)
	find := func(files fs.FS, dir string, pattern *regexp.Regexp) {
		err := fs.WalkDir(files, dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(files, name)
			for _, m := range pattern.FindAllSubmatch(data, -1) {
				key := string(m[1])
				used[key] = true
				if _, ok := texts[key]; !ok {
					t.Errorf("%s says %q, which is not in the catalogue", name, key)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	find(builtIn, "templates", regexp.MustCompile(`\bt "([a-z.]+)"`))
	find(builtIn, "static", regexp.MustCompile(`\bsay\('([a-z.]+)'`))
	find(builtIn, "static", regexp.MustCompile(`(?:key =|\?|:) '([a-z]+\.[a-z.]+)'`))
	if len(used) < 50 {
		t.Errorf("only %d texts were found in use: does the pattern still fit?", len(used))
	}
	for key := range texts {
		base := strings.TrimSuffix(key, ".one")
		fromGo := strings.HasPrefix(key, "title.") || strings.HasPrefix(key, "end.")
		if !used[base] && !fromGo && !slices.ContainsFunc(composed, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("nobody says %q", key)
		}
	}
}

func TestStaticFiles(t *testing.T) {
	p := mustPages(t)
	get := func(path, etag string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", etag)
		p.Static().ServeHTTP(w, r)
		return w
	}
	for name, want := range map[string]string{
		"smalti.css": "text/css; charset=utf-8", "mosaic.js": "text/javascript; charset=utf-8", "mark.svg": "image/svg+xml",
	} {
		w := get("/static/"+p.version+"/"+name, "")
		if got := w.Header().Get("Content-Type"); w.Code != 200 || got != want || w.Body.Len() != len(p.files[name].plain) {
			t.Errorf("%s: %d, %s, %d bytes", name, w.Code, got, w.Body.Len())
		}
		if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		if w := get("/static/"+p.version+"/"+name, w.Header().Get("ETag")); w.Code != http.StatusNotModified {
			t.Errorf("%s again: %d, want 304", name, w.Code)
		}
	}
	if w := get("/static/0123456789ab/smalti.css", ""); w.Code != 200 || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("another version: %d, Cache-Control %q", w.Code, w.Header().Get("Cache-Control"))
	}
	for _, path := range []string{"/static/", "/static/smalti.css", "/static/" + p.version + "/", "/static/" + p.version + "/../pages.go", "/static/" + p.version + "/none.js"} {
		if w := get(path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, w.Code)
		}
	}
}

func TestScriptsAreSafeAndComplete(t *testing.T) {
	p := mustPages(t)
	imports := regexp.MustCompile(`from '\./([^']+)'`)
	unsafe := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('(style|on)`)
	for name, file := range p.files {
		data := file.plain
		if !strings.HasSuffix(name, ".js") {
			continue
		}
		for _, m := range imports.FindAllSubmatch(data, -1) {
			if p.files[string(m[1])] == nil {
				t.Errorf("%s imports %s, which is not there", name, m[1])
			}
		}
		if m := unsafe.Find(data); m != nil {
			t.Errorf("%s uses %s", name, m)
		}
	}
}

// The promise is 60 KB for the whole first page. A browser counts what it really gets in
// TestStoryOfAMosaic; this says at once which file it is.
func TestTheFirstPageIsLight(t *testing.T) {
	p := mustPages(t)
	html := views(t)["ask"].Body.Bytes()
	page := answer.Gzip(html, gzip.DefaultCompression)
	weight := page.Len()
	t.Logf("the page itself: %d bytes", weight)
	seen := map[string]bool{"strip.svg": true, "hero-faces.jpg": true, "hero.json": true}
	for _, m := range regexp.MustCompile(`/static/[0-9a-f]+/([a-z.-]+)"`).FindAllSubmatch(html, -1) {
		seen[string(m[1])] = true
	}
	imports := regexp.MustCompile(`from '\./([^']+)'`)
	for more := true; more; {
		more = false
		for name := range seen {
			for _, m := range imports.FindAllSubmatch(p.files[name].plain, -1) {
				more = more || !seen[string(m[1])]
				seen[string(m[1])] = true
			}
		}
	}
	for name := range seen {
		n := len(p.files[name].plain)
		if z := p.files[name].zipped; z != nil {
			n = len(z)
		}
		weight += n
		t.Logf("%s: %d bytes", name, n)
	}
	if weight > 60_000 {
		t.Errorf("the page weighs %d bytes", weight)
	}
	t.Logf("%d bytes", weight)
}
