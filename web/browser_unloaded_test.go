package main

import (
	"image/color"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
	"smalti/pkg/testenv"
)

// Whatever script cannot be loaded, the way goes on: from the form to the mosaic's page, and there to the picture, with
// a viewer or with a word on why there is none. A script that others import before they run stands for all such.
func TestWithoutOneScript(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	ctx := browsertest.Start(t, 1280, 900)
	base, made := startSystem(t, "-workers", "0"), startSystem(t)
	_, files := putFiles(t, part{file: "me.png", content: picture(t, 60, 60, color.NRGBA{180, 90, 40, 255})})
	id := accept(t, made, small)
	expectDone(t, made, id, soon)
	block := func(patterns ...*network.BlockPattern) {
		t.Helper()
		if _, err := chromedp.Call(ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: patterns}); err != nil {
			t.Fatal(err)
		}
	}
	without := func(script string) {
		t.Helper()
		block(&network.BlockPattern{URLPattern: "*://*:*/static/*/" + script, Block: true})
	}
	defer block()

	for _, script := range []string{"start.js", "friend-picker.js", "hero.js", "crop.js", "shrinkers.js", "requests.js"} {
		without(script)
		steps(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(base+"/?source=demo&size=postcard"), chromedp.SetUploadFiles("#target", files), choose("send"))
		until(t, ctx, "the page of the mosaic without "+script, `location.pathname.startsWith('/m/')`)
	}

	const (
		wayOn = `[...document.querySelectorAll('.unscripted a, #who a')].some((link) => link.checkVisibility({ visibilityProperty: true }))`
		later = `document.getAnimations().forEach((animation) => animation.finish())` // when the page has waited long enough
	)
	without("mosaic.js")
	steps(t, ctx, chromedp.Navigate(browsertest.Eval[string](t, ctx, `location.href`)))
	until(t, ctx, "a way on from waiting", `(`+later+`, `+wayOn+`)`)
	screenshot(t, ctx, "waiting without the script")
	for _, script := range []string{"mosaic.js", "poll.js", "viewer.js", "layout.js", "renderer-2d.js", "renderer-webgl.js", "shadings.js"} {
		without(script)
		steps(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(made+"/m/"+id), chromedp.WaitVisible(preview))
		until(t, ctx, "the viewer, or a way on, without "+script, `(`+viewing+` || (`+later+`, `+wayOn+`))`)
	}
	screenshot(t, ctx, "a mosaic without the viewer")
}
