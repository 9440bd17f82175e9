package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"smalti/web/internal/answer"
)

func TestALinkChoosesTheLanguage(t *testing.T) {
	p := mustPages(t)
	r := httptest.NewRequest(http.MethodGet, "/?lang=de", nil)
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
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		if got := answer.AcceptsGzip(r); got != want {
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
	r := httptest.NewRequest(http.MethodGet, "http://host.example:8080/m/x", nil)
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
