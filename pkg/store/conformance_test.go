package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/testenv"
)

func TestDelivers(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		ctx, id := t.Context(), job.NewID()
		if err := p.Ping(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Manifest(ctx, id); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("before: %v, want ErrNotFound", err)
		}
		if ids, err := p.List(ctx); err != nil || len(ids) > 0 {
			t.Errorf("listed before: %v, %v", ids, err)
		}
		began := time.Now()
		deliver(t, p, id)

		m, err := p.Manifest(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if m.ID != id || !reflect.DeepEqual(m.Result, result()) {
			t.Errorf("manifest: %+v", m)
		}
		if m.Created.Before(began.Add(-time.Second)) || m.Created.After(time.Now()) {
			t.Errorf("created %v", m.Created)
		}
		sum := sha256.Sum256([]byte("poster of " + id))
		want := []store.File{
			{Name: "plan.json", Bytes: 2, SHA256: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
			{Name: "poster.jpg", Bytes: int64(len("poster of " + id)), SHA256: hex.EncodeToString(sum[:])},
		}
		if !reflect.DeepEqual(m.Files, want) {
			t.Errorf("files:\n got %+v\nwant %+v", m.Files, want)
		}
		r, err := p.Open(ctx, id, "poster.jpg")
		if got := read(t, r, err); got != "poster of "+id {
			t.Errorf("poster: %q", got)
		}
		r, err = p.Open(ctx, id, "manifest.json")
		if got := read(t, r, err); !strings.Contains(got, id) {
			t.Errorf("manifest: %q", got)
		}
		if r, err := p.Open(ctx, id, "preview.jpg"); !errors.Is(err, store.ErrNotFound) || r != nil {
			t.Errorf("a file that is not there: %v, %v, want nil, ErrNotFound", r, err)
		}
		if left := list(t, p.disk, "incoming"); len(left) > 0 {
			t.Errorf("left in incoming: %v", left)
		}
		if ids, err := p.List(ctx); err != nil || len(ids) != 1 || ids[0] != id {
			t.Errorf("listed: %v, %v", ids, err)
		}

		if _, err := p.Deliver(ctx, id, "2-b"); !errors.Is(err, store.ErrDelivered) {
			t.Errorf("second delivery: %v, want ErrDelivered", err)
		}

		if err := p.Delete(ctx, id); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Manifest(ctx, id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted: %v, want ErrNotFound", err)
		}
		if left := append(list(t, p.disk, "incoming"), list(t, p.disk, "mosaics")...); len(left) > 0 {
			t.Errorf("left of what was deleted: %v", left)
		}
		if err := p.Delete(ctx, id); err != nil {
			t.Errorf("deleting again: %v", err)
		}
		deliver(t, p, id) // and it can be made again
	})
}

func TestRacingAttempts(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		for range 5 {
			id := job.NewID()
			var attempts [3]store.Delivery
			for i := range attempts {
				attempts[i] = begin(t, p, id, string(rune('1'+i)))
				put(t, attempts[i], "poster.jpg", "the same")
				put(t, attempts[i], "plan.json", "{}")
			}
			var group sync.WaitGroup
			errs := make([]error, len(attempts))
			for i, d := range attempts {
				group.Go(func() { errs[i] = d.Commit(t.Context(), result()) })
			}
			group.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			if _, err := p.Manifest(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if left := list(t, p.disk, "incoming"); len(left) > 0 {
				t.Fatalf("left by the losers: %v", left)
			}
		}
	})
}

// As above, with a torn mosaic in everybody's way.
func TestRacingAttemptsOverTornMosaic(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		for range 10 {
			id := job.NewID()
			first, second := begin(t, p, id, "1"), begin(t, p, id, "2")
			put(t, first, "poster.jpg", "the same")
			put(t, second, "poster.jpg", "the same")
			p.make(t, "mosaics/"+id+"/poster.jpg", "torn")
			var group sync.WaitGroup
			for _, d := range []store.Delivery{first, second} {
				group.Go(func() {
					if err := d.Commit(t.Context(), job.Result{}); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			r, err := p.Open(t.Context(), id, "poster.jpg")
			if got := read(t, r, err); got != "the same" {
				t.Fatalf("poster: %q", got)
			}
			if _, err := p.Manifest(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestCommitReplacesTornMosaic(t *testing.T) {
	t.Parallel()
	for name, tear := range map[string]func(t *testing.T, p place, dir string){
		"empty directory": func(t *testing.T, p place, dir string) { p.makeDir(t, dir) },
		"no manifest":     func(t *testing.T, p place, dir string) { p.make(t, dir+"/poster.jpg", "torn") },
		"a manifest that is none": func(t *testing.T, p place, dir string) {
			p.make(t, dir+"/manifest.json", `{"v":1`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, p place) {
				id := job.NewID()
				d := begin(t, p, id, "1")
				put(t, d, "poster.jpg", "whole")
				put(t, d, "plan.json", "{}")
				tear(t, p, "mosaics/"+id)
				if _, err := p.Manifest(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
					t.Fatalf("torn mosaic: %v, want ErrNotFound", err)
				}
				if err := d.Commit(t.Context(), result()); err != nil {
					t.Fatal(err)
				}
				r, err := p.Open(t.Context(), id, "poster.jpg")
				if got := read(t, r, err); got != "whole" {
					t.Errorf("poster: %q", got)
				}
				if left := list(t, p.disk, "incoming"); len(left) > 0 {
					t.Errorf("left of the torn one: %v", left)
				}
			})
		})
	}
}

func TestTornMosaicIsNotFound(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		id := job.NewID()
		deliver(t, p, id)
		if err := os.Truncate(filepath.Join(p.disk, "mosaics", id, "poster.jpg"), 3); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Manifest(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a short file: %v, want ErrNotFound", err)
		}
		deliver(t, p, id)
		if err := os.Remove(filepath.Join(p.disk, "mosaics", id, "poster.jpg")); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Manifest(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a missing file: %v, want ErrNotFound", err)
		}
	})
}

func TestCommitSeesTornFile(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		id := job.NewID()
		d := begin(t, p, id, "1")
		put(t, d, "poster.jpg", "a whole poster")
		put(t, d, "plan.json", "{}")
		if err := os.Truncate(filepath.Join(p.disk, "incoming", id+".1", "poster.jpg"), 3); err != nil {
			t.Fatal(err)
		}
		if err := d.Commit(t.Context(), result()); err == nil {
			t.Fatal("a torn poster was committed")
		}
		if _, err := p.Manifest(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after: %v, want ErrNotFound", err)
		}
		put(t, d, "poster.jpg", "a whole poster") // putting it again mends it
		if err := d.Commit(t.Context(), result()); err != nil {
			t.Error(err)
		}
	})
}

func TestCommitNeedsWhatTheResultNames(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		d := begin(t, p, job.NewID(), "1")
		put(t, d, "poster.jpg", "x")
		if err := d.Commit(t.Context(), result()); err == nil || !strings.Contains(err.Error(), "plan.json") {
			t.Errorf("without plan.json: %v", err)
		}
		empty := begin(t, p, job.NewID(), "1")
		if err := empty.Commit(t.Context(), job.Result{}); err == nil {
			t.Error("a mosaic of no files was committed")
		}
	})
}

func TestAbortLeavesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		id := job.NewID()
		d := begin(t, p, id, "1")
		put(t, d, "poster.jpg", "x")
		over, cancel := context.WithCancel(t.Context())
		cancel()
		d.Abort(over) // an attempt that ran out of time cleans up all the same
		if left := list(t, p.disk, "incoming"); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		if err := d.Commit(t.Context(), job.Result{}); err == nil {
			t.Error("an aborted delivery was committed")
		}
		d.Abort(t.Context())
	})
}

func TestAbortAfterCommitDoesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		id := job.NewID()
		d := begin(t, p, id, "1")
		put(t, d, "poster.jpg", "x")
		if err := d.Commit(t.Context(), job.Result{}); err != nil {
			t.Fatal(err)
		}
		d.Abort(t.Context())
		if _, err := p.Manifest(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
}

// A reader looks all the time while a mosaic is delivered, and must find nothing of it or all of it.
func TestReaderSeesAllOrNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		id := job.NewID()
		committed := make(chan struct{})
		var reader sync.WaitGroup
		reader.Go(func() {
			for looks := 0; ; looks++ {
				r, err := p.Open(t.Context(), id, "poster.jpg")
				if errors.Is(err, store.ErrNotFound) {
					select {
					case <-committed:
						// One more look: the commit may have come between.
						if _, err := p.Manifest(t.Context(), id); err != nil {
							t.Errorf("committed, but not to be seen: %v", err)
						}
						return
					default:
						continue
					}
				}
				if err != nil {
					t.Error(err)
					return
				}
				data, err := io.ReadAll(r)
				if err := errors.Join(err, r.Close()); err != nil || len(data) != 1<<20 {
					t.Errorf("look %d: %d bytes, %v", looks, len(data), err)
				}
				if _, err := p.Manifest(t.Context(), id); err != nil {
					t.Errorf("a poster without its manifest: %v", err)
				}
				return
			}
		})
		d := begin(t, p, id, "1")
		for range 5 {
			for _, name := range []string{"poster.jpg", "plan.json", "preview.jpg"} {
				put(t, d, name, strings.Repeat("x", 1<<20))
			}
		}
		if err := d.Commit(t.Context(), result()); err != nil {
			t.Error(err)
		}
		close(committed)
		reader.Wait()
	})
}

func TestWriterFailsInTheMiddle(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		id, broken := job.NewID(), errors.New("the composer gave up")
		d := begin(t, p, id, "1")
		err := d.Put(t.Context(), "poster.jpg", func(w io.Writer) error {
			_, err := w.Write(make([]byte, 3<<20))
			return errors.Join(err, broken)
		})
		if !errors.Is(err, broken) {
			t.Fatalf("got %v, want the writer's error", err)
		}
		if err := d.Commit(t.Context(), job.Result{Files: []string{"poster.jpg"}}); err == nil {
			t.Fatal("a poster that broke off was committed")
		}
		put(t, d, "poster.jpg", "at the second try")
		if err := d.Commit(t.Context(), job.Result{}); err != nil {
			t.Fatal(err)
		}
		r, err := p.Open(t.Context(), id, "poster.jpg")
		if got := read(t, r, err); got != "at the second try" {
			t.Errorf("poster: %.20q", got)
		}
	})
}

func TestWriterPanics(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		d := begin(t, p, job.NewID(), "1")
		func() {
			defer func() {
				if got := recover(); got != "a bug" {
					t.Errorf("recovered %v, want the writer's panic", got)
				}
			}()
			_ = d.Put(t.Context(), "poster.jpg", func(w io.Writer) error {
				_, _ = w.Write(make([]byte, 1<<20))
				panic("a bug")
			})
		}()
		d.Abort(t.Context())
		if left := list(t, p.disk, "incoming"); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

func TestCancelledInTheMiddle(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		id, reason := job.NewID(), errors.New("the lease was lost")
		d := begin(t, p, id, "1")
		ctx, cancel := context.WithCancelCause(t.Context())
		began := time.Now()
		err := d.Put(ctx, "poster.jpg", func(w io.Writer) error {
			for n := 0; ; n++ {
				if n == 40 {
					cancel(reason)
				}
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return err
				}
			}
		})
		if !errors.Is(err, reason) {
			t.Fatalf("got %v, want %v", err, reason)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v to stop", took)
		}
		d.Abort(ctx)
		testenv.WaitFor(t, "incoming is empty", func() bool { return len(list(t, p.disk, "incoming")) == 0 })
	})
}

// 32 MB go through, and what is allocated on the way does not grow with them. Where the server is the
// embedded one, its side is in the figure too.
func TestStreamsWithFlatMemory(t *testing.T) {
	const size, most = 32_000_000, 16 << 20
	oneByOne(t, func(t *testing.T, p place) {
		id := job.NewID()
		d := begin(t, p, id, "1")
		hash := sha256.New()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := d.Put(t.Context(), "poster.jpg", func(w io.Writer) error {
			return writeNoise(io.MultiWriter(w, hash), size)
		})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > most {
			t.Errorf("%d bytes allocated for %d, want at most %d", used, size, most)
		}
		if err := d.Commit(t.Context(), job.Result{}); err != nil {
			t.Fatal(err)
		}
		m, err := p.Manifest(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if f, _ := m.File("poster.jpg"); f.Bytes != size || f.SHA256 != hex.EncodeToString(hash.Sum(nil)) {
			t.Errorf("manifest has %+v", f)
		}
		r, err := p.Open(t.Context(), id, "poster.jpg")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		got := sha256.New()
		if n, err := io.Copy(got, r); err != nil || n != size {
			t.Fatalf("read %d bytes: %v", n, err)
		}
		if !bytes.Equal(got.Sum(nil), hash.Sum(nil)) {
			t.Error("what was read is not what was written")
		}
	})
}

func writeNoise(w io.Writer, size int) error {
	line := make([]byte, 10_007)
	for i := range line {
		line[i] = byte(i * i >> 3)
	}
	for size > 0 {
		n, err := w.Write(line[:min(size, len(line))])
		if err != nil {
			return err
		}
		size -= n
	}
	return nil
}

// list names what is in a directory of the store, on the disk itself.
func list(t testing.TB, disk, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(disk, dir))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
