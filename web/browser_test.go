package main

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
	"smalti/pkg/faultproxy"
	"smalti/pkg/friends/friendstest"
	"smalti/pkg/testenv"
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

func steps(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// until waits for an expression to become true in the page, which may be about to be left for another.
func until(t *testing.T, ctx context.Context, what, expression string) {
	t.Helper()
	testenv.WaitFor(t, what, func() bool {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
		if left := (*cdproto.Error)(nil); errors.As(err, &left) && left.Code == pageLeft {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		return yes
	})
}

// pageLeft is the code of "Inspected target navigated or closed" and its likes.
const pageLeft = -32000

// choose clicks a radio button or box by its id, wherever it is on the page.
func choose(id string) chromedp.Action[chromedp.Void] { return chromedp.Click("#" + id) }

const (
	preview = `img[src*="first.jpg"]`

	// viewing is whether the finished mosaic can be wandered in.
	viewing = `document.getElementById('mosaic')?.dataset.ready > 0 && document.getElementById('mosaic').dataset.state === 'done'`
)

// The stories of this test share one browser: each begins with a page of its own.
func TestStoriesInABrowser(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	ctx := browsertest.Start(t, 1280, 900)
	base := startSystem(t)
	for name, story := range map[string]func(*testing.T, context.Context, string){
		"own photos": storyOfOwnPhotos, "without scripts": storyWithoutScripts, "a cut line": storyOfACutLine, "a network": storyOfANetwork, "cropping": storyOfCropping,
		"other sources": storyOfOtherSources, "a dying server": storyOfADyingServer, "not enough places": storyOfTooFewPlaces, "mistakes": storyOfMistakes, "dead links": storyOfDeadLinks, "a first look": storyOfAFirstLook,
	} {
		t.Run(name, func(t *testing.T) { story(t, ctx, base) })
	}
	t.Run("demo", func(t *testing.T) { storyOfTheDemo(t, ctx, base) })
}

// From the first page to the picture, and one's way around in it.
func storyOfTheDemo(t *testing.T, ctx context.Context, base string) {
	if _, err := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+"/?source=demo"), chromedp.WaitReady("#hero[data-ready]"))
	if n := browsertest.Eval[int](t, ctx, carried); n > 70_000 {
		t.Errorf("the first page is %d bytes, want less than 70,000", n)
	} else {
		t.Logf("first page: %d bytes with headers, drawn by %s", n, browsertest.Eval[string](t, ctx, `document.getElementById('hero').dataset.ready`))
	}
	if by := browsertest.Eval[float64](t, ctx, shifted); by > 0 {
		t.Errorf("the first page: things moved by %v", by)
	}
	if browsertest.Eval[bool](t, ctx, `document.getElementById('auto-tint').checked && !document.getElementById('tint-value').hidden`) {
		t.Error("a number is shown for the tint, although it is chosen later")
	}
	steps(t, ctx, choose("pause"))
	audit(t, ctx, "ask")

	steps(t, ctx, choose("size-postcard"), choose("shape-brick"), chromedp.Navigate(base))
	until(t, ctx, "the choices to be there after a reload", `Boolean(document.getElementById('size-postcard')?.checked && document.getElementById('shape-brick')?.checked)`)
	start := time.Now()
	steps(t, ctx, choose("send"), chromedp.WaitVisible(preview))
	t.Logf("from click to picture: %v", time.Since(start).Round(time.Millisecond))
	until(t, ctx, "the viewer", viewing)
	tinted := browsertest.Eval[string](t, ctx, `document.getElementById('tint').textContent`)

	// Whoever gets the link sees the same at once.
	link := browsertest.Eval[string](t, ctx, `location.href`)
	steps(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(link))
	until(t, ctx, "the viewer", viewing)
	t.Logf("by link: ready after %d ms, %d bytes", browsertest.Eval[int](t, ctx, `Number(document.getElementById('mosaic').dataset.ready)`), browsertest.Eval[int](t, ctx, carried))
	if again := browsertest.Eval[string](t, ctx, `document.getElementById('tint').textContent`); !strings.Contains(again, "by at most") || again != tinted {
		t.Errorf("tint: %q, and to whoever comes later %q", tinted, again)
	}
	loaded := func(name string) string {
		return `performance.getEntriesByType('resource').filter((e) => e.name.endsWith('` + name + `')).reduce((n, e) => n + e.encodedBodySize, 0)`
	}
	if n := browsertest.Eval[int](t, ctx, loaded("/first.jpg")); n == 0 || n > 200_000 {
		t.Errorf("the first picture is %d bytes", n)
	}
	if n := browsertest.Eval[int](t, ctx, loaded("/preview.jpg")); n > 0 {
		t.Errorf("the sharper picture was loaded before anybody looked closer: %d bytes", n)
	}
	if by := browsertest.Eval[float64](t, ctx, shifted); by > 0 {
		t.Errorf("the mosaic's page: things moved by %v", by)
	}
	audit(t, ctx, "done")
	steps(t, ctx, chromedp.Click("#zoom-in"))
	until(t, ctx, "the sharper picture", loaded("/preview.jpg")+` > 0`)
	steps(t, ctx, chromedp.Click("#whole"))
	useTheViewer(t, ctx, link)
}

func useTheViewer(t *testing.T, ctx context.Context, link string) {
	steps(t, ctx, chromedp.SendKeys("#q", "ada"), chromedp.WaitVisible("#found li"), chromedp.SendKeys("#q", "\r"), chromedp.WaitVisible("#selected"))
	name := browsertest.Eval[string](t, ctx, `document.querySelector('#who b, #who a').textContent`)
	if !strings.HasPrefix(name, "Ada") {
		t.Errorf("a search for ada found %q", name)
	}
	hash := browsertest.Eval[string](t, ctx, `location.hash`)
	if hash != "#friend=demo%3A1" && !strings.HasPrefix(hash, "#friend=demo%3A") {
		t.Errorf("the link to a friend ends in %q", hash)
	}
	until(t, ctx, "the flight to a friend", `document.getElementById('mosaic').viewer.viewport.scale > 30`)
	screenshot(t, ctx, "friend")

	// A link to somebody leads there; keys and wheel do what the buttons do.
	steps(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(link+"?renderer=webgl"+hash))
	until(t, ctx, "the flight by a link", `document.getElementById('mosaic').viewer?.viewport.scale > 30`)
	if again := browsertest.Eval[string](t, ctx, `document.querySelector('#who b, #who a').textContent`); again != name {
		t.Errorf("the link to %s shows %s", name, again)
	}
	if on := browsertest.Eval[string](t, ctx, `document.getElementById('mosaic').viewer.renderer`); on != "webgl" {
		t.Errorf("drawn by %s, want WebGL", on)
	}
	screenshot(t, ctx, "friend by WebGL")
	steps(t, ctx, chromedp.Focus("#viewer"), chromedp.SendKeys("#viewer", "0"))
	until(t, ctx, "the whole picture", `document.getElementById('mosaic').viewer.viewport.isWhole()`)
	steps(t, ctx, chromedp.SendKeys("#viewer", "++++"))
	until(t, ctx, "coming nearer by keys", `!document.getElementById('mosaic').viewer.viewport.isWhole()`)

	// Again without somebody: only who asked for a mosaic can do so, and then it is another one.
	steps(t, ctx, chromedp.WaitVisible("#without"), chromedp.ScrollIntoView("#without"), chromedp.Click("#without"))
	until(t, ctx, "another mosaic", `location.href.startsWith(`+quoted(link[:strings.LastIndex(link, "/")])+`) && !location.href.startsWith(`+quoted(link)+`)`)
	until(t, ctx, "the viewer", viewing)
	if n := browsertest.Eval[string](t, ctx, `document.querySelector('#done h1').textContent`); !strings.Contains(n, "299") {
		t.Errorf("without one of 300 the title is %q", n)
	}

	// Deleting takes two steps, and the first can be taken back.
	steps(t, ctx, chromedp.ScrollIntoView("#removal"), chromedp.Click("#removal summary"), chromedp.Click("#delete button"), chromedp.WaitVisible("#end"))
	if code, _, _ := get(t, browsertest.Eval[string](t, ctx, `location.href`), "Accept", "text/html"); code != http.StatusGone {
		t.Errorf("a deleted mosaic's page: %d", code)
	}
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// A person's own photos, with one left out and a part of the picture, at the size of a phone.
func storyOfOwnPhotos(t *testing.T, ctx context.Context, base string) {
	dir := t.TempDir()
	var files []string
	for _, p := range append(photos(t, 5), part{file: "me.png", content: picture(t, 60, 60, color.NRGBA{180, 90, 40, 255})}) {
		files = append(files, filepath.Join(dir, p.file))
		if err := os.WriteFile(files[len(files)-1], p.content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	last := len(files) - 1
	steps(t, ctx, screen(360, 780, "dark"), chromedp.Navigate(base+"/?source=upload&size=postcard&shape=square"),
		chromedp.SetUploadFiles(`#photos`, files[:last]), chromedp.WaitVisible(".face:nth-child(1)"),
		chromedp.SetUploadFiles(`#target`, files[last:]), chromedp.WaitVisible("#crop-view"))
	steps(t, ctx, chromedp.Focus("#crop-view"), chromedp.SendKeys("#crop-view", "+++"))
	// With a tint of 0 the small mosaic is of nothing but their five colours; the page's own faces have hundreds.
	const colours = `(() => {
		const { data } = document.getElementById('tint-preview').getContext('2d').getImageData(0, 0, 192, 192);
		return new Set(new Uint32Array(data.buffer)).size;
	})()`
	steps(t, ctx, chromedp.SetValue("#tint", "0"))
	until(t, ctx, "the small mosaic of their own photos", `(document.getElementById('tint').dispatchEvent(new Event('input')), `+colours+` <= 5)`)
	screenshot(t, ctx, "own photos phone")
	steps(t, ctx, chromedp.Click("li:nth-child(2) .face"))
	steps(t, ctx, choose("send"), chromedp.WaitVisible(preview))
	until(t, ctx, "the viewer", viewing)
	plan := readPlan(t, base, shownID(t, ctx))
	if len(plan.Friends) != 4 || plan.Friends[1].Name != "Friend 2" {
		t.Errorf("without the second of five photos: %+v", plan.Friends)
	}
}

// shownID is the id of the mosaic whose page is shown.
func shownID(t *testing.T, ctx context.Context) string {
	t.Helper()
	return strings.TrimPrefix(browsertest.Eval[string](t, ctx, `location.pathname`), "/m/")
}

// The same for a browser without scripts: a form, a page that looks again by itself, a picture.
func storyWithoutScripts(t *testing.T, ctx context.Context, base string) {
	scripts := func(off bool) {
		t.Helper()
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off}); err != nil {
			t.Fatal(err)
		}
	}
	scripts(true)
	defer scripts(false)
	steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+"/?lang=de"), choose("source-mastodon"), choose("send"), chromedp.WaitVisible("#problem-handle"))
	screenshot(t, ctx, "refused without scripts")
	steps(t, ctx, choose("source-demo"), choose("size-postcard"), choose("send"), chromedp.WaitVisible(preview))
	screenshot(t, ctx, "done without scripts")
	title, err := chromedp.Run(ctx, chromedp.Text("#done h1"))
	if err != nil || !strings.Contains(title, "300 Freunden") {
		t.Errorf("the page in German: %q, %v", title, err)
	}
}

// The network breaks while a mosaic is made, and when it is back, the servers have forgotten it.
func storyOfACutLine(t *testing.T, ctx context.Context, _ string) {
	network := faultproxy.Start(t, "")
	lead := func(url string) { network.SetUpstream(strings.TrimPrefix(url, "http://")) }
	t.Run("before", func(t *testing.T) { // its server ends with it
		lead(startSystem(t, "-workers", "0"))
		steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate("http://"+network.Addr+"/?source=demo&size=postcard"), choose("send"), chromedp.WaitVisible("#no-workers"))
		audit(t, ctx, "wait")
		network.Refuse(true)
		steps(t, ctx, chromedp.WaitVisible("#unreachable"))
		screenshot(t, ctx, "trouble")
	})
	id := shownID(t, ctx)
	network.Refuse(false)
	lead(startSystem(t))
	steps(t, ctx, chromedp.WaitVisible(preview))
	if now := shownID(t, ctx); now != id {
		t.Errorf("asked for again, %s became %s", id, now)
	}
}

// The friends of somebody on a network: looked up, seen, one left out.
func storyOfANetwork(t *testing.T, ctx context.Context, _ string) {
	people := portrayed(t, "anna", 95)
	there := friendstest.NewMastodon(t, people...)
	base := startSystem(t, "-allow-private")
	steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(base+"/?source=mastodon&size=postcard"),
		chromedp.SendKeys("#handle", "@nobody@"+there.Host), choose("gather"), chromedp.WaitVisible("#problem-handle"),
		chromedp.SetValue("#handle", "@anna@"+there.Host), choose("gather"))
	until(t, ctx, "all friends", `document.querySelectorAll('.face').length === 95`)
	const seen = `[...document.querySelectorAll('.face img')].filter((face) => face.complete && face.naturalWidth === 64).length`
	until(t, ctx, "their faces", seen+` > 40`)
	steps(t, ctx, chromedp.Click("li:nth-child(3) .face"))
	screenshot(t, ctx, "faces")
	auditTree(t, ctx, "faces")
	steps(t, ctx, screen(360, 780, "dark"))
	screenshot(t, ctx, "faces phone")
	steps(t, ctx, screen(1280, 900, "light"))
	if count := browsertest.Eval[string](t, ctx, `document.getElementById('count').textContent`); !strings.HasPrefix(count, "94 ") {
		t.Errorf("with one of 95 left out: %q", count)
	}
	steps(t, ctx, choose("send"), chromedp.WaitVisible(preview))
	until(t, ctx, "the viewer", viewing)
	plan := readPlan(t, base, shownID(t, ctx))
	if len(plan.Friends) != 94 {
		t.Errorf("%d friends in the mosaic, want 94", len(plan.Friends))
	}
	steps(t, ctx, chromedp.SendKeys("#q", "friend 7"), chromedp.SendKeys("#q", "\r"), chromedp.WaitVisible("#who a"))
	if profile := browsertest.Eval[string](t, ctx, `document.querySelector('#who a').href`); !strings.Contains(profile, there.Host) {
		t.Errorf("the profile is %q", profile)
	}
}
