package store_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/pairstore"
	"smalti/pkg/testenv"
)

// mortals are a pair of stores whose servers can be ended.
type mortals struct {
	*pairstore.Store
	servers [2]*ftpserver.Server
	disk    [2]string
}

func startMortals(t *testing.T) mortals {
	var m mortals
	var each [2]*ftpstore.Store
	for i := range each {
		m.disk[i] = t.TempDir()
		m.servers[i] = startServer(t, openDir(t, m.disk[i]), ftpserver.Config{})
		each[i] = openRemote(t, ftpstore.Config{URL: "ftp://mosaic@" + m.servers[i].Addr().String(), Password: password})
	}
	m.Store = pairstore.New(each[0], each[1])
	return m
}

func photoBytes(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return b
}

func (m *mortals) wantPhoto(t *testing.T, id string, want []byte) {
	t.Helper()
	r, err := m.OpenUpload(t.Context(), id, "photo")
	if got := read(t, r, err); got != string(want) {
		t.Errorf("%d bytes of %d, or others", len(got), len(want))
	}
}

// eitherDies runs a test with the first store as the one that dies, and with the second.
func eitherDies(t *testing.T, test func(t *testing.T, m mortals, dies int)) {
	t.Parallel()
	for i, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, startMortals(t), i)
		})
	}
}

func TestUploadOutlivesAStore(t *testing.T) {
	eitherDies(t, func(t *testing.T, m mortals, dies int) {
		id, want := job.NewID(), photoBytes(2<<20)
		if err := m.PutUpload(t.Context(), id, "photo", bytes.NewReader(want), 8<<20); err != nil {
			t.Fatal(err)
		}
		m.servers[dies].Close()
		m.wantPhoto(t, id, want)
	})
}

func TestStoreDiesWhileAPhotoIsPut(t *testing.T) {
	eitherDies(t, func(t *testing.T, m mortals, dies int) {
		id, want := job.NewID(), photoBytes(2<<20)
		dying := func() (io.Reader, error) {
			return bytes.NewReader(want[len(want)/2:]), m.servers[dies].Close()
		}
		r := io.MultiReader(bytes.NewReader(want[:len(want)/2]), &lateReader{open: dying})
		if err := m.PutUpload(t.Context(), id, "photo", r, 8<<20); err != nil {
			t.Fatal(err)
		}
		m.wantPhoto(t, id, want)
		if got := list(t, m.disk[1-dies], "uploads/"+id); len(got) != 1 {
			t.Errorf("in the store that lives: %v", got)
		}
	})
}

func TestStoreDiesWhileAPhotoIsRead(t *testing.T) {
	eitherDies(t, func(t *testing.T, m mortals, dies int) {
		id, want := job.NewID(), photoBytes(8<<20) // more than any buffer on the way holds
		if err := m.PutUpload(t.Context(), id, "photo", bytes.NewReader(want), 8<<20); err != nil {
			t.Fatal(err)
		}
		r, err := m.OpenUpload(t.Context(), id, "photo")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(r, got[:1<<20]); err != nil {
			t.Fatal(err)
		}
		m.servers[dies].Close()
		if _, err := io.ReadFull(r, got[1<<20:]); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v, or other bytes", err)
		}
		if n, err := r.Read(got); n != 0 || err != io.EOF {
			t.Errorf("at the end: %d, %v", n, err)
		}
	})
}

// A bad photo does not count as a failure of the store.
func TestPhotoThatFailsLeavesNothingInEither(t *testing.T) {
	t.Parallel()
	m, id, broken := startMortals(t), job.NewID(), errors.New("the browser left")
	half := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))
	if err := m.PutUpload(t.Context(), id, "photo", half, 100); !errors.Is(err, broken) {
		t.Errorf("broken reader: %v", err)
	}
	if err := m.PutUpload(t.Context(), id, "photo", bytes.NewReader(photoBytes(2<<20)), 1<<20); !errors.Is(err, ftpserver.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	for i, disk := range m.disk {
		testenv.WaitFor(t, "no part is left", func() bool { return len(list(t, disk, "uploads/"+id)) == 0 })
		if err := m.PutUpload(t.Context(), id, "photo", strings.NewReader("face"), 100); err != nil {
			t.Error(err)
		}
		if got := list(t, disk, "uploads/"+id); len(got) != 1 {
			t.Errorf("then, in store %d: %v", i, got)
		}
		if err := m.DeleteUploads(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}

func TestNoStoreTakesAPhoto(t *testing.T) {
	t.Parallel()
	m := startMortals(t)
	for _, s := range m.servers {
		s.Close()
	}
	err := m.PutUpload(t.Context(), job.NewID(), "photo", strings.NewReader("face"), 100)
	if err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v, want that both refused", err)
	}
}

// lateReader makes its reader when it is first read.
type lateReader struct {
	open func() (io.Reader, error)
	r    io.Reader
}

func (l *lateReader) Read(b []byte) (int, error) {
	if l.r == nil {
		var err error
		if l.r, err = l.open(); err != nil {
			return 0, err
		}
	}
	return l.r.Read(b)
}
