package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"smalti/pkg/job"
)

// beatLife is how long a worker counts as alive after a heartbeat: three beats of five seconds.
const beatLife = 15 * time.Second

// Beat is a worker's heartbeat.
type Beat struct {
	Worker   string    `json:"worker"`             // its name, unique among the workers of a queue
	Version  string    `json:"version,omitempty"`  // of its program
	Job      string    `json:"job,omitempty"`      // the id of the job that it is rendering; empty: idle
	Phase    job.Phase `json:"phase,omitempty"`    // of that job
	Since    time.Time `json:"since,omitzero"`     // when it began with that job
	Draining bool      `json:"draining,omitempty"` // it takes no more jobs
	Ended    int64     `json:"ended,omitempty"`    // attempts that it ended, however they ended
	Spent    float64   `json:"spent,omitempty"`    // seconds that it spent on them
}

// Beat notes that a worker lives. It should be called every five seconds.
func (q *Queue) Beat(ctx context.Context, b Beat) error {
	detail, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("noting a heartbeat: %w", err)
	}
	_, err = q.beat(ctx, b.Worker, string(detail))
	return unavailable("noting a heartbeat", err)
}

// Leave forgets a worker that ends, so that nobody counts on it.
func (q *Queue) Leave(ctx context.Context, worker string) error {
	_, err := q.beat(ctx, worker, "")
	return unavailable("signing off", err)
}

// Beats lists the last heartbeat of each worker that lives, in no order.
func (q *Queue) Beats(ctx context.Context) ([]Beat, error) {
	details, err := q.beat(ctx, "", "")
	if err != nil {
		return nil, unavailable("listing the workers", err)
	}
	beats := make([]Beat, len(details))
	for i, d := range details {
		if err := json.Unmarshal([]byte(d), &beats[i]); err != nil {
			return nil, fmt.Errorf("listing the workers: %w", err)
		}
	}
	return beats, nil
}

// Workers counts the workers that live.
func (q *Queue) Workers(ctx context.Context) (int, error) {
	beats, err := q.Beats(ctx)
	return len(beats), err
}

func (q *Queue) beat(ctx context.Context, worker, detail string) ([]string, error) {
	return beatScript.Run(ctx, q.cmd, []string{keyWorkers}, worker, detail, beatLife.Milliseconds()).StringSlice()
}

// Mean is what the worker spent on an attempt, in seconds; 0 before the first.
func (b Beat) Mean() float64 {
	if b.Ended == 0 {
		return 0
	}
	return b.Spent / float64(b.Ended)
}
