package pages

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"smalti/web/internal/choices"
)

func TestALinkChoosesTheLanguage(t *testing.T) {
	p := mustPages(t)
	r := httptest.NewRequest(http.MethodGet, "/?lang=de", nil)
	r.Header.Set("Accept-Language", "en")
	w := httptest.NewRecorder()
	p.start(w, r, 200, startView{Key: "k", Values: choices.Defaults()})
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

func TestSharedLinksAreAbsolute(t *testing.T) {
	all := parse(t, views(t)["done"].Body.String())
	want := map[string]string{
		"og:url": "https://smalti.example/m/AAAAAAAAAAAAAAAAAAAAAA", "og:image": "https://smalti.example/files/AAAAAAAAAAAAAAAAAAAAAA/preview.jpg",
		"og:title": "A mosaic of 1,409 friends", "og:image:width": "1600", "og:image:height": "1072",
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
	s := &MosaicPage{}
	r := httptest.NewRequest(http.MethodGet, "http://host.example:8080/m/x", nil)
	if got := s.base(r); got != "http://host.example:8080" {
		t.Errorf("base %q", got)
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	if got := s.base(r); got != "https://host.example:8080" {
		t.Errorf("base behind a proxy %q", got)
	}
	s.PublicURL = "https://smalti.example"
	if got := s.base(r); got != s.PublicURL {
		t.Errorf("base %q, want %q", got, s.PublicURL)
	}
}
