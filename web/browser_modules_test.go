package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
)

// All scripts that a browser needs until a page is ready are named in the page, so that they are asked for at once.
func TestPagesNameAllScripts(t *testing.T) {
	t.Parallel()
	ctx := browsertest.Start(t, 1280, 900)
	base := startSystem(t)
	id := accept(t, base, small)
	expectDone(t, base, id, soon)
	for path, ready := range map[string]string{"/": `document.querySelector('#hero[data-ready]') !== null`, "/m/" + id: viewing} {
		steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+path))
		until(t, ctx, "the page to be ready", ready)
		got := browsertest.Eval[struct{ Named, Unnamed []string }](t, ctx, `(() => {
			const named = new Set([...document.querySelectorAll('link[rel=modulepreload]')].map((link) => link.href));
			const loaded = performance.getEntriesByType('resource').map((r) => r.name).filter((name) => name.endsWith('.js'));
			const [Named, Unnamed] = [true, false].map((is) => loaded.filter((name) => named.has(name) === is));
			return { Named, Unnamed };
		})()`)
		// A browser without WebGL takes the other renderer.
		if len(got.Unnamed) > 1 || len(got.Unnamed) == 1 && !strings.HasSuffix(got.Unnamed[0], "renderer-2d.js") || len(got.Named) < 8 {
			t.Errorf("%s: named are %q, and others %q", path, got.Named, got.Unnamed)
		}
	}
}
