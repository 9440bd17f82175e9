package main

import (
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEveryLanguageHasEveryText(t *testing.T) {
	placeholder := regexp.MustCompile(`\{\w+\}`)
	for _, c := range languages()[1:] {
		for key, text := range english.texts {
			own, ok := c.texts[key]
			if !ok {
				t.Errorf("%s: %q is missing", c.lang, key)
				continue
			}
			want, got := placeholder.FindAllString(text, -1), placeholder.FindAllString(own, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %q has %v, want %v", c.lang, key, got, want)
			}
		}
		for key := range maps.Keys(c.texts) {
			if _, ok := english.texts[key]; !ok {
				t.Errorf("%s: %q is in no other language", c.lang, key)
			}
		}
	}
	if got := german.date(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)); got != "1. März 2026" {
		t.Errorf("a date in German: %s", got)
	}
}

func TestPreferredLanguage(t *testing.T) {
	for accept, want := range map[string]string{
		"": "en", "de": "de", "de-AT,en;q=0.5": "de", "en-US,en;q=0.9,de;q=0.8": "en", "fr,de;q=0.3": "de", "fr": "en",
		"de;q=0": "en", "de;q=0.2, en;q=0.7": "en", "DE-de": "de", ";;;,=": "en", "de;q=x": "en",
	} {
		if got := preferred(accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

func TestALinkChoosesTheLanguage(t *testing.T) {
	p := mustPages(t)
	r := httptest.NewRequest("GET", "/?lang=de", nil)
	r.Header.Set("Accept-Language", "en")
	w := httptest.NewRecorder()
	p.ask(w, r, 200, askView{Key: "k", Values: defaultValues()})
	all := parse(t, w.Body.String())
	if all[0].attr["lang"] != "de" || w.Header().Get("Content-Language") != "de" {
		t.Errorf("lang %q", all[0].attr["lang"])
	}
	if form := byID(all, "form"); form.attr["action"] != "/mosaics?lang=de" {
		t.Errorf("the form forgets the language: %q", form.attr["action"])
	}
	if !slices.ContainsFunc(all, func(e *element) bool {
		return e.name == "a" && e.attr["href"] == "/?lang=en" && e.attr["hreflang"] == "en"
	}) {
		t.Error("no link leads back to English")
	}
}

func TestWhoTakesGzip(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "br, gzip;q=0.8": true, "gzip;q=0": false, "gzip; q=0.000": false, "GZIP": true, "identity": false, "gzip;q=x": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		if got := takesGzip(r); got != want {
			t.Errorf("%q: %v, want %v", accept, got, want)
		}
	}
}

func TestSharedLinksAreAbsolute(t *testing.T) {
	all := parse(t, views(t)["done"].Body.String())
	want := map[string]string{
		"og:url": "https://smalti.example/m/AAAAAAAAAAAAAAAAAAAAAA", "og:image": "https://smalti.example/files/AAAAAAAAAAAAAAAAAAAAAA/preview.jpg",
		"og:title": "Your mosaic of 1,409 friends", "og:image:width": "1600", "og:image:height": "1072",
	}
	for _, e := range all {
		if content, ok := want[e.attr["property"]]; ok && e.name == "meta" {
			if e.attr["content"] != content {
				t.Errorf("%s is %q, want %q", e.attr["property"], e.attr["content"], content)
			}
			delete(want, e.attr["property"])
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if embed := byID(all, "embed").text; !strings.Contains(embed, `<a href="https://smalti.example/m/`) {
		t.Errorf("to embed: %s", embed)
	}
	s := &server{}
	r := httptest.NewRequest("GET", "http://host.example:8080/m/x", nil)
	if got := s.base(r); got != "http://host.example:8080" {
		t.Errorf("base %q", got)
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	if got := s.base(r); got != "https://host.example:8080" {
		t.Errorf("base behind a proxy %q", got)
	}
	s.publicURL = "https://smalti.example"
	if got := s.base(r); got != s.publicURL {
		t.Errorf("base %q, want %q", got, s.publicURL)
	}
	for address, fine := range map[string]bool{"": true, "https://a.example": true, "https://a.example/": true, "a.example": false, "ftp://a.example": false, "https://a.example/sub": false, "https://u@a.example": false} {
		if err := checkPublicURL(address); (err == nil) != fine {
			t.Errorf("-public-url %q: %v", address, err)
		}
	}
}

func TestSentencesInGerman(t *testing.T) {
	for english, want := range map[string]string{
		"The file is empty.":                                                       "Die Datei ist leer.",
		"The file has 21.5 MB; 20 MB is the most.":                                 "Die Datei hat 21.5 MB; höchstens 20 MB gehen.",
		"a.example is busy. Please try again in one minute.":                       "a.example ist gerade überlastet. Bitte versuche es in einer Minute noch einmal.",
		"a.example is busy. Please try again in 20 seconds.":                       "a.example ist gerade überlastet. Bitte versuche es in 20 Sekunden noch einmal.",
		"There is nobody named @<b> at a.example.":                                 "Es gibt niemanden namens @<b> auf a.example.",
		"Nobody has written this sentence.":                                        "Nobody has written this sentence.",
		"Only one of the 7 photos could be read, and a mosaic takes at least two.": "Nur eins der 7 Fotos war zu lesen, und ein Mosaik braucht mindestens zwei.",
	} {
		if got := german.sentence(english); got != want {
			t.Errorf("%q becomes %q, want %q", english, got, want)
		}
		if got := english; got != (&catalogue{}).sentence(english) {
			t.Errorf("English changed: %q", got)
		}
	}
	for format, own := range germanSentences {
		if len(verb.FindAllString(format, -1)) != len(verb.FindAllString(own, -1)) {
			t.Errorf("%q and %q are filled differently", format, own)
		}
	}
}

// A sentence that nobody says any more, or says otherwise, would stay English unnoticed.
func TestTranslatedSentencesAreSaid(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"*.go", "../pkg/*/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") || name == "sentence_de.go" {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(data)
		}
	}
	all := source.String()
	for format := range germanSentences {
		if !strings.HasSuffix(format, ".") {
			continue // a part of one
		}
		for _, literal := range verb.Split(format, -1) {
			if !strings.Contains(all, literal) {
				t.Errorf("nobody says %q", format)
			}
		}
	}
}
