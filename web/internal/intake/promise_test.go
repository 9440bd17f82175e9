package intake

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
	"smalti/web/internal/problem"
)

const uuidKey = "6f1c1f0e-5a4b-4c3d-9e2f-0123456789ab"

// almostFull is a queue that lets a job wait for its answer, and then turns out to be full.
type almostFull struct {
	Queue
	asked, answer chan struct{}
}

func (q *almostFull) Put(context.Context, *job.Package) (bool, error) {
	close(q.asked)
	<-q.answer
	return false, queue.ErrFull
}

func (*almostFull) CheckQuota(context.Context, string, int) error { return nil }

func (*almostFull) RequestHash(context.Context, string) (string, error) { return "", queue.ErrUnknown }

// A repetition that comes while the first request is being put on the queue waits for the outcome: what
// is only in the journal has not been promised.
func TestRepetitionWhileTheQueueTurnsOutToBeFull(t *testing.T) {
	t.Parallel()
	j, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	q := &almostFull{asked: make(chan struct{}), answer: make(chan struct{})}
	s := &Intake{Queue: q, Journal: j, Log: slog.New(slog.DiscardHandler)}
	p := &job.Package{V: job.Version, ID: job.NewID(), Created: time.Now(), Request: "print"}
	refused := make(chan error, 1)
	go func() { refused <- (&submission{Intake: s, id: p.ID, key: uuidKey}).promise(t.Context(), p) }()
	<-q.asked
	again := &submission{Intake: s, id: p.ID, key: uuidKey}
	looked := make(chan struct{})
	go func() { again.lookBack(t.Context()); close(looked) }()
	select {
	case <-looked:
		t.Error("it did not wait")
	case <-time.After(50 * time.Millisecond):
	}
	close(q.answer)
	if err := <-refused; !errors.Is(err, problem.ErrQueueFull) {
		t.Errorf("the first request: %v", err)
	}
	if <-looked; again.earlier.known {
		t.Error("the repetition takes what was taken back for a promise")
	}
}

// alreadyThere is a queue that has the job already: of this package, or of another one.
type alreadyThere struct {
	Queue
	ours bool
	err  error
}

func (alreadyThere) Put(context.Context, *job.Package) (bool, error) { return false, nil }

func (alreadyThere) CheckQuota(context.Context, string, int) error { return nil }

func (q alreadyThere) HasPackage(context.Context, *job.Package) (bool, error) { return q.ours, q.err }

// A put whose answer is lost is repeated by Redis's client, and finds its own job: that needs its photos.
func TestPhotosOfAPutThatWasRepeatedStay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		queue alreadyThere
		stay  bool
	}{
		"ours":             {alreadyThere{ours: true}, true},
		"nobody can say":   {alreadyThere{err: queue.ErrUnavailable}, true},
		"another server's": {alreadyThere{}, false},
	} {
		j, err := journal.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		s := &Intake{Queue: c.queue, Journal: j, Log: slog.New(slog.DiscardHandler)}
		p := &job.Package{V: job.Version, ID: job.NewID(), Created: time.Now(), Request: "print"}
		in := &submission{Intake: s, id: p.ID, key: uuidKey, batch: job.NewID()}
		if err := in.promise(t.Context(), p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if in.earlier.known == c.stay {
			t.Errorf("%s: the photos are thrown away: %v", name, in.earlier.known)
		}
	}
}
