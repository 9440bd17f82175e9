package upkeep

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/job"
	"smalti/pkg/metrics"
	"smalti/pkg/store"
)

// doneJobs is a queue in which one mosaic is done, and that takes what it is told of losses.
type doneJobs struct{ status job.Status }

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
		"expired":                {finished: time.Now().Add(-24 * time.Hour), mend: store.ErrNotFound, want: ErrUnknown},
		"missing":                {finished: time.Now(), mend: store.ErrNotFound, want: ErrLost},
		"damaged":                {finished: time.Now(), mend: store.ErrDamaged, want: ErrLost},
	} {
		t.Run(name, func(t *testing.T) {
			q := &doneJobs{status: job.Status{ID: id, State: job.Done, Finished: tc.finished}}
			l := &Losses{Queue: q, Store: verdict{mend: tc.mend, ping: tc.ping}, Journal: d.Journal, Log: slog.New(slog.DiscardHandler), Metrics: metrics.NewScrub(prometheus.NewRegistry()), Keep: 20 * time.Hour}
			defer d.Journal.MarkFound(id)
			err := l.Check(t.Context(), id, store.Hashes, nil)
			if !errors.Is(err, tc.want) && (!errors.Is(tc.want, errAny) || err == nil || errors.Is(err, ErrLost)) {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if lost := errors.Is(tc.want, ErrLost); IsLost(q.status) != lost || d.Journal.IsLost(id) != lost {
				t.Errorf("told the queue %v, the journal %v", IsLost(q.status), d.Journal.IsLost(id))
			}
		})
	}
}

var errAny = errors.New("any error but a loss")

// verdict is a store that has one answer.
type verdict struct{ mend, ping error }

func (v verdict) Ping(context.Context) error { return v.ping }
func (v verdict) Mend(context.Context, string, store.Depth, store.Pace) (bool, error) {
	return false, v.mend
}

func (v verdict) Manifest(context.Context, string) (*store.Manifest, error) {
	return nil, store.ErrNotFound
}
