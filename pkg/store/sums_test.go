package store_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/ftpview"
	"smalti/pkg/store/mirror"
)

// verifying is every kind of store behind a plain connection, told to read back what it cannot ask for.
func verifying(t *testing.T, test func(t *testing.T, p place)) {
	t.Parallel()
	run := func(name string, open func(t *testing.T) place) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
	run("Server", func(t *testing.T) place { return serverPlace(t) })
	for _, d := range daemons {
		run(string(d), func(t *testing.T) place {
			s := ftptest.Start(t, d, ftptest.Options{})
			return remotePlace(t, s.Dir, s, ftpstore.Config{URL: s.URL, Password: s.Password, ReadBack: true})
		})
	}
}

func TestChangedByteIsMended(t *testing.T) {
	verifying(t, func(t *testing.T, p place) {
		newWire(t, &p, &wire{flips: 1})
		id := job.NewID()
		d := begin(t, p, id, "1")
		calls := 0
		if err := d.Put(t.Context(), "poster.jpg", counted(&calls, noise(1<<20))); err != nil {
			t.Fatal(err)
		}
		if calls != 2 {
			t.Errorf("%d calls, want 2", calls)
		}
		wantWhole(t, p, d, id, noise(1<<20))
	})
}

func TestLostTailIsMended(t *testing.T) {
	remotely(t, func(t *testing.T, p place) {
		newWire(t, &p, &wire{lose: 1})
		id := job.NewID()
		d := begin(t, p, id, "1")
		if err := d.Put(t.Context(), "poster.jpg", noise(1<<20)); err != nil {
			t.Fatal(err)
		}
		wantWhole(t, p, d, id, noise(1<<20))
	})
}

func TestChangedBytesAreNeverDone(t *testing.T) {
	verifying(t, func(t *testing.T, p place) {
		newWire(t, &p, &wire{flips: math.MaxInt})
		id := job.NewID()
		d := begin(t, p, id, "1")
		err := d.Put(t.Context(), "poster.jpg", noise(1<<20))
		if err == nil || !strings.Contains(err.Error(), "other bytes") {
			t.Errorf("got %v", err)
		}
		if err := d.Commit(t.Context(), job.Result{Files: []string{"poster.jpg"}}); err == nil {
			t.Error("it was committed")
		}
		if got := list(t, p.disk, "mosaics"); len(got) > 0 {
			t.Errorf("to be seen: %v", got)
		}
		err = p.PutUpload(t.Context(), id, "photo", io.LimitReader(zeros{}, 1<<20), 1<<20)
		if _, asked := p.Store.(*ftpstore.Store); asked && p.server == nil && err == nil {
			t.Error("a photo with a changed byte was kept")
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Without hashes from the server, the first reader finds out: a mirror keeps no wrong byte.
func TestChangedByteIsFoundByTheMirror(t *testing.T) {
	p := daemonPlace(t, ftptest.Vsftpd(t))
	newWire(t, &p, &wire{flips: 1})
	id := job.NewID()
	d := begin(t, p, id, "1")
	if err := d.Put(t.Context(), "poster.jpg", noise(1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(t.Context(), job.Result{}); err != nil {
		t.Fatal(err)
	}
	m := mirror.New(p.Store.(*ftpstore.Store), openDir(t, t.TempDir()))
	defer m.Close()
	if _, err := m.Open(t.Context(), id, "poster.jpg"); err == nil || !strings.Contains(err.Error(), "hash") {
		t.Errorf("got %v", err)
	}
}

// However a file was uploaded, what is published is as its manifest says.
func TestServerPublishesNoOtherBytes(t *testing.T) {
	for name, test := range map[string]struct {
		send func(u *uploader)
		ok   bool
	}{
		"in one":       {func(u *uploader) { u.send("whole", "226", "STOR "+u.path) }, true},
		"gone on with": {func(u *uploader) { u.send("wh", "226", "STOR "+u.path); u.send("ole", "226", "APPE "+u.path) }, true},
		"gone on from": {func(u *uploader) {
			u.send("whXXX", "226", "STOR "+u.path)
			u.send("ole", "226", "REST 2", "STOR "+u.path)
		}, true},
		"other":          {func(u *uploader) { u.send("whale", "226", "STOR "+u.path) }, false},
		"other, gone on": {func(u *uploader) { u.send("wh", "226", "STOR "+u.path); u.send("ale", "226", "APPE "+u.path) }, false},
		"good, then other": {func(u *uploader) {
			u.send("whole", "226", "STOR "+u.path)
			u.send("a", "226", "REST 4", "STOR "+u.path)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			u := startUploader(t, ftpview.Limits{})
			test.send(u)
			dir := filepath.Dir(u.path)
			u.send(fmt.Sprintf(`{"v":1,"id":%q,"created":%q,"result":{},"files":[{"name":"poster.jpg","bytes":5,"sha256":"%x"}]}`,
				u.id, time.Now().UTC().Format(time.RFC3339), sha256.Sum256([]byte("whole"))), "226", "STOR "+dir+"/manifest.json")
			if sum := fmt.Sprintf("%x", sha256.Sum256([]byte("whole"))); (u.Want("XSHA256 "+u.path, "250") == sum) != test.ok {
				t.Error("XSHA256 says otherwise")
			}
			u.Want("RNFR "+dir, "350")
			want := map[bool]string{true: "250", false: "550"}[test.ok]
			u.Want("RNTO /mosaics/"+u.id, want)
			u.Want("XSHA256 /nowhere", "550")
			u.Want("XSHA256 /", "550")
		})
	}
}

// Files that were uploaded before a restart of the server are read again.
func TestServerPublishesAfterRestart(t *testing.T) {
	disk := t.TempDir()
	dir := openDir(t, disk)
	for data, want := range map[string]bool{"whole": true, "whale": false} {
		id := job.NewID()
		p := place{Store: dir, disk: disk}
		p.make(t, "incoming/"+id+".1/poster.jpg", data)
		p.make(t, "incoming/"+id+".1/manifest.json",
			fmt.Sprintf(`{"v":1,"id":%q,"created":%q,"result":{},"files":[{"name":"poster.jpg","bytes":5,"sha256":"%x"}]}`,
				id, time.Now().UTC().Format(time.RFC3339), sha256.Sum256([]byte("whole"))))
		r := loginRaw(t, startServer(t, dir, ftpserver.Config{}))
		r.Want("RNFR /incoming/"+id+".1", "350")
		r.Want("RNTO /mosaics/"+id, map[bool]string{true: "250", false: "550"}[want])
		if _, err := dir.Manifest(t.Context(), id); errors.Is(err, store.ErrNotFound) == want {
			t.Errorf("%s: %v", data, err)
		}
	}
}
