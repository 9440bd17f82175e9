package store_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/testenv"
)

func TestUploadWithoutProgressGivesUp(t *testing.T) {
	remotely(t, func(t *testing.T, p place) {
		w := newWire(t, &p, &wire{fault: reset, each: 10_000})
		calls := 0
		d := begin(t, p, job.NewID(), "1")
		err := d.Put(t.Context(), "poster.jpg", counted(&calls, noise(3<<20)))
		if err == nil || !strings.Contains(err.Error(), "giving up") {
			t.Errorf("got %v", err)
		}
		if got := w.look(); calls != 4 || got.uploads != 4 {
			t.Errorf("%d calls, %d uploads, want 4", calls, got.uploads)
		}
	})
}

// Some servers cannot resume an upload, and some only claim to.
func TestUploadWhereTheServerCannotResume(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	const size = 8 * mb
	for name, test := range map[string]struct {
		rewrite map[string]string
		at      int64 // where the connection breaks
		want    string
		most    int64 // bytes over the wire
	}{
		"no APPE":           {map[string]string{"APPE": "XPPE"}, 6 * mb, "STOR APPE REST STOR", 8 * mb},
		"neither":           {map[string]string{"APPE": "XPPE", "REST": "XEST"}, 6 * mb, "STOR APPE REST STOR", 14 * mb},
		"REST is forgotten": {map[string]string{"APPE": "XPPE", "REST": "REST 0"}, 6 * mb, "STOR APPE REST STOR STOR", 16 * mb},
		"REST is forgotten early": {map[string]string{"APPE": "XPPE", "REST": "REST 0"}, 2 * mb,
			"STOR APPE REST STOR APPE REST STOR STOR", 18 * mb},
		"APPE is STOR": {map[string]string{"APPE": "STOR"}, 6 * mb, "STOR APPE STOR", 16 * mb},
	} {
		t.Run(name, func(t *testing.T) {
			plainly(t, func(t *testing.T, p place) {
				w := newWire(t, &p, &wire{fault: ended, at: []int64{test.at}, rewrite: test.rewrite})
				id := job.NewID()
				d := begin(t, p, id, "1")
				if err := d.Put(t.Context(), "poster.jpg", noise(size)); err != nil {
					t.Fatal(err)
				}
				got := w.look()
				if commands := strings.Join(got.commands, " "); commands != test.want {
					t.Errorf("commands: %s, want %s", commands, test.want)
				}
				if got.sent > test.most {
					t.Errorf("%d bytes went over the wire, want at most %d", got.sent, test.most)
				}
				wantWhole(t, p, d, id, noise(size))
			})
		})
	}
}

// An error on this side is not retried.
func TestUploadEndsWithItsWriter(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	broken := errors.New("the composer gave up")
	for name, test := range map[string]struct {
		second func(io.Writer) error
		want   string
	}{
		"it fails": {func(w io.Writer) error {
			return errors.Join(noise(size/4)(w), broken)
		}, broken.Error()},
		"it fails behind what is there": {func(w io.Writer) error {
			return errors.Join(noise(size*3/4)(w), broken)
		}, broken.Error()},
		"it writes other bytes": {func(w io.Writer) error { return writeNoise(w, size) }, "not the same"},
		"it writes fewer bytes": {noise(size / 4), "not the same"},
	} {
		t.Run(name, func(t *testing.T) {
			remotely(t, func(t *testing.T, p place) {
				newWire(t, &p, &wire{fault: reset, at: []int64{size / 2}})
				d := begin(t, p, job.NewID(), "1")
				calls := 0
				err := d.Put(t.Context(), "poster.jpg", counted(&calls, func(w io.Writer) error {
					if calls == 1 {
						return noise(size)(w)
					}
					return test.second(w)
				}))
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if calls != 2 {
					t.Errorf("%d calls, want 2", calls)
				}
			})
		})
	}
}

func TestUploadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	reason := errors.New("the lease was lost")
	for name, when := range map[string]int{"while it waits": 0, "while it drops what is there": 1 << 20, "while it sends": size - 1<<20} {
		t.Run(name, func(t *testing.T) {
			remotely(t, func(t *testing.T, p place) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				var cancelled time.Time
				end := func() { cancelled = time.Now(); cancel(reason) }
				w := &wire{fault: ended, at: []int64{size / 2}}
				if when == 0 {
					w.onBreak = end
				}
				newWire(t, &p, w)
				d := begin(t, p, job.NewID(), "1")
				calls := 0
				err := d.Put(ctx, "poster.jpg", counted(&calls, func(w io.Writer) error {
					if calls == 1 {
						return noise(size)(w)
					}
					h := &hooked{Writer: w, left: when, hook: end}
					err := noise(1 << 40)(h) // which nobody waits for
					if when < size/4 && h.after > 1<<20 {
						t.Errorf("%d bytes were dropped after the end", h.after)
					}
					return err
				}))
				if !errors.Is(err, reason) {
					t.Errorf("got %v, want %v", err, reason)
				}
				if took := time.Since(cancelled); took > inTime {
					t.Errorf("it took %v to stop", took)
				}
				d.Abort(ctx)
				testenv.WaitFor(t, "incoming is empty", func() bool { return len(list(t, p.disk, "incoming")) == 0 })
			})
		})
	}
}

func TestUploadOutlivesItsServer(t *testing.T) {
	const size = 16 << 20
	disk := t.TempDir()
	dir := openDir(t, disk)
	s := startServer(t, dir, ftpserver.Config{})
	p := remotePlace(t, disk, nil, ftpstore.Config{URL: "ftp://mosaic@" + s.Addr().String(), Password: password})
	w := newWire(t, &p, &wire{})
	id := job.NewID()
	d := begin(t, p, id, "1")
	calls := 0
	err := d.Put(t.Context(), "poster.jpg", counted(&calls, func(w io.Writer) error {
		if calls > 1 {
			return noise(size)(w)
		}
		return noise(size)(&hooked{Writer: w, left: size / 2, hook: func() {
			s.Close()
			startServer(t, dir, ftpserver.Config{Addr: s.Addr().String()})
		}})
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.look(); calls != 2 || got.sent > size*3/2 {
		t.Errorf("%d calls, %d bytes over the wire for %d", calls, got.sent, size)
	}
	wantWhole(t, p, d, id, noise(size))
}

// hooked calls a function once, behind so many bytes.
type hooked struct {
	io.Writer
	left  int
	hook  func()
	after int // bytes that were taken since
}

func (h *hooked) Write(p []byte) (int, error) {
	if h.left > 0 && h.left <= len(p) {
		h.hook()
	}
	hooked := h.left <= 0
	h.left -= len(p)
	n, err := h.Writer.Write(p)
	if hooked {
		h.after += n
	}
	return n, err
}
