package main

import (
	"context"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/web/internal/problem"
)

// awayJobs is a queue that cannot be reached.
type awayJobs struct{ jobs }

func (awayJobs) CheckQuota(context.Context, string, int) error { return queue.ErrUnavailable }

type roomyJobs struct{ jobs }

func (roomyJobs) CheckQuota(context.Context, string, int) error { return nil }

// While Redis is away, nobody may fill the journal either.
func TestTheJournalIsBoundedWhileRedisIsAway(t *testing.T) {
	one, other := &job.Package{Client: "one"}, &job.Package{Client: "other"}
	s := &server{queue: awayJobs{}, waiting: waitingLimits{client: 1000, total: 1500}}
	fill := func(p *job.Package, want error) {
		t.Helper()
		for range 100 {
			if err := s.roomFor(t.Context(), p); err != nil {
				if err != want {
					t.Errorf("got %v, want %v", err, want)
				}
				return
			}
		}
		t.Error("there is no limit")
	}
	fill(one, problem.ClientQueueFull)
	fill(other, problem.QueueFull)
	s.queue = roomyJobs{}
	if err := s.roomFor(t.Context(), one); err != nil {
		t.Errorf("with Redis: %v", err)
	}
	s.queue = awayJobs{}
	fill(one, problem.ClientQueueFull)
}
