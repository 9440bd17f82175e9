package store_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/testenv"
)

// byDaemons runs a test against each server that is a program of its own, plain and with TLS.
func byDaemons(t *testing.T, dir func(t *testing.T) string, test func(t *testing.T, p place)) {
	t.Parallel()
	for _, d := range daemons {
		for name, tls := range map[string]bool{string(d): false, string(d) + "TLS": true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, daemonPlace(t, ftptest.Start(t, d, ftptest.Options{TLS: tls, Dir: dir(t)})))
			})
		}
	}
}

func anyDir(*testing.T) string { return "" }

// nothingPartial looks at the disk itself: everything under mosaics is whole.
func nothingPartial(t *testing.T, p place) {
	t.Helper()
	ids := list(t, p.disk, "mosaics")
	if len(ids) == 0 {
		return // and the server may make its directories by itself
	}
	d := openDir(t, p.disk)
	for _, id := range ids {
		if _, err := d.Manifest(t.Context(), id); err != nil {
			t.Errorf("mosaic %s is to be seen: %v", id, err)
		}
	}
}

// The server is killed in the middle of an upload and restarts at once: the same attempt resumes.
func TestDaemonIsKilledAndComesBack(t *testing.T) {
	testenv.SkipSlow(t)
	const size = 8 << 20
	byDaemons(t, anyDir, func(t *testing.T, p place) {
		w := newWire(t, &p, &wire{})
		id := job.NewID()
		d := begin(t, p, id, "1")
		calls := 0
		err := d.Put(t.Context(), "poster.jpg", counted(&calls, func(w io.Writer) error {
			if calls > 1 {
				return noise(size)(w)
			}
			return noise(size)(&hooked{Writer: w, left: size / 2, hook: func() {
				p.server.Kill()
				nothingPartial(t, p)
				p.server.Restart(t)
			}})
		}))
		if err != nil {
			t.Fatal(err)
		}
		if calls < 2 || w.look().sent > 2*size {
			t.Errorf("%d calls, %d bytes over the wire for %d", calls, w.look().sent, size)
		}
		wantWhole(t, p, d, id, noise(size))
	})
}

// The server is killed and stays away: an error within moments; the next attempt finds it and succeeds.
func TestDaemonIsKilledAndStaysAway(t *testing.T) {
	testenv.SkipSlow(t)
	byDaemons(t, anyDir, func(t *testing.T, p place) {
		id := job.NewID()
		d := begin(t, p, id, "1")
		began := time.Now()
		err := d.Put(t.Context(), "poster.jpg", func(w io.Writer) error {
			return noise(8 << 20)(&hooked{Writer: w, left: 4 << 20, hook: p.server.Kill})
		})
		if err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("got %v, want that the connection was refused", err)
		}
		d.Abort(t.Context())
		if took := time.Since(began); took > 2*inTime {
			t.Errorf("it took %v", took)
		}
		nothingPartial(t, p)
		p.server.Restart(t)
		again := begin(t, p, id, "2")
		if err := again.Put(t.Context(), "poster.jpg", noise(1<<20)); err != nil {
			t.Fatal(err)
		}
		wantWhole(t, p, again, id, noise(1<<20))
	})
}

// The disk behind the server is full: an error that says so where the server does, and nothing to be
// seen; with less to keep, the next attempt succeeds.
func TestDaemonWithFullDisk(t *testing.T) {
	testenv.SkipSlow(t)
	disk := tinyDisk
	byDaemons(t, disk, func(t *testing.T, p place) {
		id := job.NewID()
		d := begin(t, p, id, "1")
		began := time.Now()
		err := d.Put(t.Context(), "poster.jpg", noise(8<<20))
		if err == nil {
			t.Fatal("8 MB were put on a disk of 2")
		}
		if !errors.Is(err, store.ErrFull) {
			t.Errorf("nobody is told that the disk is full: %v", err)
		}
		if text := err.Error(); strings.Contains(text, "\n") ||
			!strings.Contains(text, "45") || !strings.Contains(text, "space") && !strings.Contains(text, "rit") {
			t.Errorf("the error does not tell what the server said of its disk: %v", err)
		}
		if err := d.Commit(t.Context(), job.Result{Files: []string{"poster.jpg"}}); err == nil {
			t.Error("it was committed")
		}
		d.Abort(t.Context())
		if took := time.Since(began); took > 2*inTime {
			t.Errorf("it took %v", took)
		}
		nothingPartial(t, p)
		testenv.WaitFor(t, "the room is free again", func() bool { return len(list(t, p.disk, "incoming")) == 0 })
		again := begin(t, p, id, "2")
		if err := again.Put(t.Context(), "poster.jpg", noise(1<<20)); err != nil {
			t.Fatal(err)
		}
		wantWhole(t, p, again, id, noise(1<<20))
	})
}

// A server that falls silent in the middle, and is heard of no more on those connections: an error, or
// another connection, within twice its time; vsftpd keeps the file locked for the lost one, so that
// there it is the next attempt that succeeds.
func TestDaemonFallsSilent(t *testing.T) {
	testenv.SkipSlow(t)
	byDaemons(t, anyDir, func(t *testing.T, p place) {
		newWire(t, &p, &wire{fault: silent, at: []int64{1 << 20}, idle: time.Second})
		id := job.NewID()
		d := begin(t, p, id, "1")
		began := time.Now()
		err := d.Put(t.Context(), "poster.jpg", noise(4<<20))
		if took := time.Since(began); took > 2*inTime {
			t.Errorf("it took %v: %v", took, err)
		}
		nothingPartial(t, p)
		if err != nil {
			if !strings.Contains(err.Error(), "no answer for 1s") {
				t.Errorf("got %v", err)
			}
			d.Abort(t.Context())
			d = begin(t, p, id, "2")
			if err := d.Put(t.Context(), "poster.jpg", noise(4<<20)); err != nil {
				t.Fatal(err)
			}
		}
		wantWhole(t, p, d, id, noise(4<<20))
	})
}

// With its defaults, ProFTPD replaces no file and resumes no upload.
func TestStrictDaemon(t *testing.T) {
	testenv.SkipSlow(t)
	s := ftptest.Start(t, ftptest.ProFTPD, ftptest.Options{Strict: true})
	p := daemonPlace(t, s)
	w := newWire(t, &p, &wire{fault: reset, at: []int64{4 << 20}})
	id := job.NewID()
	d := begin(t, p, id, "1")
	for range 2 { // the second replaces the first
		if err := d.Put(t.Context(), "poster.jpg", noise(6<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.look(); got.breaks != 1 {
		t.Errorf("%d breaks", got.breaks)
	}
	wantWhole(t, p, d, id, noise(6<<20))
	for _, data := range []string{"first", "second"} {
		if err := p.PutUpload(t.Context(), id, "photo", strings.NewReader(data), 10); err != nil {
			t.Fatal(err)
		}
	}
	r, err := p.OpenUpload(t.Context(), id, "photo")
	if got := read(t, r, err); got != "second" {
		t.Errorf("got %q", got)
	}
}

// Whatever a server did wrong, the same Remote works as soon as the server does.
func TestNextAttemptSucceeds(t *testing.T) {
	testenv.SkipSlow(t)
	for name, script := range map[string]map[string]string{
		"silent at connect":     {"": ""},
		"busy":                  {"": "421 too many users"},
		"refuses":               {"PASS": "530 not now"},
		"silent after login":    {"PWD": ""},
		"silent for data":       {"EPSV": ""},
		"silent at the end":     {"STOR": ""},
		"no room":               {"STOR": "552 quota exceeded"},
		"takes no directory":    {"MKD": "550 no"},
		"hangs up at the end":   {"STOR": "-"},
		"goes away for a while": {"PASS": "421 shutting down"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := t.TempDir()
			good := startServer(t, openDir(t, disk), ftpserver.Config{})
			bad := startLiar(t, script)
			s := &switched{}
			r := openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + bad.Addr().String(), Password: password, Idle: time.Second, Dial: s.dial})
			id := job.NewID()
			began := time.Now()
			d, err := r.Deliver(t.Context(), id, "1")
			if err == nil {
				err = d.Put(t.Context(), "poster.jpg", text("x"))
				d.Abort(t.Context())
			}
			if took := time.Since(began); err == nil || took > inTime {
				t.Errorf("after %v: %v", took, err)
			}
			s.over(bad.Addr().String(), good.Addr().String())
			deliver(t, r, id)
			if _, err := os.Stat(filepath.Join(disk, "mosaics", id, "poster.jpg")); err != nil {
				t.Error(err)
			}
		})
	}
}
