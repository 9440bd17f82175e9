package main

import (
	"context"
	"image/color"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
)

// screenshot keeps what the page looks like among the test's artifacts.
func screenshot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

const (
	preview = `img[src*="preview.jpg"]`

	// loaded is the width of the picture, once it is there.
	loaded = `(async () => { const i = document.querySelector('` + preview + `'); await i.decode(); return i.naturalWidth })()`
)

// From the click on the button to the picture in the page.
func TestPageFromClickToPicture(t *testing.T) {
	t.Parallel()
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"phone", 360, 800}, {"desk", 1280, 900}} {
		t.Run(size.name, func(t *testing.T) {
			ctx := browsertest.Start(t, int(size.width), int(size.height))
			base := startSystem(t)
			err := chromedp.Do(ctx, chromedp.EmulateViewport(size.width, size.height), chromedp.Navigate(base), chromedp.WaitVisible("form button[type=submit]"))
			if err != nil {
				t.Fatal(err)
			}
			screenshot(t, ctx, "ask")
			start := time.Now()
			if err := chromedp.Do(ctx, chromedp.Click("form button[type=submit]"), chromedp.WaitVisible(preview)); err != nil {
				t.Fatal(err)
			}
			width := browsertest.Eval[int](t, ctx, loaded)
			t.Logf("from click to picture: %v", time.Since(start).Round(time.Millisecond))
			if width != 1600 {
				t.Errorf("the picture is %d pixels wide, want 1600", width)
			}
			screenshot(t, ctx, "done")
			if browsertest.Eval[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
				t.Error("the page is wider than the window")
			}
		})
	}
}

// A person's own photos, from the file chooser to the picture.
func TestPageWithOwnPhotos(t *testing.T) {
	t.Parallel()
	ctx := browsertest.Start(t, 1280, 900)
	base := startSystem(t)
	dir := t.TempDir()
	var files []string
	for _, p := range append(photos(t, 5), part{file: "me.png", content: picture(t, 60, 60, color.NRGBA{180, 90, 40, 255})}) {
		files = append(files, filepath.Join(dir, p.file))
		if err := os.WriteFile(files[len(files)-1], p.content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	last := len(files) - 1
	err := chromedp.Do(ctx, chromedp.Navigate(base), chromedp.Click(`input[name=source][value=upload]`),
		chromedp.Click(`input[name=size][value=postcard]`),
		chromedp.SetUploadFiles(`input[name=photos]`, files[:last]), chromedp.SetUploadFiles(`input[name=target]`, files[last:]),
		chromedp.Click("form button[type=submit]"), chromedp.WaitVisible(preview))
	if err != nil {
		t.Fatal(err)
	}
	if width := browsertest.Eval[int](t, ctx, loaded); width != 1600 {
		t.Errorf("the picture is %d pixels wide, want 1600", width)
	}
	screenshot(t, ctx, "own photos")
}

// The same story for a browser without scripts: a form, a page that looks again by itself, a picture.
func TestPageWithoutJavaScript(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	contentType, body := form(t, plainField("key", newKey()), plainField("source", "demo"), plainField("size", "postcard"), plainField("tint", "8"), plainField("everyone", "on"))
	code, _, header := do(t, "POST", base+"/mosaics", contentType, body, "Accept", "text/html")
	if code != 303 {
		t.Fatalf("POST /mosaics: %d, want 303", code)
	}
	page := header.Get("Location")
	eventually(t, soon, "the page to show the picture", func() bool {
		_, html, _ := get(t, base+page, "Accept", "text/html")
		return containsAll(html, `src="/files/`, `preview.jpg"`)
	})
}
