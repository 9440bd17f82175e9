package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
	"smalti/pkg/friends"
)

// Measured, not judged, and only when asked for by SMALTI_TEST_MEASURE=1: what a browser here needs
// to show the largest mosaic, and what 500 real photos weigh (with SMALTI_TEST_PHOTOS).
func TestMeasureTheViewer(t *testing.T) {
	if os.Getenv("SMALTI_TEST_MEASURE") != "1" {
		t.Skip("SMALTI_TEST_MEASURE is not 1")
	}
	ctx := browsertest.Start(t, 1280, 900)
	base := startSystem(t)
	if _, err := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	people, err := json.Marshal(friends.DemoPeople())
	if err != nil {
		t.Fatal(err)
	}
	big := accept(t, base, fmt.Sprintf(`{"source":"list","target":"demo:0","friends":%s,"options":{"columns":300,"rows":300,"tile":8}}`, people))
	expectDone(t, base, big, soon)
	for _, how := range []string{"?renderer=webgl", "?renderer=2d"} {
		steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+"/m/"+big+how))
		until(t, ctx, "the viewer", viewing)
		t.Logf("300 x 300%s: ready after %d ms, %d bytes; then, from the whole to one face:", how, browsertest.Eval[int](t, ctx, `Number(document.getElementById('mosaic').dataset.ready)`), browsertest.Eval[int](t, ctx, carried))
		for range 2 { // the photos come during the first
			frames := browsertest.Eval[[]float64](t, ctx, `(async () => { const { camera } = document.getElementById('mosaic').viewer; await camera.home(); return camera.fly(150.5, 120.5, 190, 3000); })()`)
			slices.Sort(frames)
			t.Logf("%d frames; median %.1f ms, 95 %% %.1f ms, longest %.1f ms", len(frames), frames[len(frames)/2], frames[len(frames)*95/100], frames[len(frames)-1])
		}
		screenshot(t, ctx, "nearest"+how)
	}

	dir := os.Getenv("SMALTI_TEST_PHOTOS")
	if dir == "" {
		return
	}
	names, _ := filepath.Glob(filepath.Join(dir, "tiles", "*"))
	parts := []part{plainField("source", "upload"), plainField("size", "poster")}
	for _, name := range names[:min(500, len(names))] {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part{"photos", filepath.Base(name), data})
	}
	target, err := os.ReadFile(filepath.Join(dir, "targets", "portrait_woman.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	code, v := postParts(t, base, append(parts, part{"target", "target.jpg", target})...)
	if code != 202 {
		t.Fatalf("%d %v", code, v)
	}
	id := v["id"].(string)
	expectDone(t, base, id, soon)
	steps(t, ctx, chromedp.Navigate(base+"/m/"+id))
	until(t, ctx, "the viewer", viewing)
	t.Logf("500 photos, 100 wide: ready after %d ms, %d bytes", browsertest.Eval[int](t, ctx, `Number(document.getElementById('mosaic').dataset.ready)`), browsertest.Eval[int](t, ctx, carried))
	screenshot(t, ctx, "500 photos")
	browsertest.Eval[int](t, ctx, `(async () => { const v = document.getElementById('mosaic').view; await v.fly(50.5, 40.5, 120, 500); return 1; })()`)
	t.Logf("and near: %d bytes", browsertest.Eval[int](t, ctx, carried))
	screenshot(t, ctx, "500 photos near")
}
