package main

import (
	"context"
	"image/color"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
)

const (
	mistakes = `[...document.querySelectorAll('#problem:not([hidden]) li')].map((li) => li.textContent)`
	focused  = `document.activeElement.id`

	// inSight is whether the sentence beside what has the focus can be seen as a whole.
	inSight = `(() => {
		const { top, bottom } = document.getElementById('problem-' + document.activeElement.id).getBoundingClientRect();
		return top >= 0 && bottom > top && bottom <= innerHeight;
	})()`
	asked = `performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/api/v1/mosaics')).length`
)

// At the size of a phone: all mistakes are listed, the list leads to their fields, the first of them can be seen, and
// what can be known beforehand is not sent.
func storyOfMistakes(t *testing.T, ctx context.Context, base string) {
	text, photo := part{file: "notes.pdf", content: []byte("%PDF-1.7")}, part{file: "Ada.png", content: picture(t, 40, 40, color.Black)}
	_, files := putFiles(t, text, photo)
	for _, tc := range []struct {
		address string
		before  chromedp.Action[chromedp.Void]
		want    []string // how each sentence begins
		focus   string
	}{
		{"?source=upload", nil, []string{"Please choose the photos", "Please choose the picture"}, "photos"},
		{"?source=links", nil, []string{"Please paste", "Please choose the picture"}, "links"},
		{"?source=mastodon", nil, []string{"Please enter your handle."}, "handle"},
		{"?source=demo", chromedp.SetUploadFiles("#target", files[:1]), []string{"This isn’t a photo."}, "target"},
		{"?source=upload", chromedp.Steps(chromedp.SetUploadFiles("#photos", files[1:]), chromedp.SetUploadFiles("#target", files[1:])), []string{"One photo doesn’t"}, "photos"},
	} {
		steps(t, ctx, screen(390, 844, "light"), chromedp.Navigate("about:blank"), chromedp.Navigate(base+"/"+tc.address))
		if tc.before != nil {
			steps(t, ctx, tc.before)
		}
		steps(t, ctx, choose("send"), chromedp.WaitVisible("#problem"))
		got := browsertest.Eval[[]string](t, ctx, mistakes)
		if !slices.EqualFunc(got, tc.want, strings.HasPrefix) {
			t.Errorf("%s: mistakes %q, want %q", tc.address, got, tc.want)
		}
		if at := browsertest.Eval[string](t, ctx, focused); at != tc.focus || !browsertest.Eval[bool](t, ctx, inSight) {
			t.Errorf("%s: the focus is at %q, want %q with the sentence beside it in sight", tc.address, at, tc.focus)
		}
		if n := browsertest.Eval[int](t, ctx, asked); n > 0 {
			t.Errorf("%s: sent %d times, although it was known to be wrong", tc.address, n)
		}
	}
	steps(t, ctx, chromedp.Navigate(base+"/?source=upload"), choose("send"), chromedp.WaitVisible("#problem"), chromedp.Click("#problem li:nth-child(2) a"))
	if at := browsertest.Eval[string](t, ctx, focused); at != "target" || !browsertest.Eval[bool](t, ctx, inSight) {
		t.Errorf("the second line leads to %q, want target in sight", at)
	}
	screenshot(t, ctx, "mistakes phone")
	auditTree(t, ctx, "mistakes")

	// What stands before the servers may refuse in its own way.
	there, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	status, faces := http.StatusTooManyRequests, make(chan struct{})
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(there) }}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/hero.json") {
			select {
			case <-faces:
			case <-r.Context().Done():
			}
		}
		if r.Method != http.MethodPost {
			pass.ServeHTTP(w, r)
			return
		}
		if status == 0 {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done() // no answer
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
	}))
	defer front.Close()
	defer front.CloseClientConnections() // Close waits for those that get no answer

	// Faces that come late move nothing: the button stays below the finger.
	steps(t, ctx, chromedp.Navigate(front.URL+"/?source=demo"))
	early := browsertest.Eval[int](t, ctx, `document.documentElement.scrollHeight`)
	close(faces)
	steps(t, ctx, chromedp.WaitReady("#hero[data-ready]"))
	if late := browsertest.Eval[int](t, ctx, `document.documentElement.scrollHeight`); late != early {
		t.Errorf("with its faces, the page is %d px high instead of %d", late, early)
	}

	// What takes too long can be cancelled, and sent again.
	status = 0
	steps(t, ctx, chromedp.Navigate(front.URL+"/?source=demo"), choose("send"), chromedp.WaitVisible("#cancel"))
	screenshot(t, ctx, "sending phone")
	steps(t, ctx, chromedp.Click("#cancel"), chromedp.WaitNotVisible("#cancel"))
	if !browsertest.Eval[bool](t, ctx, `!document.getElementById('send').disabled && document.activeElement.id === 'send' && !document.getElementById('sending').textContent`) {
		t.Error("after it was cancelled, the form cannot be sent")
	}
	for _, tc := range []struct {
		status int
		want   string
	}{{http.StatusTooManyRequests, "more than one visitor"}, {http.StatusServiceUnavailable, "just now"}, {http.StatusRequestEntityTooLarge, "at once"}} {
		status = tc.status
		steps(t, ctx, chromedp.Navigate(front.URL+"/?source=demo"), choose("send"), chromedp.WaitVisible("#problem"))
		got := browsertest.Eval[[]string](t, ctx, mistakes)
		if len(got) != 1 || !strings.Contains(got[0], tc.want) || browsertest.Eval[string](t, ctx, focused) != "problem" {
			t.Errorf("%d: it says %q, want a line about %q that has the focus", tc.status, got, tc.want)
		}
	}
}
