package limits

import (
	"context"
	"errors"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/web/internal/problem"
)

// awayJobs is a queue that cannot be reached.
type awayJobs struct{}

func (awayJobs) CheckQuota(context.Context, string, int) error { return queue.ErrUnavailable }

type roomyJobs struct{}

func (roomyJobs) CheckQuota(context.Context, string, int) error { return nil }

// While Redis is away, nobody may fill the journal either.
func TestTheJournalIsBoundedWhileRedisIsAway(t *testing.T) {
	one, other := &job.Package{Client: "one"}, &job.Package{Client: "other"}
	quota := &JournalQuota{Client: 1000, Total: 1500}
	fill := func(p *job.Package, want error) {
		t.Helper()
		for range 100 {
			if err := quota.Check(t.Context(), awayJobs{}, p); err != nil {
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
				return
			}
		}
		t.Error("there is no limit")
	}
	fill(one, problem.ErrClientQueueFull)
	fill(other, problem.ErrQueueFull)
	if err := quota.Check(t.Context(), roomyJobs{}, one); err != nil {
		t.Errorf("with Redis: %v", err)
	}
	fill(one, problem.ErrClientQueueFull)
}
