package status

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/journal/journaltest"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/web/internal/problem"
	"smalti/web/internal/upkeep"
)

// oneJob is a queue that knows one status.
type oneJob struct{ status job.Status }

func (o oneJob) Status(context.Context, string) (job.Status, error) { return o.status, nil }
func (oneJob) Restore(context.Context, job.Status) error            { return nil }

// delivered is a store that may have the mosaic.
type delivered struct {
	yes bool
	err error
}

func (d delivered) Manifest(_ context.Context, id string) (*store.Manifest, error) {
	if d.err != nil {
		return nil, d.err
	}
	if !d.yes {
		return nil, store.ErrNotFound
	}
	return &store.Manifest{ID: id, Created: time.Now()}, nil
}

// Between a delivery and the news of it, the worker may die, and Redis be away. A web server then
// tells of the mosaic from the store; when Redis is back, it must not take that back.
func TestWhatIsDeliveredIsDone(t *testing.T) {
	for name, tc := range map[string]struct {
		status    job.Status
		delivered bool
		want      job.State
	}{
		"rendering":                        {job.Status{State: job.Rendering, Attempt: 1}, false, job.Rendering},
		"rendering, delivered":             {job.Status{State: job.Rendering, Attempt: 1}, true, job.Done},
		"waiting again":                    {job.Status{State: job.Queued, Attempt: 1}, false, job.Queued},
		"waiting again, delivered":         {job.Status{State: job.Queued, Attempt: 1}, true, job.Done},
		"given up":                         {job.Status{State: job.Failed, Failure: &job.Failure{Code: job.TooManyTry}}, false, job.Failed},
		"given up, delivered":              {job.Status{State: job.Failed, Failure: &job.Failure{Code: job.TooManyTry}}, true, job.Done},
		"never tried: the store is spared": {job.Status{State: job.Queued}, true, job.Queued},
	} {
		t.Run(name, func(t *testing.T) {
			o := oneJob{status: tc.status}
			o.status.ID, o.status.Created = job.NewID(), time.Now()
			s := &Finder{Journal: &journal.Journal{}, Queue: o, Outages: &Outages{}, Store: delivered{yes: tc.delivered}, Log: slog.New(slog.DiscardHandler), Keep: time.Hour}
			if got, err := s.Status(t.Context(), o.status.ID); err != nil || got.State != tc.status.State {
				t.Errorf("while Redis was never away: %s, %v", got.State, err)
			}
			s.Outages.Note(queue.ErrUnavailable)
			got, err := s.Status(t.Context(), o.status.ID)
			if err != nil || got.State != tc.want {
				t.Errorf("%s, %v; want %s", got.State, err, tc.want)
			}
			if got.State == job.Queued && got.Attempt != 0 {
				t.Errorf("attempt %d, and nobody has it", got.Attempt)
			}
		})
	}
}

// While Redis is away, each web server accepts into its own journal. Right after, the others must not
// say that there is no such mosaic: the page would stop asking.
func TestAfterAnOutageUnknownIsNotGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, err := journal.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		q := &failingJobs{err: queue.ErrUnknown}
		o := &Outages{}
		s := &Finder{Queue: &notingQueue{q, o}, Outages: o, Store: delivered{}, Journal: j, Log: slog.New(slog.DiscardHandler), Keep: time.Hour}
		id := job.NewID()
		for _, tc := range []struct {
			err  error // of the queue
			want error
		}{
			{queue.ErrUnknown, problem.ErrNoSuchMosaic},
			{queue.ErrUnavailable, problem.ErrQueueAway},
			{queue.ErrUnknown, problem.ErrQueueAway},
		} {
			q.err = tc.err
			if _, err := s.Status(t.Context(), id); !errors.Is(err, tc.want) {
				t.Errorf("%v: %v, want %v", tc.err, err, tc.want)
			}
		}
		time.Sleep(3 * upkeep.ReconcileEvery)
		if _, err := s.Status(t.Context(), id); !errors.Is(err, problem.ErrNoSuchMosaic) {
			t.Errorf("long after: %v", err)
		}
	})
}

// failingJobs is a queue that has one answer.
type failingJobs struct{ err error }

func (f *failingJobs) Status(context.Context, string) (job.Status, error) { return job.Status{}, f.err }
func (*failingJobs) Restore(context.Context, job.Status) error            { return nil }

// notingQueue tells of its outages, as the front end's queue does.
type notingQueue struct {
	*failingJobs
	outages *Outages
}

func (n *notingQueue) Status(ctx context.Context, id string) (job.Status, error) {
	s, err := n.failingJobs.Status(ctx, id)
	n.outages.Note(err)
	return s, err
}

// A mosaic that was shown from the store while Redis was away must not be said to wait, or to be gone,
// when the store goes away as well.
func TestWhatNobodyCanKnowIsNotGuessed(t *testing.T) {
	j, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	accepted := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now(), Target: job.Target{URL: "demo:0"}, Options: job.Defaults(), Priority: job.Interactive,
		Friends: []job.Friend{{ID: "1", Photo: "demo:1"}, {ID: "2", Photo: "demo:2"}},
	}
	if err := j.Add(accepted); err != nil {
		t.Fatal(err)
	}
	away := delivered{err: errors.New("connection refused")}
	for name, q := range map[string]interface {
		Status(ctx context.Context, id string) (job.Status, error)
		Restore(ctx context.Context, s job.Status) error
	}{
		"the queue is away":     &failingJobs{err: queue.ErrUnavailable},
		"the queue forgot":      &failingJobs{err: queue.ErrUnknown},
		"the queue was away":    oneJob{status: job.Status{ID: accepted.ID, State: job.Rendering, Attempt: 1, Created: time.Now()}},
		"and the job came back": oneJob{status: job.Status{ID: accepted.ID, State: job.Queued, Attempt: 1, Created: time.Now()}},
	} {
		s := &Finder{Queue: q, Outages: &Outages{}, Store: away, Journal: j, Log: slog.New(slog.DiscardHandler), Keep: time.Hour}
		s.Outages.Note(queue.ErrUnavailable)
		if got, err := s.Status(t.Context(), accepted.ID); !errors.Is(err, problem.ErrStoreAway) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// A web server that has just been started asks the store about what is older, and does without its
// answer: it knows of no outage.
func TestANewProcessAnswersWithoutTheStore(t *testing.T) {
	rendering := job.Status{ID: job.NewID(), State: job.Rendering, Attempt: 1, Created: time.Now().Add(-time.Minute)}
	for _, tc := range []struct {
		store delivered
		want  job.State
	}{
		{delivered{yes: true}, job.Done},
		{delivered{}, job.Rendering},
		{delivered{err: errors.New("connection refused")}, job.Rendering},
	} {
		s := &Finder{Journal: &journal.Journal{}, Queue: oneJob{status: rendering}, Outages: NewOutages(), Store: tc.store, Log: slog.New(slog.DiscardHandler), Keep: time.Hour}
		if got, err := s.Status(t.Context(), rendering.ID); err != nil || got.State != tc.want {
			t.Errorf("store %+v: %s, %v; want %s", tc.store, got.State, err, tc.want)
		}
	}
}

func demoPackage() *job.Package {
	return &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Target: job.Target{URL: "demo:0"}, Options: job.Defaults(), Priority: job.Interactive,
		Friends: []job.Friend{{ID: "1", Photo: "demo:1"}, {ID: "2", Photo: "demo:2"}},
	}
}

// A journal file that cannot be used, for now or for good, is no reason to say that there never was such a
// mosaic.
func TestStatusOfABadJournalFile(t *testing.T) {
	for name, tc := range journaltest.Spoiled {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j, err := journal.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			p := demoPackage()
			if err := j.Add(p); err != nil {
				t.Fatal(err)
			}
			tc.Spoil(t, filepath.Join(dir, "open", p.ID+".json"))
			s := &Finder{Queue: &failingJobs{err: queue.ErrUnknown}, Outages: &Outages{}, Store: delivered{}, Journal: j, Keep: time.Hour, Log: slog.New(slog.DiscardHandler)}
			if st, err := s.Status(t.Context(), p.ID); !errors.Is(err, problem.ErrJournalAway) {
				t.Errorf("%+v, %v; want that it cannot be read at the moment", st, err)
			}
		})
	}
}

// A record of a failure that cannot be read is no reason to say that there never was such a mosaic.
func TestAnUnreadableRecordOfAFailure(t *testing.T) {
	for name, tc := range journaltest.Spoiled {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j, err := journal.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			id := job.NewID()
			if err := j.Failed(job.Status{ID: id, State: job.Failed, Failure: &job.Failure{Code: job.NoPhotos}}); err != nil {
				t.Fatal(err)
			}
			tc.Spoil(t, filepath.Join(dir, "closed", id+".json"))
			s := &Finder{Queue: &failingJobs{err: queue.ErrUnknown}, Outages: &Outages{}, Store: delivered{}, Journal: j, Keep: time.Hour, Log: slog.New(slog.DiscardHandler)}
			st, err := s.Status(t.Context(), id)
			if failed := err == nil && st.State == job.Failed; !failed && !errors.Is(err, problem.ErrJournalAway) || failed != (tc.ForGood || err == nil) {
				t.Errorf("%+v, %v", st, err)
			}
		})
	}
}
