package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/mend"
)

// harms are what may become of a finished mosaic on a disk.
var harms = map[string]func(t *testing.T, dir string){
	"a flipped byte": func(t *testing.T, dir string) { flip(t, filepath.Join(dir, "poster.jpg")) },
	"a cut file": func(t *testing.T, dir string) {
		if err := os.Truncate(filepath.Join(dir, "poster.jpg"), 3); err != nil {
			t.Fatal(err)
		}
	},
	"a missing file": func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, "poster.jpg")); err != nil {
			t.Fatal(err)
		}
	},
	"no manifest": func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, "manifest.json")); err != nil {
			t.Fatal(err)
		}
	},
	"nothing": func(t *testing.T, dir string) {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	},
}

// flip changes one byte, and leaves the size.
func flip(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
}

func isLost(err error) bool {
	return errors.Is(err, store.ErrDamaged) || errors.Is(err, store.ErrNotFound)
}

func TestAHarmedMosaicIsMendedFromTheOtherStore(t *testing.T) {
	for name, harm := range harms {
		t.Run(name, func(t *testing.T) {
			w := startTwins(t)
			id := job.NewID()
			deliver(t, w, id)
			w.catchUp(t, 1)
			for i := range 2 {
				harm(t, filepath.Join(w.disk[i], "mosaics", id))
				if mended, err := mend.Mosaic(t.Context(), w.Store, id, store.Hashes, nil); !mended || err != nil {
					t.Fatalf("store %d: mended %v, %v", i, mended, err)
				}
				w.wantIn(t, i, id, true)
				w.wantIn(t, 1-i, id, true)
			}
			if mended, err := mend.Mosaic(t.Context(), w.Store, id, store.Hashes, nil); mended || err != nil {
				t.Errorf("whole: mended %v, %v", mended, err)
			}
			for i := range 2 {
				harm(t, filepath.Join(w.disk[i], "mosaics", id))
			}
			if mended, err := mend.Mosaic(t.Context(), w.Store, id, store.Hashes, nil); mended || !isLost(err) {
				t.Errorf("harmed in both: mended %v, %v", mended, err)
			}
		})
	}
}

// Each store has lost another file: together they have all.
func TestAMosaicIsMendedFromTwoHarmedOnes(t *testing.T) {
	w := startTwins(t)
	id := job.NewID()
	deliver(t, w, id)
	w.catchUp(t, 1)
	flip(t, filepath.Join(w.disk[0], "mosaics", id, "poster.jpg"))
	flip(t, filepath.Join(w.disk[1], "mosaics", id, "plan.json"))
	if mended, err := mend.Mosaic(t.Context(), w.Store, id, store.Hashes, nil); !mended || err != nil {
		t.Fatalf("mended %v, %v", mended, err)
	}
	for i := range 2 {
		w.wantIn(t, i, id, true)
		if mended, err := mend.Mosaic(t.Context(), w.each[i], id, store.Hashes, nil); mended || err != nil {
			t.Errorf("store %d: mended %v, %v", i, mended, err)
		}
	}
}

// While the other store is unavailable, a mosaic is not known to be lost; the damaged copy is hidden meanwhile.
func TestAHarmedMosaicWaitsForTheOtherStore(t *testing.T) {
	w := startTwins(t)
	id := job.NewID()
	deliver(t, w, id)
	w.catchUp(t, 1)
	flip(t, filepath.Join(w.disk[0], "mosaics", id, "poster.jpg"))
	w.away[1]()
	if mended, err := mend.Mosaic(t.Context(), w.Store, id, store.Hashes, nil); mended || err == nil || isLost(err) {
		t.Errorf("mended %v, %v", mended, err)
	}
	w.wantIn(t, 0, id, false)
	if _, err := w.Manifest(t.Context(), id); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("of both: %v", err)
	}
	w.back[1]()
	w.catchUp(t, 1)
	w.wantIn(t, 0, id, true)
}

func TestTheMirrorMendsTheStore(t *testing.T) {
	for name, harm := range harms {
		t.Run(name, func(t *testing.T) {
			m := startMirror(t)
			id := job.NewID()
			deliver(t, m, id)
			manifest, err := m.Manifest(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range manifest.Files {
				r, err := m.Open(t.Context(), id, f.Name)
				read(t, r, err)
			}
			harm(t, filepath.Join(m.disk, "mosaics", id))
			if mended, err := m.Mend(t.Context(), id, store.Hashes, nil); !mended || err != nil {
				t.Fatalf("mended %v, %v", mended, err)
			}
			if mended, err := m.origin.Mend(t.Context(), id, store.Hashes, nil); mended || err != nil {
				t.Errorf("afterwards: mended %v, %v", mended, err)
			}

			// Without a copy it is lost, here as well.
			harm(t, filepath.Join(m.disk, "mosaics", id))
			flip(t, filepath.Join(m.cache, "mosaics", id, "poster.jpg"))
			if mended, err := m.Mend(t.Context(), id, store.Hashes, nil); name != "no manifest" && (mended || !isLost(err)) {
				t.Errorf("harmed in both: mended %v, %v", mended, err)
			}
		})
	}
}

func TestAHarmedCopyInTheMirrorIsReadAgain(t *testing.T) {
	m := startMirror(t)
	id := job.NewID()
	deliver(t, m, id)
	r, err := m.Open(t.Context(), id, "poster.jpg")
	good := read(t, r, err)
	flip(t, filepath.Join(m.cache, "mosaics", id, "poster.jpg"))
	if removed, err := m.VerifyCached(t.Context(), id, nil); !removed || err != nil {
		t.Fatalf("removed %v, %v", removed, err)
	}
	r, err = m.Open(t.Context(), id, "poster.jpg")
	if got := read(t, r, err); got != good {
		t.Errorf("read %q", got)
	}
	if removed, err := m.VerifyCached(t.Context(), id, nil); removed || err != nil {
		t.Errorf("removed %v, %v", removed, err)
	}
	if ids, err := m.Cached(t.Context()); err != nil || !slices.Equal(ids, []string{id}) {
		t.Errorf("in the cache: %q, %v", ids, err)
	}

	// A damaged file of the store is not pulled.
	other := job.NewID()
	deliver(t, m, other)
	flip(t, filepath.Join(m.disk, "mosaics", other, "poster.jpg"))
	if _, _, err := m.OpenFile(t.Context(), other, "poster.jpg"); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("pulling a damaged file: %v", err)
	}
	if strings.Contains(strings.Join(list(t, m.cache, "mosaics"), " "), other+"/poster") {
		t.Error("it is in the cache")
	}
}
