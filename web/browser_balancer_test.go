package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
)

const (
	// keepErrors remembers, in this page, every error that it shows from now on.
	keepErrors = `(() => {
		const shown = window.shownErrors = [];
		const look = () => {
			for (const error of document.querySelectorAll('#trouble, #end, .problem')) if (error.checkVisibility()) shown.push(error.id + ': ' + error.textContent.trim());
		};
		look();
		new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
	})()`

	// polled are the status codes of all polls of this page; 0 is none.
	polled = `performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/v1/mosaics/')).map(({ responseStatus }) => responseStatus)`
)

// One of two web servers dies while the page waits: the page never knows.
func storyOfADyingServer(t *testing.T, ctx context.Context, _ string) {
	needProgram(t, "haproxy")
	webs, addrs, both := pair(t)
	base := startHAProxy(t, addrs)
	eventually(t, 20*time.Second, "haproxy to answer", func() bool { return answers(base + "/readyz") })
	steps(t, ctx, look(1280, 900, "light"), chromedp.Navigate(base+"/?source=demo&size=postcard"), choose("send"), chromedp.WaitVisible("#idle"))
	browsertest.Eval[any](t, ctx, keepErrors)
	id := shownID(t, ctx)

	webs[0].kill()
	// Without a worker there is nothing to see but whether somebody answers. Four polls more are for
	// either server, and come sooner than HAProxy misses one.
	after := len(browsertest.Eval[[]int](t, ctx, polled)) + 4
	until(t, ctx, "more polls", fmt.Sprintf(`document.dispatchEvent(new Event('visibilitychange')), %s.length >= %d`, polled, after))
	startWorker(t, both...)
	steps(t, ctx, chromedp.WaitVisible(preview))
	until(t, ctx, "the viewer", viewing)

	if now := shownID(t, ctx); now != id {
		t.Errorf("%s became %s", id, now)
	}
	// Another page would not have it.
	if errors := browsertest.Eval[[]string](t, ctx, `window.shownErrors ?? ['the page was loaded anew']`); len(errors) > 0 {
		t.Errorf("the page showed %q", errors)
	}
	codes := browsertest.Eval[[]int](t, ctx, polled)
	t.Logf("polls: %v", codes)
	for _, code := range codes {
		if code != 200 && code != 304 {
			t.Errorf("polls answered with %v, want 200 or 304", codes)
			break
		}
	}
	screenshot(t, ctx, "one server left")
}
