package store_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/mirror"
	"smalti/pkg/store/pairstore"
)

const week = 7 * 24 * time.Hour

// twins are a pair of stores, each of which can be stopped.
type twins struct {
	*pairstore.Store
	each [2]*ftpstore.Store
	disk [2]string
	away [2]func()
	back [2]func()
}

func startTwins(t *testing.T) twins {
	var w twins
	for i := range w.each {
		p := serverPlace(t)
		s := &switched{}
		c := p.config
		c.Dial, c.Idle = s.dial, inTime
		w.each[i], w.disk[i] = openRemote(t, c), p.disk
		w.away[i] = func() { s.over(anywhere, "") }
		w.back[i] = func() { s.over("", "") }
	}
	w.Store = pairstore.New(w.each[0], w.each[1])
	return w
}

func (w *twins) wantIn(t *testing.T, i int, id string, want bool) {
	t.Helper()
	m, err := w.each[i].Manifest(t.Context(), id)
	if want != (err == nil) || !want && !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("in store %d: %v", i, err)
	}
	if want {
		r, err := w.each[i].Open(t.Context(), id, "poster.jpg")
		if got := read(t, r, err); got != "poster of "+id || m.Files[1].Bytes != int64(len(got)) {
			t.Fatalf("in store %d: %q", i, got)
		}
	}
}

func (w *twins) catchUp(t *testing.T, want int) {
	t.Helper()
	if n, err := w.CatchUp(t.Context(), week); err != nil || n != want {
		t.Fatalf("copied %d, %v; want %d", n, err, want)
	}
}

func TestPairOutlivesEither(t *testing.T) {
	w := startTwins(t)
	var ids []string
	for i := range 2 {
		w.away[i]()
		id := job.NewID()
		deliver(t, w, id)
		ids = append(ids, id)
		if _, err := w.Manifest(t.Context(), id); err != nil {
			t.Errorf("with one away: %v", err)
		}
		if _, err := w.Manifest(t.Context(), job.NewID()); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("with one away, nobody knows what there is not: %v", err)
		}
		if err := w.PutUpload(t.Context(), id, "photo", strings.NewReader("face"), 10); err != nil {
			t.Error(err)
		}
		if _, err := w.CatchUp(t.Context(), week); err == nil {
			t.Error("it caught up with a store that is away")
		}
		w.back[i]()
		w.wantIn(t, i, id, false)
		w.wantIn(t, 1-i, id, true)
		r, err := w.OpenUpload(t.Context(), id, "photo")
		if got := read(t, r, err); got != "face" {
			t.Errorf("photo: %q", got)
		}
		w.catchUp(t, 1)
		w.wantIn(t, i, id, true)
		w.catchUp(t, 0)
		a, err := w.each[0].Manifest(t.Context(), id)
		b, err2 := w.each[1].Manifest(t.Context(), id)
		if err := errors.Join(err, err2); err != nil || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("not the same: %v\n%+v\n%+v", err, a, b)
		}
	}
	slices.Sort(ids)
	got, err := w.List(t.Context())
	if slices.Sort(got); err != nil || !slices.Equal(got, ids) {
		t.Errorf("listed %v, %v; want %v", got, err, ids)
	}
	w.away[0]()
	w.away[1]()
	if _, err := w.Deliver(t.Context(), job.NewID(), "1"); err == nil || !strings.Contains(err.Error(), "no route") {
		t.Errorf("with both away: %v", err)
	}
	if err := w.Ping(t.Context()); err == nil {
		t.Error("with both away, it says that it can be used")
	}
}

// A store that breaks off one attempt does not get the next.
func TestPairTurnsToTheOther(t *testing.T) {
	w := startTwins(t)
	id := job.NewID()
	d := begin(t, w, id, "1")
	w.away[0]()
	if err := d.Put(t.Context(), "poster.jpg", text("x")); err == nil {
		t.Fatal("it was delivered to nowhere")
	}
	w.back[0]()
	deliver(t, w, id)
	w.wantIn(t, 0, id, false)
	w.wantIn(t, 1, id, true)
}

// A store that was unavailable while a mosaic was deleted must not bring it back.
func TestADeletedMosaicDoesNotComeBackWithAStore(t *testing.T) {
	w := startTwins(t)
	deleted := map[string]bool{}
	w.Deleted = func(id string) bool { return deleted[id] }
	for i := range 2 {
		id := job.NewID()
		deliver(t, w, id)
		w.catchUp(t, 1)
		w.away[i]()
		if err := w.Delete(t.Context(), id); err == nil {
			t.Error("with one away, nothing is said of it")
		}
		w.back[i]()
		w.wantIn(t, i, id, true)
		w.wantIn(t, 1-i, id, false)
		deleted[id] = true
		w.catchUp(t, 0)
		w.wantIn(t, i, id, false)
		w.wantIn(t, 1-i, id, false)
	}
	id := job.NewID()
	deliver(t, w, id)
	w.catchUp(t, 1)
	if err := w.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.catchUp(t, 0)
	if _, err := w.Manifest(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
}

func TestCatchUpCopiesWholeMosaicsOnly(t *testing.T) {
	w := startTwins(t)
	good, torn, changed, old := job.NewID(), job.NewID(), job.NewID(), job.NewID()
	for _, id := range []string{good, torn, changed, old} {
		deliver(t, w.each[0], id)
	}
	mosaic := func(id, name string) string { return filepath.Join(w.disk[0], "mosaics", id, name) }
	manifest, err := os.ReadFile(mosaic(old, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	year := time.Now().Format("2006-")
	if err := errors.Join(
		os.Truncate(mosaic(torn, "poster.jpg"), 3),
		os.WriteFile(mosaic(changed, "poster.jpg"), []byte("POSTER of "+changed), 0o644),
		os.WriteFile(mosaic(old, "manifest.json"), []byte(strings.Replace(string(manifest), year, "2001-", 1)), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	n, err := w.CatchUp(t.Context(), week)
	if n != 1 || err == nil || !strings.Contains(err.Error(), changed) || strings.Contains(err.Error(), torn) {
		t.Errorf("copied %d: %v", n, err)
	}
	if got := list(t, w.disk[1], "mosaics"); len(got) != 1 || got[0] != good {
		t.Errorf("copied: %v, want %s", got, good)
	}
	if got := list(t, w.disk[1], "incoming"); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestCatchUpBySeveral(t *testing.T) {
	w := startTwins(t)
	for range 6 {
		deliver(t, w.each[0], job.NewID())
	}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if _, err := pairstore.New(w.each[0], w.each[1]).CatchUp(t.Context(), week); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if a, b := list(t, w.disk[0], "mosaics"), list(t, w.disk[1], "mosaics"); !slices.Equal(a, b) || len(a) != 6 {
		t.Errorf("%v\n%v", a, b)
	}
	if got := list(t, w.disk[1], "incoming"); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestCatchUpBrokenOff(t *testing.T) {
	w := startTwins(t)
	id := job.NewID()
	d := begin(t, w.each[0], id, "1")
	if err := d.Put(t.Context(), "poster.jpg", noise(8<<20)); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(t.Context(), job.Result{}); err != nil {
		t.Fatal(err)
	}
	broken := serverPlace(t)
	newWire(t, &broken, &wire{fault: reset, each: 10_000})
	if n, err := pairstore.New(w.each[0], broken).CatchUp(t.Context(), week); err == nil || n != 0 {
		t.Errorf("copied %d, %v", n, err)
	}
	if got := list(t, broken.disk, "mosaics"); len(got) > 0 {
		t.Errorf("to be seen: %v", got)
	}
}

func TestMirrorOfPair(t *testing.T) {
	w := startTwins(t)
	m := mirror.New(w, openDir(t, t.TempDir()))
	defer m.Close()
	id := job.NewID()
	w.away[0]()
	deliver(t, m, id)
	f, _, err := m.OpenFile(t.Context(), id, "poster.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || string(got) != "poster of "+id {
		t.Errorf("%q, %v", got, err)
	}
}
