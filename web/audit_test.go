package main

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
)

// contrast lists texts that are hard to read, after WCAG 2.2, 1.4.3: less than 4.5 to 1 against what
// is behind them, or 3 to 1 where they are large. Colours are what the browser computed.
const contrast = `(() => {
  const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m[3] ?? 1]; };
  const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => {
    const layers = [];
    for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); layers.push(c); if (c[3] === 1) break; }
    return layers.reverse().reduce((b, c) => over(c, b), [255, 255, 255, 1]);
  };
  const bad = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walk.nextNode());) {
    const e = n.parentElement, s = getComputedStyle(e);
    if (!n.data.trim() || !e.checkVisibility() || e.closest('script, .unseen, [disabled], option')) continue;
    const bg = behind(e), fg = over(parse(s.color), bg), a = light(fg), b = light(bg);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size = parseFloat(s.fontSize);
    const large = size >= 24 || (size >= 18.66 && s.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) bad.push(ratio.toFixed(2) + ' "' + n.data.trim().slice(0, 40) + '" ' + s.color);
  }
  return bad;
})()`

// sideways is whether one has to scroll sideways.
const sideways = `document.documentElement.scrollWidth > innerWidth`

// shifted is how far things jumped while the page came (Layout Instability API).
const shifted = `new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 100);
})`

// carried is how many bytes came over the network for the page until now, with headers.
const carried = `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((sum, e) => sum + e.transferSize, 0)`

// screen sets the window and the colour scheme.
func screen(width, height int64, scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// audit checks what everybody needs of a page, and keeps pictures of it, at each width and scheme.
func audit(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"phone", 360, 780}, {"desk", 1280, 900}, {"wide", 2560, 1440}} {
		for _, scheme := range []string{"light", "dark"} {
			if err := chromedp.Do(ctx, screen(size.width, size.height, scheme)); err != nil {
				t.Fatal(err)
			}
			for _, hard := range browsertest.Eval[[]string](t, ctx, contrast) {
				t.Errorf("%s, %s, %s: contrast %s", name, size.name, scheme, hard)
			}
			if browsertest.Eval[bool](t, ctx, sideways) {
				t.Errorf("%s, %s: the page is wider than the window", name, size.name)
			}
			if size.name != "wide" {
				screenshot(t, ctx, name+" "+size.name+" "+scheme)
			}
		}
	}
	if err := chromedp.Do(ctx, screen(1280, 900, "light")); err != nil {
		t.Fatal(err)
	}
	auditTree(t, ctx, name)
}

// named are the roles that say nothing without a name.
var named = []string{"button", "link", "textbox", "searchbox", "combobox", "slider", "checkbox", "radio", "radiogroup", "image", "application", "form", "progressbar", "listbox", "option"}

// auditTree looks at the page as a screen reader does.
func auditTree(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	text := func(v *accessibility.Value) (s string) {
		if v != nil {
			json.Unmarshal(v.Value, &s)
		}
		return s
	}
	seen := map[string]int{}
	level := 0
	for _, n := range tree.Nodes {
		role := text(n.Role)
		if n.Ignored {
			continue
		}
		seen[role]++
		if slices.Contains(named, role) && text(n.Name) == "" {
			t.Errorf("%s: a %s without a name", name, role)
		}
		if role != "heading" {
			continue
		}
		for _, p := range n.Properties {
			if p.Name == "level" {
				var deep int
				json.Unmarshal(p.Value.Value, &deep)
				if deep > level+1 {
					t.Errorf("%s: the heading %q is of order %d, after one of order %d", name, text(n.Name), deep, level)
				}
				level = deep
			}
		}
	}
	for _, landmark := range []string{"banner", "main", "contentinfo"} {
		if seen[landmark] != 1 {
			t.Errorf("%s: %d times %s, want once", name, seen[landmark], landmark)
		}
	}
	if browsertest.Eval[bool](t, ctx, `[...document.querySelectorAll('[tabindex]')].some((e) => e.tabIndex > 0)`) {
		t.Errorf("%s: the order of focus is not that of the page", name)
	}
}
