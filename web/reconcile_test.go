package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// forgetful is a queue that has lost everything, and knows what was put into it since.
type forgetful struct {
	jobs
	put map[string]*job.Package
}

func (f *forgetful) Status(_ context.Context, id string) (job.Status, error) {
	if f.put[id] == nil {
		return job.Status{}, queue.ErrUnknown
	}
	return job.Status{ID: id, State: job.Queued}, nil
}

func (f *forgetful) Requeue(_ context.Context, p *job.Package) error {
	if f.put == nil {
		f.put = map[string]*job.Package{}
	}
	f.put[p.ID] = p
	return nil
}

func (f *forgetful) Restore(context.Context, job.Status) error { return nil }

// nothing is for where deletions and losses do not matter.
type nothing struct{}

func (nothing) reconcile(context.Context) error { return nil }

func demoPackage() *job.Package {
	return &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Target: job.Target{URL: "demo:0"}, Options: job.Defaults(), Priority: job.Interactive,
		Friends: []job.Friend{{ID: "1", Photo: "demo:1"}, {ID: "2", Photo: "demo:2"}},
	}
}

// spoiled are what may become of a journal file.
var spoiled = map[string]struct {
	spoil func(t *testing.T, path string)
	fails bool // for good
}{
	"a directory": {spoil: func(t *testing.T, path string) {
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
	}},
	"a pipe": {spoil: func(t *testing.T, path string) {
		if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
			t.Fatal(err)
		}
	}},
	"a link in a circle": {spoil: func(t *testing.T, path string) {
		if err := errors.Join(os.Remove(path), os.Symlink(filepath.Base(path), path)); err != nil {
			t.Fatal(err)
		}
	}},
	"cut off": {fails: true, spoil: func(t *testing.T, path string) {
		if err := os.Truncate(path, 40); err != nil {
			t.Fatal(err)
		}
	}},
	"empty": {fails: true, spoil: func(t *testing.T, path string) {
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
	}},
	"of another mosaic": {fails: true, spoil: func(t *testing.T, path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(path), ".json")
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), id, job.NewID())), 0o600); err != nil {
			t.Fatal(err)
		}
	}},
	"with a field that nobody knows": {fails: true, spoil: func(t *testing.T, path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), `"friends"`, `"friendz"`, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}},
}

// One journal file that cannot be used must not keep the others from being put back, and whoever asks
// for its mosaic is told something that a person understands.
func TestABadJournalFileStopsNoOther(t *testing.T) {
	for name, tc := range spoiled {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j, err := journal.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			var all []*job.Package
			for range 5 {
				p := demoPackage()
				if err := j.Add(p); err != nil {
					t.Fatal(err)
				}
				all = append(all, p)
			}
			// The first that the directory lists is the one that would stop all others.
			entries, err := os.ReadDir(filepath.Join(dir, "open"))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "open", entries[0].Name())
			bad := strings.TrimSuffix(entries[0].Name(), ".json")
			tc.spoil(t, path)

			q := &forgetful{}
			var unreadable, damaged int
			faults := &journalFaults{log: slog.New(slog.DiscardHandler), measure: func(u, d int) { unreadable, damaged = u, d }}
			r := &reconciler{queue: q, store: delivered{}, journal: j, faults: faults, deletions: nothing{}, losses: nothing{}, log: slog.New(slog.DiscardHandler), keep: time.Hour}
			s := &server{queue: q, redis: &watchedQueue{}, store: delivered{}, journal: j, keep: time.Hour, log: slog.New(slog.DiscardHandler)}

			if st, err := s.status(t.Context(), bad); err != errJournalFault {
				t.Errorf("before: %+v, %v; want that it cannot be read at the moment", st, err)
			}
			if err := r.reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, p := range all {
				if (q.put[p.ID] != nil) != (p.ID != bad) {
					t.Errorf("%s (bad: %v) was put back: %v", p.ID, p.ID == bad, q.put[p.ID] != nil)
				}
			}
			if len(q.put) != len(all)-1 {
				t.Errorf("%d were put back", len(q.put))
			}
			st, err := s.status(t.Context(), bad)
			if tc.fails {
				if err != nil || st.State != job.Failed || st.Failure.Sentence != damagedSentence || unreadable != 0 || damaged != 1 {
					t.Errorf("after: %+v, %v; %d unreadable, %d damaged", st, err, unreadable, damaged)
				}
				if _, err := os.Stat(filepath.Join(dir, "damaged", bad+".json")); err != nil {
					t.Errorf("the file was not kept for whoever could repair it: %v", err)
				}
			} else if err != errJournalFault || unreadable != 1 || damaged != 0 {
				t.Errorf("after: %+v, %v; %d unreadable, %d damaged", st, err, unreadable, damaged)
			}
			if alarms := faults.alarms(); len(alarms) != 1 {
				t.Errorf("operators are told %q", alarms)
			}
			if !tc.fails { // and when the disk is well again
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := r.reconcile(t.Context()); err != nil || unreadable != 0 || len(faults.alarms()) != 0 {
					t.Errorf("mended: %v, %d unreadable, %q", err, unreadable, faults.alarms())
				}
			}
		})
	}
}

// A record of a failure that cannot be read is no reason to say that there never was such a mosaic.
func TestAnUnreadableRecordOfAFailure(t *testing.T) {
	for name, tc := range spoiled {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j, err := journal.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			id := job.NewID()
			if err := j.Failed(job.Status{ID: id, State: job.Failed, Failure: &job.Failure{Code: job.NoPhotos, Sentence: "No photos."}}); err != nil {
				t.Fatal(err)
			}
			tc.spoil(t, filepath.Join(dir, "closed", id+".json"))
			s := &server{queue: &forgetful{}, redis: &watchedQueue{}, store: delivered{}, journal: j, keep: time.Hour, log: slog.New(slog.DiscardHandler)}
			st, err := s.status(t.Context(), id)
			if failed := err == nil && st.State == job.Failed; !failed && err != errJournalFault || failed != (tc.fails || err == nil) {
				t.Errorf("%+v, %v", st, err)
			}
		})
	}
}

// stubborn is a store that cannot read one mosaic's manifest.
type stubborn struct {
	files
	bad  string
	away bool
}

func (s stubborn) Ping(context.Context) error {
	if s.away {
		return errors.New("connection refused")
	}
	return nil
}

func (s stubborn) Manifest(_ context.Context, id string) (*store.Manifest, error) {
	if s.away || id == s.bad {
		return nil, fmt.Errorf("reading: %w", syscall.EIO)
	}
	return nil, store.ErrNotFound
}

func TestAManifestThatCannotBeReadStopsNoOther(t *testing.T) {
	j, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for range 5 {
		if err := j.Add(demoPackage()); err != nil {
			t.Fatal(err)
		}
	}
	ids, err := j.Open()
	if err != nil {
		t.Fatal(err)
	}
	q := &forgetful{}
	faults := &journalFaults{log: slog.New(slog.DiscardHandler), measure: func(int, int) {}}
	r := &reconciler{queue: q, store: stubborn{bad: ids[0]}, journal: j, faults: faults, deletions: nothing{}, losses: nothing{}, log: slog.New(slog.DiscardHandler)}
	if err := r.reconcile(t.Context()); err != nil || len(q.put) != 4 || q.put[ids[0]] != nil {
		t.Errorf("%v; %d put back", err, len(q.put))
	}
	r.store = stubborn{away: true}
	if err := r.reconcile(t.Context()); err == nil {
		t.Error("a store that is away is not told")
	}
}

func TestJournalFaultsAreToldOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		f := &journalFaults{log: slog.New(slog.NewTextHandler(&out, nil)), measure: func(int, int) {}}
		for range 3 * 3600 / 5 {
			f.note(map[string]error{"a": syscall.EIO}, 0)
			time.Sleep(reconcileEvery)
		}
		f.note(nil, 0)
		if n := strings.Count(out.String(), "\n"); n != 1+2+1 && n != 1+3+1 || !strings.Contains(out.String(), "can be used again") {
			t.Errorf("%d lines in three hours:\n%s", n, out.String())
		}
	})
}
