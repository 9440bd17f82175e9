package upkeep

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
)

// awayQueue is a queue that cannot be reached.
type awayQueue struct{}

func (awayQueue) Delete(context.Context, string, time.Time) error { return queue.ErrUnavailable }
func (awayQueue) Deletions(context.Context) (map[string]time.Time, error) {
	return nil, queue.ErrUnavailable
}

// heldDeletions is a queue's set of deletions.
type heldDeletions map[string]time.Time

func (h heldDeletions) Delete(_ context.Context, id string, at time.Time) error {
	h[id] = at
	return nil
}
func (h heldDeletions) Deletions(context.Context) (map[string]time.Time, error) { return h, nil }

func newDeletions(t *testing.T, dir string) (*Deletions, *dirstore.Store) {
	t.Helper()
	j, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	d, err := dirstore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &Deletions{
		Queue: heldDeletions{}, Store: d, Journal: j, Uploads: &Uploads{},
		Log: slog.New(slog.DiscardHandler), Keep: time.Hour,
	}, d
}

// put delivers a mosaic of one file.
func put(t *testing.T, s store.Store, id string) {
	t.Helper()
	d, err := s.Deliver(t.Context(), id, "attempt")
	if err != nil {
		t.Fatal(err)
	}
	err = d.Put(t.Context(), "poster.jpg", func(w io.Writer) error { _, err := io.WriteString(w, "poster of "+id); return err })
	if err = errors.Join(err, d.Commit(t.Context(), job.Result{Files: []string{"poster.jpg"}})); err != nil {
		t.Fatal(err)
	}
}

// A deletion while Redis is away is kept, and Redis told when it is back. What a worker delivers in the
// moment of the deletion, or a backup brings back, is deleted again.
func TestADeletionIsCarriedOutLater(t *testing.T) {
	dir := t.TempDir()
	d, disk := newDeletions(t, dir)
	d.Queue = awayQueue{}
	id := job.NewID()
	if err := d.Begin(t.Context(), id); !errors.Is(err, ErrNoted) {
		t.Fatalf("while the queue is away: %v", err)
	}
	put(t, disk, id)
	d.Journal.Close()

	again, _ := newDeletions(t, dir)
	again.Store = disk
	if !again.Journal.IsDeleted(id) {
		t.Fatal("forgotten with the process")
	}
	if err := again.reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, told := again.Queue.(heldDeletions)[id]; !told {
		t.Error("the queue was not told")
	}
	if _, err := disk.Manifest(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is still in the store: %v", err)
	}
}

// The other web server, whose journal holds the package, learns of it.
func TestADeletionIsLearned(t *testing.T) {
	d, disk := newDeletions(t, t.TempDir())
	p := demoPackage()
	if err := d.Journal.Add(p); err != nil {
		t.Fatal(err)
	}
	put(t, disk, p.ID)
	at := time.Now().Add(-time.Minute)
	d.Queue = heldDeletions{p.ID: at}
	if err := d.reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ids, err := d.Journal.Open(); err != nil || len(ids) != 0 || !d.Journal.IsDeleted(p.ID) || !d.Journal.Deletions()[p.ID].Equal(at) {
		t.Errorf("open %q, %v; deleted %v", ids, err, d.Journal.Deletions())
	}
	if _, err := disk.Manifest(t.Context(), p.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is still in the store: %v", err)
	}
}

// Deletions are forgotten when nothing can bring the mosaic back: by all, and not learned again from each
// other.
func TestADeletionIsForgottenInTheEnd(t *testing.T) {
	d, _ := newDeletions(t, t.TempDir())
	old, young, theirs := job.NewID(), job.NewID(), job.NewID()
	long := time.Now().Add(-d.Keep - queue.DeletedFor - time.Minute)
	held := heldDeletions{theirs: long}
	d.Queue = held
	if err := errors.Join(d.Journal.MarkDeleted(old, long), d.Journal.MarkDeleted(young, long.Add(2*time.Minute)), d.reconcile(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, told := held[old]; d.Journal.IsDeleted(old) || !d.Journal.IsDeleted(young) || d.Journal.IsDeleted(theirs) || told || len(held) != 2 {
		t.Errorf("here %v, there %v", d.Journal.Deletions(), held)
	}
}
