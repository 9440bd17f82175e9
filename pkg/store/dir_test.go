package store_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
)

func TestOpenFile(t *testing.T) {
	d := openDir(t, t.TempDir())
	id := job.NewID()
	deliver(t, d, id)
	f, entry, err := d.OpenFile(t.Context(), id, "poster.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if entry.Name != "poster.jpg" || entry.Bytes != int64(len("poster of "+id)) || len(entry.SHA256) != 64 {
		t.Errorf("entry: %+v", entry)
	}
	if _, err := f.Seek(7, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || string(got) != "of "+id {
		t.Errorf("from 7 on: %q, %v", got, err)
	}
	for _, name := range []string{"preview.jpg", "manifest.json", "../" + id + "/poster.jpg", ""} {
		if _, _, err := d.OpenFile(t.Context(), id, name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v, want ErrNotFound", name, err)
		}
	}
}

// Of a damaged mosaic, no file is opened.
func TestOpenFileOfADamagedMosaic(t *testing.T) {
	disk := t.TempDir()
	d := openDir(t, disk)
	for what, damage := range map[string]func(string) error{
		"torn": func(path string) error { return os.Truncate(path, 3) }, "missing": os.Remove,
		"a directory": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		id := job.NewID()
		deliver(t, d, id)
		if err := damage(filepath.Join(disk, "mosaics", id, "poster.jpg")); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"poster.jpg", "plan.json"} {
			if _, _, err := d.OpenFile(t.Context(), id, name); !errors.Is(err, store.ErrNotFound) || !errors.Is(err, store.ErrDamaged) {
				t.Errorf("%s: %s: %v", what, name, err)
			}
		}
	}
}

// Symbolic links in the store lead nowhere outside of it, neither for reading nor for
// writing.
func TestSymlinksDoNotEscape(t *testing.T) {
	disk, outside := t.TempDir(), t.TempDir()
	d := openDir(t, disk)
	secret := filepath.Join(outside, "poster.jpg")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	linked, link := job.NewID(), job.NewID()
	deliver(t, d, linked)
	poster := filepath.Join(disk, "mosaics", linked, "poster.jpg")
	if err := errors.Join(
		os.Remove(poster),
		os.Symlink(secret, poster),
		os.Symlink(outside, filepath.Join(disk, "mosaics", link)),
		os.Symlink(outside, filepath.Join(disk, "uploads", link)),
	); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{linked, link} {
		if r, err := d.Open(t.Context(), id, "poster.jpg"); err == nil {
			r.Close()
			t.Errorf("%s was read through a link", id)
		}
		if _, err := d.Manifest(t.Context(), id); err == nil {
			t.Errorf("%s has a manifest", id)
		}
	}
	if err := d.PutUpload(t.Context(), link, "photo", eof{}, 10); err == nil {
		t.Error("an upload was written through a link")
	}
	if err := d.Delete(t.Context(), link); err != nil {
		t.Error(err)
	}
	if err := d.DeleteUploads(t.Context(), link); err != nil {
		t.Error(err)
	}
	if got := list(t, outside, ""); len(got) != 1 {
		t.Errorf("outside: %v", got)
	}
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

func TestClean(t *testing.T) {
	disk := t.TempDir()
	d := openDir(t, disk)
	ages := dirstore.Ages{Incoming: time.Hour, Uploads: 2 * time.Hour, Mosaics: 3 * time.Hour}
	young, old := job.NewID(), job.NewID()
	for id, age := range map[string]time.Duration{young: -time.Minute, old: time.Minute} {
		deliver(t, d, id)
		another := job.NewID()
		put(t, begin(t, d, another, "1"), "poster.jpg", "never finished")
		if err := d.PutUpload(t.Context(), id, "photo", eof{}, 1); err != nil {
			t.Fatal(err)
		}
		temp := filepath.Join(disk, ".tmp", id)
		if err := os.WriteFile(temp, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for path, limit := range map[string]time.Duration{
			temp: ages.Incoming,
			filepath.Join(disk, "incoming", another+".1"): ages.Incoming,
			filepath.Join(disk, "uploads", id):            ages.Uploads,
			filepath.Join(disk, "mosaics", id):            ages.Mosaics,
		} {
			then := time.Now().Add(-limit - age)
			if err := os.Chtimes(path, then, then); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, err := d.Clean(t.Context(), dirstore.Ages{}); err != nil || got != (dirstore.Cleaned{}) {
		t.Errorf("nothing is ever too old: %+v, %v", got, err)
	}
	got, err := d.Clean(t.Context(), ages)
	if err != nil || got != (dirstore.Cleaned{Incoming: 1, Uploads: 1, Mosaics: 1}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, area := range []string{"incoming", "uploads", "mosaics", ".tmp"} {
		if left := list(t, disk, area); len(left) != 1 {
			t.Errorf("%s: %v", area, left)
		}
	}
	if _, err := d.Manifest(t.Context(), young); err != nil {
		t.Error(err)
	}
	if _, err := d.Manifest(t.Context(), old); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the old one: %v, want ErrNotFound", err)
	}
}

// A full disk is said to be one, and leaves nothing behind.
func TestFullDisk(t *testing.T) {
	disk := tinyDisk(t)
	dir := openDir(t, disk)
	s := startServer(t, dir, ftpserver.Config{})
	for name, storage := range map[string]store.Store{
		"Dir":    dir,
		"Server": openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password}),
	} {
		t.Run(name, func(t *testing.T) {
			d := begin(t, storage, job.NewID(), "1")
			err := d.Put(t.Context(), "poster.jpg", func(w io.Writer) error { return writeNoise(w, 8<<20) })
			if !errors.Is(err, store.ErrFull) {
				t.Errorf("got %v, want ErrFull", err)
			}
			if m, ok := message.Of(err); !ok || m.Code != "store.full" {
				t.Errorf("the person is told %+v", m)
			}
			if got := list(t, disk, ".tmp"); len(got) > 0 {
				t.Errorf("partial files: %v", got)
			}
			put(t, d, "poster.jpg", "small enough")
			if err := d.Commit(t.Context(), job.Result{}); err != nil {
				t.Error(err)
			}
		})
	}
}
