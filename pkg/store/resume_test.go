package store_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/ftpstore"
)

// remotely is everywhere but where there is no connection.
func remotely(t *testing.T, test func(t *testing.T, p place)) {
	everywhere(t, func(t *testing.T, p place) {
		if _, ok := p.Store.(*ftpstore.Store); !ok {
			t.Skip("there is no connection to break")
		}
		test(t, p)
	})
}

// plainly is remotely without TLS, which shows no commands.
func plainly(t *testing.T, test func(t *testing.T, p place)) {
	remotely(t, func(t *testing.T, p place) {
		if strings.HasSuffix(t.Name(), "TLS") {
			t.Skip("commands cannot be seen through TLS")
		}
		test(t, p)
	})
}

// noise writes the same bytes each time, and no part of them is like another.
func noise(size int64) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.CopyN(w, rand.NewChaCha8([32]byte{'n'}), size)
		return err
	}
}

// counted counts how often a writer is called.
func counted(calls *int, write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		*calls++
		return write(w)
	}
}

// wantWhole commits what was delivered and reads it back.
func wantWhole(t *testing.T, p place, d store.Delivery, id string, write func(io.Writer) error) {
	t.Helper()
	if err := d.Commit(t.Context(), job.Result{Files: []string{"poster.jpg"}}); err != nil {
		t.Fatal(err)
	}
	want, got := sha256.New(), sha256.New()
	if err := write(want); err != nil {
		t.Fatal(err)
	}
	r, err := p.Open(t.Context(), id, "poster.jpg")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(got, r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Error("what was read is not what was written")
	}
	m, err := p.Manifest(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := m.File("poster.jpg"); f.SHA256 != fmt.Sprintf("%x", want.Sum(nil)) {
		t.Errorf("the manifest has %+v", f)
	}
}

func TestUploadIsResumed(t *testing.T) {
	t.Parallel()
	const mb = 1_000_000
	for _, test := range []struct {
		fault fault
		size  int64
		at    []int64
	}{
		{reset, 24 * mb, []int64{9 * mb, 18 * mb}},
		{ended, 16 * mb, []int64{6 * mb, 12 * mb}},
		{allGone, 16 * mb, []int64{6 * mb, 12 * mb}},
		{silent, 16 * mb, []int64{6 * mb}},
		{reset, 16 * mb, []int64{1}},
	} {
		t.Run(fmt.Sprint(test.fault, test.at), func(t *testing.T) {
			remotely(t, func(t *testing.T, p place) {
				if test.fault == silent && strings.Contains(t.Name(), "vsftpd") {
					t.Skip("vsftpd keeps the file locked for the connection that it does not miss yet")
				}
				w := &wire{fault: test.fault, at: slices.Clone(test.at)}
				if test.fault == silent {
					w.idle = 3 * time.Second // the break takes as long; a busy server may need as long
				}
				newWire(t, &p, w)
				id, calls := job.NewID(), 0
				d := begin(t, p, id, "1")
				if err := d.Put(t.Context(), "poster.jpg", counted(&calls, noise(test.size))); err != nil {
					t.Fatal(err)
				}
				got := w.look()
				if got.breaks != len(test.at) || calls < 1+len(test.at) {
					t.Errorf("%d breaks, %d calls", got.breaks, calls)
				}
				t.Logf("%d bytes went over the wire for %d", got.sent, test.size)
				if got.sent > test.size*3/2 {
					t.Errorf("%d bytes went over the wire for %d", got.sent, test.size)
				}
				wantWhole(t, p, d, id, noise(test.size))
			})
		})
	}
}

// As long as it makes progress, an upload is resumed without end.
func TestUploadIsResumedWithoutEnd(t *testing.T) {
	remotely(t, func(t *testing.T, p place) {
		w := newWire(t, &p, &wire{fault: ended, each: 2 << 20})
		id := job.NewID()
		d := begin(t, p, id, "1")
		if err := d.Put(t.Context(), "poster.jpg", noise(11<<20)); err != nil {
			t.Fatal(err)
		}
		if got := w.look(); got.breaks < 5 {
			t.Errorf("%d breaks", got.breaks)
		}
		wantWhole(t, p, d, id, noise(11<<20))
	})
}

// What an earlier Put left is not resumed.
func TestUploadReplacesEarlierOne(t *testing.T) {
	plainly(t, func(t *testing.T, p place) {
		w := newWire(t, &p, &wire{fault: allGone})
		id := job.NewID()
		d := begin(t, p, id, "1")
		put(t, d, "poster.jpg", strings.Repeat("x", 1000))
		w.breakAt("STOR")
		if err := d.Put(t.Context(), "poster.jpg", noise(8<<20)); err != nil {
			t.Fatal(err)
		}
		if got := w.look(); got.breaks != 1 {
			t.Errorf("%d breaks", got.breaks)
		}
		wantWhole(t, p, d, id, noise(8<<20))
	})
}

// The file got there, and the reply did not get back: nothing is sent again.
func TestUploadWhoseReplyIsLost(t *testing.T) {
	s := startLiar(t, map[string]string{"STOR": "-", "SIZE": "213 100"})
	d := begin(t, s.remote(t), job.NewID(), "1")
	put(t, d, "poster.jpg", strings.Repeat("x", 100))
}
