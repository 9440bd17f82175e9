package main

import (
	"context"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
	"smalti/pkg/testenv"
)

// keepWatch remembers, in this page and from now on, every error that it shows, and how each poll was
// answered: its status, or 0.
const keepWatch = `(() => {
	const shown = window.shownErrors = [], answers = window.pollAnswers = [], { fetch } = window;
	const look = () => {
		for (const error of document.querySelectorAll('#unreachable, #end, .problem')) if (error.checkVisibility()) shown.push(error.id + ': ' + error.textContent.trim());
	};
	look();
	new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
	window.fetch = async (url, ...how) => {
		let status = 0;
		try {
			const answer = await fetch(url, ...how);
			status = answer.status;
			return answer;
		} finally {
			if (String(url).includes('/api/v1/mosaics/')) answers.push(status);
		}
	};
})()`

// One of two web servers dies while the page waits: the page never knows.
func storyOfADyingServer(t *testing.T, ctx context.Context, _ string) {
	testenv.Program(t, "haproxy")
	webs, addrs, both := pair(t)
	base := startHAProxy(t, addrs)
	testenv.WaitFor(t, "haproxy to answer", func() bool { return answers(base + "/readyz") })
	steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+"/?source=demo&size=postcard"), choose("send"), chromedp.WaitVisible("#no-workers"))
	browsertest.Eval[any](t, ctx, keepWatch)
	id := shownID(t, ctx)

	webs[0].kill()
	// Without a worker there is nothing to see but whether somebody answers. Four polls are for either
	// server, and come sooner than HAProxy misses one.
	until(t, ctx, "four polls", `document.dispatchEvent(new Event('visibilitychange')), pollAnswers.length >= 4`)
	startWorker(t, both...)
	steps(t, ctx, chromedp.WaitVisible(preview))
	if now := shownID(t, ctx); now != id {
		t.Errorf("%s became %s", id, now)
	}
	// Another page would not have it.
	if errors := browsertest.Eval[[]string](t, ctx, `window.shownErrors ?? ['the page was loaded anew']`); len(errors) > 0 {
		t.Errorf("the page showed %q", errors)
	}
	if codes := browsertest.Eval[[]int](t, ctx, `window.pollAnswers ?? []`); slices.ContainsFunc(codes, func(code int) bool { return code != 200 && code != 304 }) {
		t.Errorf("polls were answered with %v, want 200 or 304", codes)
	}
	until(t, ctx, "the viewer", viewing)
	screenshot(t, ctx, "one server left")
}
