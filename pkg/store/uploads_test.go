package store_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/store"
	"smalti/pkg/testenv"
)

func TestUploads(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		ctx, id := t.Context(), job.NewID()
		if _, err := p.OpenUpload(ctx, id, "photo-1"); !errors.Is(err, store.ErrLost) {
			t.Fatalf("before: %v, want ErrLost", err)
		}
		for _, data := range []string{"first", "", "second"} { // each replaces the one before
			if err := p.PutUpload(ctx, id, "photo-1", strings.NewReader(data), 6); err != nil {
				t.Fatalf("%q: %v", data, err)
			}
			r, err := p.OpenUpload(ctx, id, "photo-1")
			if got := read(t, r, err); got != data {
				t.Errorf("got %q, want %q", got, data)
			}
		}
		if got := list(t, p.disk, "uploads/"+id); len(got) != 1 {
			t.Errorf("uploads: %v", got)
		}
		if err := p.DeleteUploads(ctx, id); err != nil {
			t.Fatal(err)
		}
		if _, err := p.OpenUpload(ctx, id, "photo-1"); !errors.Is(err, store.ErrLost) {
			t.Errorf("deleted: %v, want ErrLost", err)
		}
		if err := p.DeleteUploads(ctx, id); err != nil {
			t.Errorf("deleting again: %v", err)
		}
	})
}

func TestUploadThatDoesNotWork(t *testing.T) {
	broken := errors.New("the browser left")
	everywhere(t, func(t *testing.T, p place) {
		ctx, id := t.Context(), job.NewID()
		if err := p.PutUpload(ctx, id, "photo", strings.NewReader("the good one"), 100); err != nil {
			t.Fatal(err)
		}
		err := p.PutUpload(ctx, id, "photo", bytes.NewReader(make([]byte, 1<<20+1)), 1<<20)
		if !errors.Is(err, ftpserver.ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
		if got, _ := message.Of(err); got.String() != "This file is too large; the limit is 1 MB." {
			t.Errorf("message: %q", got)
		}
		err = p.PutUpload(ctx, id, "photo", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)), 100)
		if !errors.Is(err, broken) {
			t.Errorf("broken reader: %v", err)
		}
		r, err := p.OpenUpload(ctx, id, "photo")
		if got := read(t, r, err); got != "the good one" {
			t.Errorf("what was there before: %q", got)
		}
		testenv.WaitFor(t, "no part is left", func() bool { return len(list(t, p.disk, "uploads/"+id)) == 1 })
	})
}

func TestManyAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		var group sync.WaitGroup
		for range 12 {
			group.Go(func() {
				id := job.NewID()
				if err := p.PutUpload(t.Context(), id, "a", strings.NewReader(id), 100); err != nil {
					t.Error(err)
					return
				}
				r, err := p.OpenUpload(t.Context(), id, "a")
				if err != nil {
					t.Error(err)
					return
				}
				defer r.Close()
				if data, err := io.ReadAll(r); err != nil || string(data) != id {
					t.Errorf("got %q, %v; want %q", data, err, id)
				}
			})
		}
		group.Wait()
	})
}

func TestNamesThatAreRefused(t *testing.T) {
	long := strings.Repeat("a", 41)
	names := []string{
		"", ".", "..", "/", "../x.jpg", "a/b.jpg", "/etc/passwd", "/etc/passwd.jpg", "x.jpg\x00", "x\x00.jpg",
		"x.jpg\n", "x\r\nDELE y.jpg", "Poster.jpg", "poster.exe", "poster.jpg.", ".jpg", "-a.jpg", "a b.jpg",
		"pöster.jpg", long + ".jpg", "poster.jpg/", `..\x.jpg`,
	}
	ids := []string{"", "..", "../incoming", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA/", "AAAAAAAAAAAAAAAAAAAAAA\n",
		"AAAAAAAAAAAAAAAAAAAAA\x00", "AAAAAAAAAAAAAAAAAAAAAAA"}
	tokens := []string{"", ".", "..", "a/b", "a.b", "a b", "\x00", "a\r\nb", strings.Repeat("a", 65)}
	everywhere(t, func(t *testing.T, p place) {
		ctx, id := t.Context(), job.NewID()
		d := begin(t, p, id, "1")
		refused := func(what, s string, err error, want error) {
			t.Helper()
			if !errors.Is(err, want) || !errors.Is(err, store.ErrName) {
				t.Errorf("%s %q: %v", what, s, err)
			}
		}
		never := func(io.Writer) error { t.Error("the writer was called"); return nil }
		for _, name := range append(names, "manifest.json") {
			refused("Put", name, d.Put(ctx, name, never), store.ErrName)
		}
		for _, name := range names {
			_, err := p.Open(ctx, id, name)
			refused("Open", name, err, store.ErrNotFound)
			_, err = p.OpenUpload(ctx, id, name)
			refused("OpenUpload", name, err, store.ErrNotFound)
			refused("PutUpload", name, p.PutUpload(ctx, id, name, strings.NewReader("x"), 1), store.ErrName)
		}
		for _, bad := range ids {
			_, err := p.Deliver(ctx, bad, "1")
			refused("Deliver", bad, err, store.ErrName)
			_, err = p.Manifest(ctx, bad)
			refused("Manifest", bad, err, store.ErrNotFound)
			_, err = p.Open(ctx, bad, "poster.jpg")
			refused("Open", bad, err, store.ErrNotFound)
			_, err = p.OpenUpload(ctx, bad, "a")
			refused("OpenUpload", bad, err, store.ErrNotFound)
			refused("PutUpload", bad, p.PutUpload(ctx, bad, "a", strings.NewReader("x"), 1), store.ErrName)
			refused("Delete", bad, p.Delete(ctx, bad), store.ErrName)
			refused("DeleteUploads", bad, p.DeleteUploads(ctx, bad), store.ErrName)
		}
		for _, token := range tokens {
			_, err := p.Deliver(ctx, id, token)
			refused("token", token, err, store.ErrName)
		}
	})
}
