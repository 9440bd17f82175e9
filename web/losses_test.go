package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/job"
	"smalti/pkg/metrics"
	"smalti/pkg/store"
)

// wantLost expects a server to say that a mosaic is lost: to polls, on the page in both languages, and for
// its files, whole or not.
func wantLost(t *testing.T, base, id, when string) {
	t.Helper()
	code, v, _ := do(t, "GET", base+"/api/v1/mosaics/"+id, "", nil)
	if code != http.StatusGone || v["code"] != "lost" {
		t.Errorf("%s: poll: %d %v", when, code, v)
	}
	for lang, says := range map[string]string{"en": "damaged in our storage", "de": "in unserem Speicher beschädigt"} {
		code, page, _ := get(t, base+"/m/"+id+"?lang="+lang, "Accept", "text/html")
		if code != http.StatusGone || !strings.Contains(string(page), says) {
			t.Errorf("%s: page in %s: %d", when, lang, code)
		}
	}
	for _, path := range []string{"/files/" + id + "/poster.jpg", "/files/" + id + "/preview.jpg", "/m/" + id + "/print.pdf"} {
		if code, _, h := get(t, base+path); code != http.StatusGone || h.Get("ETag") != "" {
			t.Errorf("%s: %s: %d", when, path, code)
		}
	}
}

func TestALostMosaicIsToldAsLost(t *testing.T) {
	for name, tc := range map[string]struct {
		harm  func(t *testing.T, dir string)
		meets string // what finds it: the scrubber, or somebody who looks at this
	}{
		"flipped byte, scrubbed":     {func(t *testing.T, dir string) { flipByte(t, filepath.Join(dir, "poster.jpg")) }, ""},
		"cut file, read":             {func(t *testing.T, dir string) { cut(t, filepath.Join(dir, "poster.jpg")) }, "/files/%/poster.jpg"},
		"cut file, another one read": {func(t *testing.T, dir string) { cut(t, filepath.Join(dir, "plan.json")) }, "/files/%/poster.jpg"},
		"no manifest, read":          {func(t *testing.T, dir string) { rm(t, filepath.Join(dir, "manifest.json")) }, "/files/%/poster.jpg"},
		"no manifest, page":          {func(t *testing.T, dir string) { rm(t, filepath.Join(dir, "manifest.json")) }, "/m/%"},
		"missing file, printed":      {func(t *testing.T, dir string) { rm(t, filepath.Join(dir, "poster.jpg")) }, "/m/%/print.pdf"},
		"nothing left, page":         {rm, "/m/%"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			ctx, stop := context.WithCancel(t.Context())
			sys := startIn(t, ctx, data)
			id := accept(t, sys.url(), small)
			expectDone(t, sys.url(), id, soon)
			dir := filepath.Join(data, "store", "mosaics", id)
			kept := filepath.Join(t.TempDir(), "kept")
			if err := os.CopyFS(kept, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			tc.harm(t, dir)
			if tc.meets == "" {
				if err := sys.scrubber.pass(t.Context(), place{}); err != nil {
					t.Fatal(err)
				}
			} else if code, _, _ := get(t, sys.url()+strings.ReplaceAll(tc.meets, "%", id)); code != http.StatusGone {
				t.Errorf("who meets it is told %d", code)
			}
			wantLost(t, sys.url(), id, "found")
			stop()
			if err := sys.wait(); err != nil {
				t.Fatal(err)
			}

			ctx, stop = context.WithCancel(t.Context())
			sys = startIn(t, ctx, data)
			wantLost(t, sys.url(), id, "after a restart")

			// Somebody puts the files back from a backup.
			rm(t, dir)
			if err := os.CopyFS(dir, os.DirFS(kept)); err != nil {
				t.Fatal(err)
			}
			if err := sys.scrubber.pass(t.Context(), place{}); err != nil {
				t.Fatal(err)
			}
			expectDone(t, sys.url(), id, soon)
			if code, _, _ := get(t, sys.url()+"/files/"+id+"/poster.jpg"); code != http.StatusOK {
				t.Errorf("put back: %d", code)
			}
			stop()
			if err := sys.wait(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func flipByte(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
}

func cut(t *testing.T, path string) {
	t.Helper()
	if err := os.Truncate(path, 10); err != nil {
		t.Fatal(err)
	}
}

func rm(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// A pass reads slowly, remembers where it was, and goes on there.
func TestAScrubGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := []string{"a", "b", "c", "d"}
		var seen []string
		broken := errors.New("stopping")
		ctx, cancel := context.WithCancelCause(t.Context())
		s := &scrubber{
			list: func(context.Context) ([]string, error) { return slices.Clone(ids), nil },
			mine: func(context.Context) (bool, error) { return true, nil },
			read: func(int) {}, rate: 1000, cursor: filepath.Join(t.TempDir(), "scrub.json"), log: slog.New(slog.DiscardHandler),
		}
		s.check = func(ctx context.Context, id string, pace store.Pace) error {
			seen = append(seen, id)
			if id == "c" && len(seen) == 3 {
				cancel(broken)
			}
			return pace(ctx, 10_000)
		}
		start := time.Now()
		if err := s.pass(ctx, place{}); err == nil {
			t.Fatal("a pass that was broken off ended well")
		}
		if took := time.Since(start); took < 10*time.Second || took > 40*time.Second {
			t.Errorf("20,000 bytes at 1,000 a second took %v", took)
		}
		if err := s.pass(t.Context(), s.where()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"a", "b", "c", "c", "d"}; !slices.Equal(seen, want) || !s.where().Done {
			t.Errorf("looked at %q, want %q; then %+v", seen, want, s.where())
		}
		s.mine = func(context.Context) (bool, error) { return false, nil }
		if err := s.pass(t.Context(), place{}); err != nil || len(seen) != 5 {
			t.Errorf("while another one scrubs: %v, looked at %q", err, seen)
		}
	})
}

// doneJobs is a queue in which one mosaic is done, and that takes what it is told of losses.
type doneJobs struct {
	jobs
	status job.Status
}

func (d *doneJobs) Status(context.Context, string) (job.Status, error) { return d.status, nil }
func (d *doneJobs) SetLost(_ context.Context, s job.Status) (bool, error) {
	d.status = s
	return true, nil
}

// A store that cannot say must not make a mosaic lost, and one that has expired is not lost either.
func TestWhatNobodyKnowsIsNotLost(t *testing.T) {
	d, disk := newDeletions(t, t.TempDir())
	id := job.NewID()
	put(t, disk, id)
	for name, tc := range map[string]struct {
		finished time.Time
		mend     error
		ping     error
		want     error
	}{
		"whole":                  {finished: time.Now()},
		"the store is away":      {finished: time.Now(), mend: errors.New("connection refused"), want: errAny},
		"it went away meanwhile": {finished: time.Now(), mend: store.ErrNotFound, ping: errors.New("connection refused"), want: errAny},
		"expired":                {finished: time.Now().Add(-24 * time.Hour), mend: store.ErrNotFound, want: errNoSuchMosaic},
		"missing":                {finished: time.Now(), mend: store.ErrNotFound, want: errLost},
		"damaged":                {finished: time.Now(), mend: store.ErrDamaged, want: errLost},
	} {
		t.Run(name, func(t *testing.T) {
			q := &doneJobs{status: job.Status{ID: id, State: job.Done, Finished: tc.finished}}
			l := &losses{queue: q, store: verdict{mend: tc.mend, ping: tc.ping}, journal: d.journal, log: slog.New(slog.DiscardHandler), metrics: metrics.NewScrub(prometheus.NewRegistry()), keep: 20 * time.Hour}
			defer d.journal.Regain(id)
			err := l.check(t.Context(), id, store.Hashes, nil)
			if err != tc.want && (tc.want != errAny || err == nil || err == errLost) {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if lost := tc.want == errLost; isLost(q.status) != lost || d.journal.Lost(id) != lost {
				t.Errorf("told the queue %v, the journal %v", isLost(q.status), d.journal.Lost(id))
			}
		})
	}
}

var errAny = errors.New("any error but a loss")

// verdict is a store that has one answer.
type verdict struct {
	files
	mend, ping error
}

func (v verdict) Ping(context.Context) error { return v.ping }
func (v verdict) Mend(context.Context, string, store.Depth, store.Pace) (bool, error) {
	return false, v.mend
}
