package store_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/mirror"
)

// mirrored is a mirror of a store behind an embedded server, which can be stopped.
type mirrored struct {
	*mirror.Store
	origin *dirstore.Store
	server *ftpserver.Server
	conns  *countingListener
	disk   string // of the origin
	cache  string
}

func startMirror(t *testing.T) mirrored {
	t.Helper()
	m := mirrored{disk: t.TempDir(), cache: t.TempDir()}
	m.origin = openDir(t, m.disk)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.conns = &countingListener{Listener: l}
	m.server = startServer(t, m.origin, ftpserver.Config{Listener: m.conns})
	remote := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + m.server.Addr().String(), Password: password})
	m.Store = mirror.New(remote, openDir(t, m.cache))
	t.Cleanup(func() { m.Close() })
	return m
}

type countingListener struct {
	net.Listener
	accepted atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return conn, err
}

func TestMirrorPullsOnce(t *testing.T) {
	m := startMirror(t)
	id := job.NewID()
	if _, _, err := m.OpenFile(t.Context(), id, "poster.jpg"); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("before: %v, want ErrNotFound", err)
	}
	deliver(t, m.origin, id)

	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			f, entry, err := m.OpenFile(t.Context(), id, "poster.jpg")
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			if data, err := io.ReadAll(f); err != nil || string(data) != "poster of "+id || entry.Bytes != int64(len(data)) {
				t.Errorf("%q, %+v, %v", data, entry, err)
			}
		})
	}
	group.Wait()
	if n := m.conns.accepted.Load(); n > 3 {
		t.Errorf("%d connections for one file and its manifest", n)
	}

	m.server.Close() // from here on there is only the cache
	r, err := m.Open(t.Context(), id, "poster.jpg")
	if got := read(t, r, err); got != "poster of "+id {
		t.Errorf("from the cache: %q", got)
	}
	r, err = m.Open(t.Context(), id, "manifest.json")
	if got := read(t, r, err); !strings.Contains(got, id) {
		t.Errorf("manifest from the cache: %q", got)
	}
	if _, err := m.Open(t.Context(), id, "plan.json"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("what was never pulled: %v, want an error other than ErrNotFound", err)
	}
	if _, _, err := m.OpenFile(t.Context(), id, "atlas-0.jpg"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what the manifest does not list: %v, want ErrNotFound", err)
	}
}

// countedStore counts what is asked of a store.
type countedStore struct {
	store.Store
	manifests, opens atomic.Int64
}

func (c *countedStore) Manifest(ctx context.Context, id string) (*store.Manifest, error) {
	c.manifests.Add(1)
	return c.Store.Manifest(ctx, id)
}

func (c *countedStore) Open(ctx context.Context, id, name string) (io.ReadCloser, error) {
	c.opens.Add(1)
	return c.Store.Open(ctx, id, name)
}

// However the readers come, each file is fetched once.
func TestMirrorFetchesOnceForManyReaders(t *testing.T) {
	origin := openDir(t, t.TempDir())
	behind := &countedStore{Store: origin}
	m := mirror.New(behind, openDir(t, t.TempDir()))
	defer m.Close()
	for round := range 50 {
		id := job.NewID()
		deliver(t, origin, id)
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				f, _, err := m.OpenFile(t.Context(), id, "poster.jpg")
				if err != nil {
					t.Error(err)
					return
				}
				f.Close()
			})
		}
		group.Wait()
		want := int64(round + 1)
		if a, b := behind.manifests.Load(), behind.opens.Load(); a != want || b != want {
			t.Fatalf("%d manifests and %d files were fetched for %d mosaics", a, b, want)
		}
	}
}

func TestMirrorBelievesNoWrongBytes(t *testing.T) {
	m := startMirror(t)
	id := job.NewID()
	deliver(t, m.origin, id)
	poster := filepath.Join(m.disk, "mosaics", id, "poster.jpg")
	good, err := os.ReadFile(poster)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(poster, []byte(strings.ToUpper(string(good))), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Open(t.Context(), id, "poster.jpg"); err == nil || !strings.Contains(err.Error(), "hash") {
		t.Fatalf("other bytes of the same length: %v", err)
	}
	if got := list(t, m.cache, "mosaics/"+id); len(got) != 1 {
		t.Errorf("in the cache: %v, want the manifest alone", got)
	}
	if err := os.WriteFile(poster, good, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := m.Open(t.Context(), id, "poster.jpg")
	if got := read(t, r, err); got != string(good) {
		t.Errorf("mended: %q", got)
	}
	// A cache that was cut short is filled anew.
	if err := os.Truncate(filepath.Join(m.cache, "mosaics", id, "poster.jpg"), 2); err != nil {
		t.Fatal(err)
	}
	r, err = m.Open(t.Context(), id, "poster.jpg")
	if got := read(t, r, err); got != string(good) {
		t.Errorf("after the cut: %q", got)
	}
}

func TestMirrorDeletesBoth(t *testing.T) {
	m := startMirror(t)
	id := job.NewID()
	deliver(t, m, id) // straight through to the origin
	r, err := m.Open(t.Context(), id, "poster.jpg")
	read(t, r, err)
	if err := m.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Open(t.Context(), id, "poster.jpg"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	for _, disk := range []string{m.disk, m.cache} {
		if got := list(t, disk, "mosaics"); len(got) > 0 {
			t.Errorf("left: %v", got)
		}
	}
}

func TestMirrorClean(t *testing.T) {
	m := startMirror(t)
	id := job.NewID()
	deliver(t, m.origin, id)
	r, err := m.Open(t.Context(), id, "poster.jpg")
	read(t, r, err)
	then := time.Now().Add(-31 * 24 * time.Hour)
	if err := os.Chtimes(filepath.Join(m.cache, "mosaics", id), then, then); err != nil {
		t.Fatal(err)
	}
	if got, err := m.Clean(t.Context(), dirstore.DefaultAges()); err != nil || got.Mosaics != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	r, err = m.Open(t.Context(), id, "poster.jpg") // and it is pulled again
	read(t, r, err)
}

// The first caller may leave; the pull continues for the others.
func TestMirrorCallerLeaves(t *testing.T) {
	m := startMirror(t)
	id := job.NewID()
	deliver(t, m.origin, id)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Manifest(over, id); !errors.Is(err, context.Canceled) && err != nil {
		t.Errorf("got %v", err)
	}
	if _, err := m.Manifest(t.Context(), id); err != nil {
		t.Error(err)
	}
	m.Close()
	if _, err := m.Open(t.Context(), id, "poster.jpg"); err == nil {
		t.Error("it pulls after Close")
	}
}
