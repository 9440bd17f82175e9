package store_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
)

// show begins a delivery and shows its first look.
func show(t testing.TB, s store.Store, id, token, picture string) store.Delivery {
	t.Helper()
	d := begin(t, s, id, token)
	put(t, d, "first.jpg", picture)
	put(t, d, "plan.json", "{}")
	if err := d.Show(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func wantLook(t testing.TB, s store.Store, id, token, picture string) {
	t.Helper()
	look, err := s.Look(t.Context(), id, token)
	if err != nil || len(look.Files) != 2 || look.ID != id {
		t.Fatalf("look %s: %+v, %v", token, look, err)
	}
	r, err := s.OpenLook(t.Context(), id, token, "first.jpg")
	if got := read(t, r, err); got != picture {
		t.Errorf("look %s: %q, want %q", token, got, picture)
	}
}

func wantNoLook(t testing.TB, s store.Store, id, token, when string) {
	t.Helper()
	if _, err := s.Look(t.Context(), id, token); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%s: %v, want ErrNotFound", when, err)
	}
}

// While a mosaic is delivered, its first look can be read, and to everybody else there is no mosaic: neither one that is
// lost nor a damaged one. Looks of two attempts never meet.
func TestAFirstLook(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		ctx, id := t.Context(), job.NewID()
		wantNoLook(t, p, id, "1-a", "before")
		first := begin(t, p, id, "1-a")
		put(t, first, "first.jpg", "of the first")
		wantNoLook(t, p, id, "1-a", "with one file of it")
		first.Abort(ctx)

		first = show(t, p, id, "1-a", "of the first")
		put(t, first, "poster.jpg", "poster of "+id)
		second := show(t, p, id, "2-b", "of the second")
		wantLook(t, p, id, "1-a", "of the first")
		wantLook(t, p, id, "2-b", "of the second")
		if _, err := p.Manifest(ctx, id); !errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDamaged) {
			t.Errorf("the mosaic: %v, want that there is none", err)
		}
		if ids, err := p.List(ctx); err != nil || len(ids) > 0 {
			t.Errorf("listed: %v, %v", ids, err)
		}
		for _, bad := range [][2]string{{"../" + id, "1-a"}, {id, "../1-a"}, {id, ""}} {
			wantNoLook(t, p, bad[0], bad[1], "under another name")
		}
		if _, err := p.OpenLook(ctx, id, "1-a", "../manifest.json"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a file with another name: %v", err)
		}

		put(t, second, "poster.jpg", "poster of "+id)
		if err := second.Commit(ctx, job.Result{Files: []string{"poster.jpg"}, Look: "2-b"}); err != nil {
			t.Fatal(err)
		}
		wantNoLook(t, p, id, "2-b", "when the mosaic is there")
		m, err := p.Manifest(ctx, id)
		if err != nil || m.Result.Look != "2-b" || len(m.Files) != 4 {
			t.Fatalf("the mosaic: %+v, %v", m, err)
		}
		r, err := p.Open(ctx, id, "first.jpg")
		if got := read(t, r, err); got != "of the second" {
			t.Errorf("the mosaic shows %q", got)
		}
		first.Abort(ctx)
		wantNoLook(t, p, id, "1-a", "when its attempt was given up")
		if left := list(t, p.disk, "incoming"); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// What a worker that died had shown is removed like all that it left.
func TestLeftoverLooksExpire(t *testing.T) {
	disk := t.TempDir()
	d := openDir(t, disk)
	old, young := job.NewID(), job.NewID()
	show(t, d, old, "1-a", "x")
	show(t, d, young, "1-a", "x")
	day := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(filepath.Join(disk, "incoming", old+".1-a"), day, day); err != nil {
		t.Fatal(err)
	}
	if c, err := d.Clean(t.Context(), dirstore.DefaultAges()); err != nil || c.Incoming != 1 {
		t.Errorf("cleaned %+v, %v", c, err)
	}
	wantNoLook(t, d, old, "1-a", "a day later")
	wantLook(t, d, young, "1-a", "x")
}

// A mirror pulls the files of a look once. It never takes them for the mosaic's, nor for those of another attempt, and
// keeps none of them when the mosaic is finished or deleted.
func TestMirrorOfAFirstLook(t *testing.T) {
	m := startMirror(t)
	ctx, id := t.Context(), job.NewID()
	wantFile := func(token, want string) {
		t.Helper()
		f, _, err := m.OpenLookFile(ctx, id, token, "first.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, f, nil); got != want {
			t.Errorf("look %s: %q, want %q", token, got, want)
		}
	}
	first := show(t, m.origin, id, "1-a", "of the first")
	wantFile("1-a", "of the first")
	first.Abort(ctx)
	wantFile("1-a", "of the first") // nobody asks for it any more, but it would not harm
	second := show(t, m.origin, id, "2-b", "of the second")
	wantFile("2-b", "of the second")
	if _, _, err := m.OpenLookFile(ctx, id, "2-b", "poster.jpg"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the poster: %v, want ErrNotFound", err)
	}
	if _, err := m.Manifest(ctx, id); !errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDamaged) {
		t.Errorf("the mosaic: %v, want that there is none", err)
	}
	if ids, err := m.Cached(ctx); err != nil || len(ids) > 0 {
		t.Errorf("cached as mosaics: %v, %v", ids, err)
	}
	put(t, second, "poster.jpg", "poster of "+id)
	if err := second.Commit(ctx, job.Result{Files: []string{"poster.jpg"}, Look: "2-b"}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Manifest(ctx, id); err != nil {
		t.Fatal(err)
	}
	if left := list(t, m.cache, "incoming"); slices.Contains(left, id+".2-b") {
		t.Errorf("still cached when the mosaic is there: %v", left)
	}
	if err := m.Delete(ctx, id); err != nil {
		t.Fatal(err)
	}
	if left := list(t, m.cache, "incoming"); len(left) > 0 {
		t.Errorf("still cached when it was deleted: %v", left)
	}
}

// A look that changed under way, or was cut off, is not kept.
func TestMirrorRefusesADamagedLook(t *testing.T) {
	m := startMirror(t)
	id := job.NewID()
	show(t, m.origin, id, "1-a", "a picture")
	if err := os.WriteFile(filepath.Join(m.disk, "incoming", id+".1-a", "first.jpg"), []byte("a pic"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.OpenLookFile(t.Context(), id, "1-a", "first.jpg"); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
}

// A pair shows the look of either store, and copies nothing of it.
func TestPairOfAFirstLook(t *testing.T) {
	w := startTwins(t)
	id, other := job.NewID(), job.NewID()
	d := show(t, w, id, "1-a", "a picture")
	show(t, w.each[1], other, "1-a", "another picture")
	wantLook(t, w, id, "1-a", "a picture")
	wantLook(t, w, other, "1-a", "another picture")
	if n, err := w.CatchUp(t.Context(), week); n != 0 || err != nil {
		t.Errorf("copied %d, %v", n, err)
	}
	put(t, d, "poster.jpg", "poster of "+id)
	if err := d.Commit(t.Context(), job.Result{Files: []string{"poster.jpg"}, Look: "1-a"}); err != nil {
		t.Fatal(err)
	}
	if n, err := w.CatchUp(t.Context(), week); n != 1 || err != nil {
		t.Errorf("copied %d, %v", n, err)
	}
	for _, s := range w.each {
		if m, err := s.Manifest(t.Context(), id); err != nil || m.Result.Look != "1-a" {
			t.Errorf("%+v, %v", m, err)
		}
		if r, err := s.Open(t.Context(), id, "first.jpg"); err != nil {
			t.Error(err)
		} else {
			_, _ = io.Copy(io.Discard, r)
			r.Close()
		}
	}
}
