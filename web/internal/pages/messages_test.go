package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/choices"
	"smalti/web/internal/problem"
	"smalti/web/internal/status"
)

// pseudo is English with every text in brackets, so that a text shows where it begins and ends.
var pseudo = message.English.Map(func(s string) string { return "⟦" + s + "⟧" })

// everyMessage is one message of each code, with some value for each argument.
func everyMessage() (all []message.Message) {
	placeholder := regexp.MustCompile(`\{(\w+)(:\w+)?\}`)
	for _, code := range message.English.Codes() {
		var pairs []any
		for _, p := range placeholder.FindAllStringSubmatch(message.English.Template(code), -1) {
			if p[1] == "n" || p[2] != "" {
				pairs = append(pairs, p[1], 1234)
			} else {
				pairs = append(pairs, p[1], "<anna>")
			}
		}
		all = append(all, message.New(code, pairs...))
	}
	all = append(all, message.New("failure.target").Followed(message.New("photo.empty")))
	return all
}

// stored is what Redis or the API gives back of v.
func stored[T any](t *testing.T, v T) (again T) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	return again
}

// oneMosaic finds always the same mosaic.
type oneMosaic job.Status

func (m oneMosaic) Status(context.Context, string) (job.Status, error) { return job.Status(m), nil }

func noWorkers(context.Context) (int, error) { return 0, nil }

// answersWith are the ways in which a person meets a message: on pages, and through the page's script in
// problems.
func answersWith(t *testing.T, p *Pages, lang string, m message.Message) map[string]string {
	t.Helper()
	failure := stored(t, job.Fail(job.NoPhotos, m, "a detail for operators"))
	ended := job.Status{ID: job.NewID(), State: job.Failed, Failure: &failure}
	page := &MosaicPage{Pages: p, Mosaics: oneMosaic(ended), Workers: &status.Workers{Count: noWorkers}}
	render := func(show func(w http.ResponseWriter, r *http.Request)) string {
		w := httptest.NewRecorder()
		show(w, inLanguage(lang))
		return w.Body.String()
	}
	skipped := stored(t, job.Skip("Ben", m))
	return map[string]string{
		"page of a failure": render(page.ServeHTTP),
		"form": render(func(w http.ResponseWriter, r *http.Request) {
			p.start(w, r, http.StatusUnprocessableEntity, startView{Values: choices.Defaults(), Told: map[string][]message.Told{"target": {m.Told()}}})
		}),
		"skipped photo": render(func(w http.ResponseWriter, r *http.Request) {
			p.mosaic(w, r, mosaicView{Status: job.Status{ID: ended.ID, State: job.Done, Result: &job.Result{Missing: 1}},
				absent: absent{Missing: []missingFriend{{skipped.Name, message.Told{Text: skipped.Reason, Says: skipped.Says}}}}})
		}),
		"page of a problem": render(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Accept", "text/html")
			p.Refuse(w, r, problem.New(http.StatusServiceUnavailable, m))
		}),
		"problem": render(func(w http.ResponseWriter, r *http.Request) {
			p.Refuse(w, r, problem.New(http.StatusServiceUnavailable, m))
		}),
		"wrong fields": render(func(w http.ResponseWriter, r *http.Request) { p.Refuse(w, r, job.Wrong("target", m)) }),
	}
}

// Whatever goes wrong, a German reader is told in German, everywhere.
func TestEveryMessageIsToldInGerman(t *testing.T) {
	p := mustPages(t)
	for _, m := range everyMessage() {
		want := message.German.Say(m)
		if want == message.English.Say(m) || strings.Contains(want, "{") {
			t.Errorf("%s: %q", m.Code, want)
		}
		for where, answer := range answersWith(t, p, "de", m) {
			if !strings.Contains(readable(answer), want) {
				t.Errorf("%s: %s lacks %q:\n%s", m.Code, where, want, answer)
			}
			if strings.Contains(readable(answer), message.English.Say(m)) {
				t.Errorf("%s: %s is in English, too", m.Code, where)
			}
		}
	}
}

// readable is a page or JSON without the escapes of its format.
func readable(answer string) string {
	answer = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\"`, `"`).Replace(answer)
	return html.UnescapeString(answer)
}

// A sentence that is put together from pieces has a bracket within brackets, or words outside of all.
func TestNoSentenceIsPutTogether(t *testing.T) {
	p, err := newPages(builtIn, slog.New(slog.DiscardHandler), pseudo)
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range viewsOf(p, "en") {
		for _, where := range unbracketed(t, page.Body.String()) {
			t.Errorf("%s: %s", name, where)
		}
	}
	for _, m := range everyMessage() {
		want := pseudo.Say(m)
		for where, answer := range answersWith(t, p, "en", m) {
			if strings.HasPrefix(answer, "{") {
				for _, text := range textsOf(t, answer) {
					if text != want {
						t.Errorf("%s: %s says %q, want %q", m.Code, where, text, want)
					}
				}
				continue
			}
			for _, problem := range unbracketed(t, answer) {
				t.Errorf("%s: %s: %s", m.Code, where, problem)
			}
		}
	}
}

// textsOf are the texts for people in an answer of the API.
func textsOf(t *testing.T, answer string) (all []string) {
	t.Helper()
	var v struct {
		Detail  string           `json:"detail"`
		Errors  []job.FieldError `json:"errors"`
		Failure *job.Failure     `json:"failure"`
	}
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatal(err)
	}
	if v.Detail != "" {
		all = append(all, v.Detail)
	}
	for _, e := range v.Errors {
		all = append(all, e.Text)
	}
	if v.Failure != nil {
		all = append(all, v.Failure.Text)
	}
	if len(all) == 0 {
		t.Errorf("nothing is told by %s", answer)
	}
	return all
}

// spoken are the attributes that people read or hear.
var spoken = []string{"alt", "aria-label", "title", "placeholder", "content"}

// unbracketed finds text of a page that is outside of brackets, or within two.
func unbracketed(t *testing.T, page string) (problems []string) {
	t.Helper()
	for _, e := range parse(t, page) {
		if e.within("script") != nil || e.within("textarea") != nil || e.within("bdi") != nil || e.within("code") != nil || e.attr["hreflang"] != "" {
			continue // for the script, or what somebody else wrote
		}
		texts := []string{e.text}
		for _, name := range spoken {
			if name != "content" || strings.HasSuffix(e.attr["property"], "title") || strings.HasSuffix(e.attr["property"], "alt") || strings.HasSuffix(e.attr["property"], "description") || e.attr["name"] == "description" {
				texts = append(texts, e.attr[name])
			}
		}
		for _, text := range texts {
			if err := bracketed(text); err != nil {
				problems = append(problems, "<"+e.name+"> "+err.Error()+": "+text)
			}
		}
	}
	return problems
}

var letters = regexp.MustCompile(`\pL`)

func bracketed(text string) error {
	for _, word := range []string{hostile, "Bad source.", "Bad shape.", "Bad target.", "Bad size.", "Bad tint.", "Bad.", "Elsewhere."} {
		text = strings.ReplaceAll(text, word, "") // stored by an older version
	}
	depth := 0
	var outside bytes.Buffer
	for _, r := range text {
		switch r {
		case '⟦':
			depth++
		case '⟧':
			depth--
		default:
			if depth == 0 {
				outside.WriteRune(r)
			}
		}
		if depth > 1 {
			return errors.New("a text within a text")
		}
	}
	if letters.Match(outside.Bytes()) {
		return errors.New("words that are in no catalogue")
	}
	return nil
}
