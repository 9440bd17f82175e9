package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/mirror"
)

// The store's directory disappears while it is in use: moved, removed, emptied, or hidden by an empty one, as
// a disk is that is not mounted. Everything waits, nothing is said to be gone, nothing is made in its place;
// when the store is back, it is used at once.
func TestAStoreThatIsLostAndComesBack(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(t *testing.T, at, aside string){
		"moved": func(t *testing.T, at, aside string) { rename(t, at, aside) },
		"moved, with an empty directory in its place": func(t *testing.T, at, aside string) {
			rename(t, at, aside)
			if err := os.Mkdir(at, 0o755); err != nil {
				t.Fatal(err)
			}
		},
		"removed, after a backup": func(t *testing.T, at, aside string) {
			if err := os.CopyFS(aside, os.DirFS(at)); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(at); err != nil {
				t.Fatal(err)
			}
		},
		"emptied, after a backup": func(t *testing.T, at, aside string) {
			if err := os.CopyFS(aside, os.DirFS(at)); err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(at)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if err := os.RemoveAll(filepath.Join(at, e.Name())); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, aside := filepath.Join(t.TempDir(), "store"), filepath.Join(t.TempDir(), "aside")
			dir := openDir(t, at)
			s := startServer(t, dir, ftpserver.Config{})
			r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
			id, batch := job.NewID(), job.NewID()
			deliver(t, r, id)
			if err := r.PutUpload(t.Context(), batch, "a", strings.NewReader("a photo"), 100); err != nil {
				t.Fatal(err)
			}
			lose(t, at, aside)
			for which, st := range map[string]store.Store{"dir": dir, "remote": r} {
				for what, ask := range map[string]func(context.Context) error{
					"ping":     st.Ping,
					"manifest": func(ctx context.Context) error { _, err := st.Manifest(ctx, id); return err },
					"open":     func(ctx context.Context) error { _, err := st.Open(ctx, id, "poster.jpg"); return err },
					"list":     func(ctx context.Context) error { _, err := st.List(ctx); return err },
					"upload":   func(ctx context.Context) error { _, err := st.OpenUpload(ctx, batch, "a"); return err },
					"deliver":  func(ctx context.Context) error { _, err := st.Deliver(ctx, job.NewID(), "1"); return err },
					"put": func(ctx context.Context) error {
						return st.PutUpload(ctx, job.NewID(), "a", strings.NewReader("x"), 10)
					},
					"delete":  func(ctx context.Context) error { return st.Delete(ctx, id) },
					"discard": func(ctx context.Context) error { return st.DeleteUploads(ctx, batch) },
				} {
					if err := ask(t.Context()); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrLost) {
						t.Errorf("%s, %s: %v, want ErrUnavailable", which, what, err)
					}
				}
			}
			if left, err := os.ReadDir(at); err == nil && len(left) > 0 {
				t.Errorf("a new store was begun: %v", left)
			}
			if err := os.RemoveAll(at); err != nil {
				t.Fatal(err)
			}
			rename(t, aside, at)
			for which, st := range map[string]store.Store{"dir": dir, "remote": r} {
				if _, err := st.Manifest(t.Context(), id); err != nil {
					t.Errorf("%s: it is back: %v", which, err)
				}
				from, err := st.OpenUpload(t.Context(), batch, "a")
				if got := read(t, from, err); got != "a photo" {
					t.Errorf("%s: the photo is %q", which, got)
				}
			}
			deliver(t, r, job.NewID())
		})
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// A server elsewhere that lost the directory gets no new one by being asked.
func TestARemoteMakesNoStoreInPlaceOfALostOne(t *testing.T) {
	t.Parallel()
	s := ftptest.Vsftpd(t)
	c := ftpstore.Config{URL: s.URL + "/a/b", Password: s.Password}
	clone := c
	clone.Existing = true
	r, worker := openRemote(t, c), openRemote(t, clone)
	if err := worker.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a worker's store: %v, want ErrUnavailable", err)
	}
	for range 2 {
		if err := r.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	deliver(t, worker, job.NewID())
	if err := os.Rename(filepath.Join(s.Dir, "a", "b"), filepath.Join(s.Dir, "a", "c")); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*ftpstore.Store{r, worker} {
		if err := r.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("ping: %v, want ErrUnavailable", err)
		}
		if _, err := r.Deliver(t.Context(), job.NewID(), "1"); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("deliver: %v, want ErrUnavailable", err)
		}
	}
	if _, err := os.Stat(filepath.Join(s.Dir, "a", "b")); err == nil {
		t.Error("a new store was begun")
	}
}

// A cache may be lost: it is begun anew.
func TestACacheIsMadeAnew(t *testing.T) {
	t.Parallel()
	at := filepath.Join(t.TempDir(), "cache")
	behind := openDir(t, t.TempDir())
	cache, err := dirstore.OpenCache(at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cache.Close() })
	m := mirror.New(behind, cache)
	t.Cleanup(func() { m.Close() })
	id := job.NewID()
	deliver(t, behind, id)
	for range 2 {
		from, err := m.Open(t.Context(), id, "poster.jpg")
		read(t, from, err)
		if err := os.RemoveAll(at); err != nil {
			t.Fatal(err)
		}
	}
}
