package main

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
)

// heardErrors notes what goes wrong in the page's scripts.
const heardErrors = `(() => {
	window.wrong = [];
	addEventListener('error', ({ message }) => window.wrong.push(message));
	addEventListener('unhandledrejection', ({ reason }) => window.wrong.push(String(reason)));
	return true;
})()`

// Of the demo's 300 people, not all have a place: there are too few, or not everybody was wanted. They are not counted,
// and whoever looks for one of them is told.
func storyOfTooFewPlaces(t *testing.T, ctx context.Context, base string) {
	for name, tc := range map[string]struct{ options, why string }{
		"too few":       {`"columns":12,"rows":12,"tile":16`, "A larger size"},
		"not everybody": {`"columns":20,"rows":20,"tile":16,"everyone":false,"fair":0`, "without the rule that everyone appears"},
	} {
		id := accept(t, base, `{"source":"demo","target":"demo:0","options":{`+tc.options+`}}`)
		expectDone(t, base, id, soon)
		plan := readPlan(t, base, id)
		in, without := 0, ""
		for _, f := range plan.Friends {
			if f.Uses > 0 {
				in++
			} else {
				without = f.ID
			}
		}
		if without == "" {
			t.Fatalf("%s: everybody has a place", name)
		}
		steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate("about:blank"), chromedp.Navigate(base+"/m/"+id+"#friend="+without))
		until(t, ctx, "the viewer", viewing)
		said := browsertest.Eval[struct{ Title, Heading, Alt, Who, Unplaced string }](t, ctx, `({
			title: document.title, heading: document.querySelector('#done h1').textContent, alt: document.getElementById('preview').alt,
			who: document.getElementById('who').textContent, unplaced: document.getElementById('unplaced').textContent,
		})`)
		for what, s := range map[string]string{"title": said.Title, "heading": said.Heading, "alternative text": said.Alt} {
			if !strings.Contains(s, strconv.Itoa(in)) {
				t.Errorf("%s: the %s is %q, and %d are in it", name, what, s, in)
			}
		}
		if !strings.Contains(said.Who, "no place") {
			t.Errorf("%s: a link to somebody without a place says %q", name, said.Who)
		}
		if !strings.Contains(said.Unplaced, strconv.Itoa(300-in)+" of 300") || !strings.Contains(said.Unplaced, tc.why) {
			t.Errorf("%s: of those without a place it says %q", name, said.Unplaced)
		}
		browsertest.Eval[bool](t, ctx, heardErrors)
		steps(t, ctx, chromedp.SendKeys("#q", without), chromedp.SendKeys("#q", "\r"))
		if wrong := browsertest.Eval[[]string](t, ctx, `window.wrong`); len(wrong) > 0 {
			t.Errorf("%s: a search for somebody without a place: %q", name, wrong)
		}
	}
	steps(t, ctx, chromedp.Click("#unplaced summary"))
	screenshot(t, ctx, "without a place")
	auditTree(t, ctx, "without a place")
}
