package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"smalti/pkg/browsertest"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/pause"
	"smalti/pkg/portrait"
	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/testenv"
)

// bench is a front end without workers, whose work is done by the test, step by step.
type bench struct {
	base  string
	queue *queue.Queue
	store *dirstore.Store
}

func startBench(t *testing.T) *bench {
	t.Helper()
	data := t.TempDir()
	c, err := readSettings([]string{"-listen", "127.0.0.1:0", "-data", data, "-workers", "0"}, noEnvironment, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	sys := started(t, c)
	b := &bench{base: sys.url(), queue: sys.queue.Queue}
	if b.store, err = dirstore.Open(filepath.Join(data, "store")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.store.Close() })
	return b
}

// heldAttempt is an attempt at a mosaic whose poster waits.
type heldAttempt struct {
	store.Delivery
	bench  *bench
	lease  *queue.Lease
	looked chan struct{} // closed after the first look
	poster chan error    // what becomes of the poster
	ended  chan error
}

// attempt begins one, and returns after its first look.
func (b *bench) attempt(t *testing.T) *heldAttempt {
	t.Helper()
	lease, err := b.queue.Take(t.Context(), "bench")
	if err != nil || lease == nil {
		t.Fatalf("no job: %v", err)
	}
	a := &heldAttempt{bench: b, lease: lease, looked: make(chan struct{}), poster: make(chan error, 1), ended: make(chan error, 1)}
	if a.Delivery, err = b.store.Deliver(t.Context(), lease.Package.ID, lease.Token); err != nil {
		t.Fatal(err)
	}
	renewing, stop := context.WithCancel(t.Context())
	go func() {
		for pause.For(renewing, time.Second) {
			_ = b.queue.Renew(renewing, lease, job.Progress{Phase: job.Composing, Total: 1})
		}
	}()
	go func() {
		defer stop()
		_, err := render.Render(t.Context(), lease.Package, &gather.Gatherer{Demo: portrait.Draw}, a, func(job.Progress) {})
		a.ended <- err
	}()
	select {
	case <-a.looked:
	case err := <-a.ended:
		t.Fatal(err)
	}
	return a
}

func (a *heldAttempt) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	if name == render.PosterFile {
		select {
		case err := <-a.poster:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return a.Delivery.Put(ctx, name, write)
}

func (a *heldAttempt) Look(ctx context.Context, r job.Result) (string, error) {
	defer close(a.looked)
	if err := a.Show(ctx); err != nil {
		return "", err
	}
	r.Look, r.Owner, r.Keep = a.lease.Token, "", 0
	return r.Look, a.bench.queue.Look(ctx, a.lease, r)
}

// crash ends it as a worker that dies: nobody cleans up.
func (a *heldAttempt) crash(t *testing.T) {
	t.Helper()
	a.poster <- io.ErrUnexpectedEOF
	<-a.ended
	if err := a.bench.queue.GiveBack(t.Context(), a.lease); err != nil {
		t.Fatal(err)
	}
}

// finish ends it well; meanwhile is called when the files are there, but the queue does not know yet.
func (a *heldAttempt) finish(t *testing.T, meanwhile func()) {
	t.Helper()
	a.poster <- nil
	if err := <-a.ended; err != nil {
		t.Fatal(err)
	}
	meanwhile()
	m, err := a.bench.store.Manifest(t.Context(), a.lease.Package.ID)
	if err == nil {
		err = a.bench.queue.Finish(t.Context(), a.lease, m.Result)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bench) want(t *testing.T, when string, code int, path string) (body []byte, h http.Header) {
	t.Helper()
	got, body, h := get(t, b.base+path)
	if got != code {
		t.Errorf("%s: %s: %d, want %d", when, path, got, code)
	}
	return body, h
}

// A first look can be seen before the poster is there, and belongs to one attempt.
func TestAFirstLookIsSeenBeforeThePoster(t *testing.T) {
	t.Parallel()
	b := startBench(t)
	id := accept(t, b.base, small)
	folder := func(a *heldAttempt) string { return "/files/" + id + "/" + a.lease.Token + "/" }
	// state is the mosaic's, which a server may repeat for a moment.
	state := func(want string, look bool) (v map[string]any) {
		t.Helper()
		testenv.WaitFor(t, "the state "+want, func() bool {
			_, v, _ = do(t, "GET", b.base+"/api/v1/mosaics/"+id, "", nil)
			return v["state"] == want && (v["first_look"] != nil) == look
		})
		return v
	}

	first := b.attempt(t)
	v := state("rendering", true)
	look, _ := v["first_look"].(map[string]any)
	links, _ := v["links"].(map[string]any)
	if look["look"] != first.lease.Token || len(links) < 6 || links["poster.jpg"] != nil || v["poll_after_ms"] == nil {
		t.Fatalf("while the poster is made: %v", v)
	}
	for name, path := range links {
		if _, h := b.want(t, "first look", 200, path.(string)); name != "page" && h.Get("Cache-Control") != "private, max-age=600, immutable" {
			t.Errorf("%s may be cached: %s", name, h.Get("Cache-Control"))
		}
	}
	for _, path := range []string{folder(first) + "poster.jpg", folder(first) + "look.json.part", "/files/" + id + "/first.jpg", "/files/" + id + "/poster.jpg", "/files/" + id + "/9-x/first.jpg"} {
		b.want(t, "first look", 404, path)
	}
	page, _ := b.want(t, "first look", 200, "/m/"+id)
	if !containsAll(page, `src="`+folder(first)+`first.jpg"`, `<noscript><meta http-equiv="refresh"`, `id="actions" hidden`, `<section id="wait" class="wait" hidden>`) {
		t.Errorf("the page without scripts:\n%s", page)
	}

	first.crash(t)
	if v := state("queued", false); v["links"] != nil {
		t.Errorf("after a crash: %v", v)
	}
	b.want(t, "after a crash", 404, folder(first)+"first.jpg")
	if page, _ := b.want(t, "after a crash", 200, "/m/"+id); !containsAll(page, `<section id="done" class="done" hidden>`) || bytes.Contains(page, []byte("first.jpg")) {
		t.Errorf("the page after a crash:\n%s", page)
	}

	second := b.attempt(t)
	b.want(t, "second look", 404, folder(first)+"first.jpg")
	seen, _ := b.want(t, "second look", 200, folder(second)+"first.jpg")
	second.finish(t, func() { b.want(t, "delivered", 200, folder(second)+"first.jpg") })
	if v := state("done", false); v["result"].(map[string]any)["look"] != second.lease.Token {
		t.Errorf("done: %v", v)
	}
	b.want(t, "done", 404, folder(first)+"first.jpg")
	still, _ := b.want(t, "done", 200, folder(second)+"first.jpg")
	whole, h := b.want(t, "done", 200, "/files/"+id+"/first.jpg")
	if !bytes.Equal(seen, still) || !bytes.Equal(seen, whole) || !strings.HasPrefix(h.Get("Cache-Control"), "public") {
		t.Error("the finished mosaic is another than its first look")
	}
	b.want(t, "done", 200, "/files/"+id+"/poster.jpg")
}

// Deleted is deleted, however much of it can be seen.
func TestAFirstLookOfADeletedMosaic(t *testing.T) {
	t.Parallel()
	b := startBench(t)
	id := accept(t, b.base, small, "Cookie", asOwner)
	a := b.attempt(t)
	if code, v, _ := do(t, "DELETE", b.base+"/api/v1/mosaics/"+id, "", nil, "Cookie", asOwner); code != http.StatusNoContent {
		t.Fatalf("DELETE: %d %v", code, v)
	}
	wantGone(t, b.base, id, "with a first look")
	b.want(t, "deleted", http.StatusGone, "/files/"+id+"/"+a.lease.Token+"/first.jpg")
	a.poster <- io.ErrUnexpectedEOF
	<-a.ended
}

// Somebody looks closer at the first look, and stays there when another attempt makes the mosaic, and when it is done.
func storyOfAFirstLook(t *testing.T, ctx context.Context, _ string) {
	b := startBench(t)
	id := accept(t, b.base, small)
	steps(t, ctx, screen(1280, 900, "light"), chromedp.Navigate(b.base+"/m/"+id), chromedp.WaitVisible("#wait"))
	first := b.attempt(t)
	const where = `(() => { const { x, y, scale } = document.getElementById('mosaic').viewer.viewport; return [x, y, scale].map((v) => v.toFixed(3)).join(); })()`
	until(t, ctx, "the first look", looking)
	steps(t, ctx, chromedp.WaitVisible("#coming"), chromedp.WaitNotVisible("#actions"))
	audit(t, ctx, "first look")
	browsertest.Eval[bool](t, ctx, `(document.getElementById('mosaic').viewer.camera.zoom(3, [200, 100]), true)`)
	before := browsertest.Eval[string](t, ctx, where)

	first.crash(t)
	until(t, ctx, "that it is made again", `document.getElementById('coming-line').textContent.includes('once more')`)
	steps(t, ctx, chromedp.WaitVisible("#viewer"))
	second := b.attempt(t)
	until(t, ctx, "the second look", `document.getElementById('preview').src.includes(`+quoted("/"+second.lease.Token+"/")+`) && document.querySelectorAll('#viewer canvas').length === 1 && `+plans(2))
	second.finish(t, func() {})
	until(t, ctx, "the mosaic", viewing)
	steps(t, ctx, chromedp.WaitNotVisible("#coming"), chromedp.WaitVisible("#download"))
	if after := browsertest.Eval[string](t, ctx, where); after != before {
		t.Errorf("the view went from %s to %s", before, after)
	}
	if !browsertest.Eval[bool](t, ctx, plans(2)) {
		t.Error("the plan was loaded again, although it is the same")
	}
	if title := browsertest.Eval[string](t, ctx, `document.title`); !strings.HasPrefix(title, "A mosaic of") {
		t.Errorf("the title is %q", title)
	}
}

// looking is whether the first look can be wandered in.
const looking = `document.getElementById('mosaic')?.dataset.ready > 0 && document.getElementById('mosaic').dataset.state === 'look'`

// plans is whether so many plans were loaded.
func plans(n int) string {
	return `performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/plan.json')).length === ` + string(rune('0'+n))
}
