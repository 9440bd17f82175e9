package store_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/pairstore"
	"smalti/pkg/testenv"
)

// seenWaits are those of one test.
type seenWaits struct{ begun, refused, ended atomic.Int64 }

func (w *seenWaits) Begin()   { w.begun.Add(1) }
func (w *seenWaits) Refused() { w.refused.Add(1) }
func (w *seenWaits) End()     { w.ended.Add(1) }

// A server without a session left is waited for; a Ping says so at once.
func TestRemoteWaitsForASession(t *testing.T) {
	t.Parallel()
	s := startServer(t, openDir(t, t.TempDir()), ftpserver.Config{MaxSessions: 2, MaxPerClient: 2})
	others := []*ftptest.Client{loginRaw(t, s), loginRaw(t, s)}
	r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password, Patience: time.Minute})
	if err := r.Ping(t.Context()); !errors.Is(err, store.ErrBusy) || !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrLogin) {
		t.Fatalf("got %v, want ErrBusy", err)
	}
	waits, id := &seenWaits{}, job.NewID()
	done := make(chan error, 1)
	go func() {
		done <- r.PutUpload(store.WithWaits(t.Context(), waits), id, "a", strings.NewReader("a photo"), 100)
	}()
	testenv.WaitFor(t, "it was refused again and again", func() bool { return waits.refused.Load() > 2 })
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	others[0].Want("QUIT", "221")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if b, e := waits.begun.Load(), waits.ended.Load(); b == 0 || b != e {
		t.Errorf("%d waits began, %d ended", b, e)
	}
}

// The patience has an end, and what comes of it is the store's fault.
func TestRemotePatienceEnds(t *testing.T) {
	t.Parallel()
	s := startServer(t, openDir(t, t.TempDir()), ftpserver.Config{MaxSessions: 1, MaxPerClient: 1})
	loginRaw(t, s)
	r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password, Patience: 300 * time.Millisecond})
	if _, err := r.OpenUpload(t.Context(), job.NewID(), "a"); !errors.Is(err, store.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
}

// Several processes share what sessions a server gives to their address, and each gets all it asked for.
func TestFewSessionsAreShared(t *testing.T) {
	t.Parallel()
	for _, kind := range []ftptest.Kind{"embedded", ftptest.VSFTPD, ftptest.ProFTPD, ftptest.PureFTPd} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			const sessions, processes, photos = 3, 6, 20
			var c ftpstore.Config
			var dir string
			uid := os.Getuid()
			if kind == "embedded" {
				dir = t.TempDir()
				s := startServer(t, openDir(t, dir), ftpserver.Config{MaxSessions: 100, MaxPerClient: sessions})
				c = ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password}
			} else {
				s := ftptest.Start(t, kind, ftptest.Options{PerAddress: sessions})
				dir, uid = s.Dir, s.UID
				c = ftpstore.Config{URL: s.URL, Password: s.Password}
			}
			c.Patience = 5 * time.Minute
			id := job.NewID()
			batch := filepath.Join(dir, "uploads", id)
			if err := os.MkdirAll(batch, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(batch, "a"), []byte("a photo"), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{dir, filepath.Dir(batch), batch} {
				if err := os.Chown(path, uid, -1); err != nil {
					t.Fatal(err)
				}
			}
			waits := &seenWaits{}
			ctx := store.WithWaits(t.Context(), waits)
			var all sync.WaitGroup
			for range processes {
				r := openRemote(t, c)
				for range photos {
					all.Go(func() {
						from, err := r.OpenUpload(ctx, id, "a")
						if err != nil {
							t.Error(err)
							return
						}
						defer from.Close()
						if data, err := io.ReadAll(from); err != nil || string(data) != "a photo" {
							t.Errorf("%q, %v", data, err)
						}
					})
				}
				all.Go(func() {
					d, err := r.Deliver(ctx, job.NewID(), "1")
					if err == nil {
						err = d.Put(ctx, "poster.jpg", text("a poster"))
					}
					if err == nil {
						err = d.Commit(ctx, job.Result{Files: []string{"poster.jpg"}})
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if waits.refused.Load() == 0 {
				t.Error("nobody was refused: there were enough sessions")
			}
		})
	}
}

// A photo is gone only where the store is asked once more and says so; a batch that is gone is the
// store's fault.
func TestAnUploadIsGoneOnlyForCertain(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	s := startServer(t, openDir(t, disk), ftpserver.Config{})
	r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	for name, p := range map[string]store.Store{"dir": openDir(t, disk), "remote": r, "pair": pairstore.New(r, openDir(t, disk))} {
		id := job.NewID()
		for _, photo := range []string{"a", "b"} {
			if err := r.PutUpload(t.Context(), id, photo, strings.NewReader("x"), 10); err != nil {
				t.Fatal(err)
			}
		}
		open := func(photo string) error {
			from, err := p.OpenUpload(t.Context(), id, photo)
			if err == nil {
				from.Close()
			}
			return err
		}
		batch := filepath.Join(disk, "uploads", id)
		if err := os.Remove(filepath.Join(batch, "a")); err != nil {
			t.Fatal(err)
		}
		if err := open("a"); !errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrLost) {
			t.Errorf("%s: one file is gone: %v", name, err)
		}
		if err := os.Mkdir(filepath.Join(batch, "a"), 0o700); err != nil { // there, and no file that can be read
			t.Fatal(err)
		}
		if err := open("a"); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: a file that is listed: %v", name, err)
		}
		if err := os.RemoveAll(batch); err != nil {
			t.Fatal(err)
		}
		if err := open("b"); !errors.Is(err, store.ErrLost) || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: the batch is gone: %v", name, err)
		}
	}
}

// Replies that say that it may go better later are no word about the file.
func TestWhatMayGoBetterLaterIsNotGone(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{"421 closing", "425 no data connection", "426 broken", "450 busy", "451 local error", "-"} {
		r := startLiar(t, map[string]string{"SIZE": "213 5", "RETR": reply}).remote(t)
		_, err := r.OpenUpload(t.Context(), job.NewID(), "a")
		if !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", reply, err)
		}
	}
}

// Two that copy between the same two stores, each of which has one session, do not wait for each other.
func TestCatchingUpHoldsNoSessionWhileItWaits(t *testing.T) {
	t.Parallel()
	var remotes [2]*ftpstore.Store
	var config [2]ftpstore.Config
	for i := range remotes {
		s := startServer(t, openDir(t, t.TempDir()), ftpserver.Config{MaxSessions: 1, MaxPerClient: 1})
		config[i] = ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password, Patience: time.Minute}
		remotes[i] = openRemote(t, config[i])
	}
	ids := []string{job.NewID(), job.NewID()}
	for i, id := range ids {
		deliver(t, remotes[i], id)
	}
	pairs := []*pairstore.Store{pairstore.New(remotes[0], remotes[1]), pairstore.New(openRemote(t, config[0]), openRemote(t, config[1]))}
	testenv.WaitFor(t, "both have both", func() bool {
		var both sync.WaitGroup
		for _, p := range pairs {
			both.Go(func() { _, _ = p.CatchUp(t.Context(), time.Hour) })
		}
		both.Wait()
		for _, r := range remotes {
			for _, id := range ids {
				if _, err := r.Manifest(t.Context(), id); err != nil {
					return false
				}
			}
		}
		return true
	})
}

// A session that is not used is closed within moments.
func TestIdleSessionsAreGivenBack(t *testing.T) {
	t.Parallel()
	s := startServer(t, openDir(t, t.TempDir()), ftpserver.Config{MaxSessions: 1, MaxPerClient: 1})
	r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	if err := r.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), inTime)
	defer cancel()
	other := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password, Patience: inTime})
	if _, err := other.List(ctx); err != nil {
		t.Error(err)
	}
}
