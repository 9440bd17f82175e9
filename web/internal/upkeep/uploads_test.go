package upkeep

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// told is a queue that knows one job.
type told struct {
	state job.State
	err   error
}

func (q told) Status(context.Context, string) (job.Status, error) {
	return job.Status{State: q.state}, q.err
}

func TestUploadsAreNeededAsLongAsTheirJobIsOpen(t *testing.T) {
	t.Parallel()
	j, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	const keep = 30 * 24 * time.Hour
	week := time.Now().Add(-7 * 24 * time.Hour)
	away := errors.New("away")
	for name, c := range map[string]struct {
		queue  told
		since  time.Time
		needed bool
		err    error
	}{
		"it waits":                    {told{state: job.Queued}, week, true, nil},
		"it is being made":            {told{state: job.Rendering}, week, true, nil},
		"it is done":                  {told{state: job.Done}, week, false, nil},
		"it failed":                   {told{state: job.Failed}, week, false, nil},
		"it was deleted":              {told{err: queue.ErrDeleted}, week, false, nil},
		"another journal may have it": {told{err: queue.ErrUnknown}, week, true, nil},
		"nobody has known it for as long as can be": {told{err: queue.ErrUnknown}, time.Now().Add(-keep), false, nil},
		"the queue is away":                         {told{err: away}, week, true, away},
	} {
		needed, err := Needed(t.Context(), c.queue, j, keep, job.NewID(), c.since)
		if needed != c.needed || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v", name, needed, err)
		}
	}
	p := uploadedPackage(job.NewID())
	if err := j.Add(p); err != nil {
		t.Fatal(err)
	}
	if needed, err := Needed(t.Context(), told{err: queue.ErrUnknown}, j, keep, p.ID, time.Now().Add(-2*keep)); !needed || err != nil {
		t.Errorf("a job in the journal: %v, %v", needed, err)
	}
}

func uploadedPackage(batch string) *job.Package {
	return &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now(), Target: job.Target{URL: "upload:" + batch + "/target"},
		Friends: []job.Friend{{ID: "1", Photo: "upload:" + batch + "/0001"}, {ID: "2", Photo: "upload:" + batch + "/0002"}},
		Options: job.Defaults(), Priority: job.Interactive,
	}
}

// The room of photos is held for as long as their job is open, and asked for rarely.
func TestTheQuotaOfUploadsIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, err := journal.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		p := uploadedPackage(job.NewID())
		demo := uploadedPackage(job.NewID())
		demo.Target.URL = "demo:0"
		for i := range demo.Friends {
			demo.Friends[i].Photo = "demo:1"
		}
		for _, p := range []*job.Package{p, demo} {
			if err := j.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		var extended []string
		h := &QuotaHolder{Journal: j, Extend: func(_ context.Context, batch string) { extended = append(extended, batch) }}
		for range 3 * 24 * 12 { // three days, every five minutes
			ids, err := j.Open()
			if err != nil {
				t.Fatal(err)
			}
			h.hold(t.Context(), ids)
			time.Sleep(5 * time.Minute)
		}
		if want := slices.Repeat(p.Uploads(), 6); !slices.Equal(extended, want) {
			t.Errorf("held on %d times, want %d", len(extended), len(want))
		}
		h.hold(t.Context(), nil)
		if len(h.next) > 0 {
			t.Errorf("%d jobs are remembered that have ended", len(h.next))
		}
	})
}

// batches is a store of uploads: the mosaic of each batch, or "" while there is none.
type batches map[string]string

func (b batches) OpenUpload(_ context.Context, batch, _ string) (io.ReadCloser, error) {
	if id, ok := b[batch]; ok && id != "" {
		return io.NopCloser(strings.NewReader(id)), nil
	}
	return nil, store.ErrNotFound
}

func (b batches) DeleteUploads(_ context.Context, batch string) error { delete(b, batch); return nil }

// What was sent ahead goes when its time is over, and what belongs to a mosaic stays, whoever promised that.
func TestUploadsThatNoMosaicNeedsAreRemoved(t *testing.T) {
	t.Parallel()
	j, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	here := uploadedPackage(job.NewID())
	if err := j.Add(here); err != nil {
		t.Fatal(err)
	}
	mine, elsewhere, waiting, over, unclear := here.Uploads()[0], job.NewID(), job.NewID(), job.NewID(), job.NewID()
	there := batches{mine: "", elsewhere: job.NewID(), waiting: "", over: "", unclear: ""}
	var all []string
	for batch := range there {
		if err := j.BeginBatch(batch); err != nil {
			t.Fatal(err)
		}
		all = append(all, batch)
	}
	var released []string
	u := &Uploads{
		Store: there, Journal: j, Log: slog.New(slog.DiscardHandler),
		Held: func(_ context.Context, batch string) (bool, error) {
			if batch == unclear {
				return false, queue.ErrUnavailable
			}
			return batch == waiting, nil
		},
		Release: func(_ context.Context, batch string) { released = append(released, batch) },
	}
	u.removeSome(t.Context(), all)
	if _, kept := there[over]; kept || len(there) != 4 || !slices.Equal(released, []string{over}) {
		t.Errorf("left are %v, released %v; only %s was to go", there, released, over)
	}
	left, err := j.Batches(time.Now().Add(time.Minute))
	want := []string{waiting, unclear}
	slices.Sort(left)
	slices.Sort(want)
	if err != nil || !slices.Equal(left, want) {
		t.Errorf("still noted are %q, %v; want %q", left, err, want)
	}
	if early, err := j.Batches(time.Now().Add(-time.Hour)); err != nil || len(early) > 0 {
		t.Errorf("noted an hour ago: %q, %v", early, err)
	}
}
