package upkeep

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
	"smalti/pkg/journal/journaltest"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// forgetful is a queue that has lost everything, and knows what was put into it since.
type forgetful struct{ put map[string]*job.Package }

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

func (f *forgetful) RequeueRaw(context.Context, *job.Package, []byte) error { return nil }
func (f *forgetful) Restore(context.Context, job.Status) error              { return nil }

// nothing is for where deletions and losses do not matter.
type nothing struct{}

func (nothing) reconcile(context.Context) error { return nil }

func demoPackage() *job.Package {
	return &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Target: job.Target{URL: "demo:0"}, Options: job.Defaults(), Priority: job.Interactive,
		Friends: []job.Friend{{ID: "1", Photo: "demo:1"}, {ID: "2", Photo: "demo:2"}},
	}
}

// nowhere is a store without any mosaic.
type nowhere struct{}

func (nowhere) Ping(context.Context) error { return nil }
func (nowhere) Manifest(context.Context, string) (*store.Manifest, error) {
	return nil, store.ErrNotFound
}

// One journal file that cannot be used must not keep the others from being put back.
func TestABadJournalFileStopsNoOther(t *testing.T) {
	for name, tc := range journaltest.Spoiled {
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
			tc.Spoil(t, path)

			q := &forgetful{}
			var unreadable, damaged int
			faults := &JournalFaults{Log: slog.New(slog.DiscardHandler), Measure: func(u, d int) { unreadable, damaged = u, d }}
			r := &Reconciler{Queue: q, Store: nowhere{}, Journal: j, Faults: faults, Deletions: nothing{}, Losses: nothing{}, Log: slog.New(slog.DiscardHandler), Keep: time.Hour}

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
			if tc.ForGood {
				if st, err := j.Failure(bad); err != nil || st.State != job.Failed || st.Failure.Says.Code != "failure.damaged" || unreadable != 0 || damaged != 1 {
					t.Errorf("%+v, %v; %d unreadable, %d damaged", st, err, unreadable, damaged)
				}
				if _, err := os.Stat(filepath.Join(dir, "damaged", bad+".json")); err != nil {
					t.Errorf("the file was not kept for whoever could repair it: %v", err)
				}
			} else if unreadable != 1 || damaged != 0 {
				t.Errorf("%d unreadable, %d damaged", unreadable, damaged)
			}
			if alarms := faults.Alarms(); len(alarms) != 1 {
				t.Errorf("operators are told %q", alarms)
			}
			if !tc.ForGood { // and when the disk is well again
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := r.reconcile(t.Context()); err != nil || unreadable != 0 || len(faults.Alarms()) != 0 {
					t.Errorf("mended: %v, %d unreadable, %q", err, unreadable, faults.Alarms())
				}
			}
		})
	}
}

// stubborn is a store that cannot read one mosaic's manifest.
type stubborn struct {
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
	faults := &JournalFaults{Log: slog.New(slog.DiscardHandler), Measure: func(int, int) {}}
	r := &Reconciler{Queue: q, Store: stubborn{bad: ids[0]}, Journal: j, Faults: faults, Deletions: nothing{}, Losses: nothing{}, Log: slog.New(slog.DiscardHandler)}
	if err := r.reconcile(t.Context()); err != nil || len(q.put) != 4 || q.put[ids[0]] != nil {
		t.Errorf("%v; %d put back", err, len(q.put))
	}
	r.Store = stubborn{away: true}
	if err := r.reconcile(t.Context()); err == nil {
		t.Error("a store that is away is not told")
	}
}

func TestJournalFaultsAreToldOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		f := &JournalFaults{Log: slog.New(slog.NewTextHandler(&out, nil)), Measure: func(int, int) {}}
		for range 3 * 3600 / 5 {
			f.note(map[string]error{"a": syscall.EIO}, 0)
			time.Sleep(ReconcileEvery)
		}
		f.note(nil, 0)
		if n := strings.Count(out.String(), "\n"); n != 1+2+1 && n != 1+3+1 || !strings.Contains(out.String(), "can be used again") {
			t.Errorf("%d lines in three hours:\n%s", n, out.String())
		}
	})
}
