package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/pause"
)

const (
	// beatLife is how long a worker counts as live after a heartbeat.
	beatLife = 15 * time.Second

	// nameSilence is how long the holder of a name must have been silent before another run may take it:
	// two heartbeats. Taking it from a live one only costs an attempt, since each attempt has its own
	// token.
	nameSilence = 2 * time.Second
)

// Beat is a worker's heartbeat.
type Beat struct {
	Worker   string    `json:"worker"`             // its name, unique in the queue
	Instance string    `json:"instance,omitempty"` // identifies this run of its program
	Version  string    `json:"version,omitempty"`  // of its program
	Reads    int       `json:"reads,omitempty"`    // the newest package version it reads; 0: version 1
	Job      string    `json:"job,omitempty"`      // the id of the job it renders; empty: idle
	Phase    job.Phase `json:"phase,omitempty"`    // of that job
	Since    time.Time `json:"since,omitzero"`     // when it began that job
	Waits    string    `json:"waits,omitempty"`    // for what; empty: for nothing
	Draining bool      `json:"draining,omitempty"` // it takes no more jobs
	Ended    int64     `json:"ended,omitempty"`    // attempts it ended, with whatever outcome
	Spent    float64   `json:"spent,omitempty"`    // seconds it spent on them
	Memory   int64     `json:"memory,omitempty"`   // bytes that a job may take there; 0: any
}

// Join gives the name b.Worker to the run b.Instance. If the previous run under this name died in the
// middle of a job, Join puts that job back as if its lease had run out, and gave is its id.
//
// If the holder of the name was seen within the last two seconds, Join waits whether it beats once more.
// If it does, the error is [ErrNameTaken], and nothing was changed.
func (q *Queue) Join(ctx context.Context, b Beat) (gave string, err error) {
	detail, err := json.Marshal(b)
	if err != nil {
		return "", fmt.Errorf("joining: %w", err)
	}
	seen := ""
	for {
		reply, err := joinScript.Run(ctx, q.cmd, []string{keyWorkers}, b.Worker, b.Instance, string(detail),
			nameSilence.Milliseconds(), q.cfg.MaxAttempts, q.cfg.RetryDelay.Milliseconds(), q.cfg.Retention.Milliseconds(),
			time.Now().UTC().Format(time.RFC3339), q.givenUp()).Slice()
		if err != nil {
			return "", unavailable("joining", err)
		}
		if len(reply) == 3 && reply[0] == "joined" {
			if reply[1] != "" {
				gave, _ = reply[2].(string)
			}
			return gave, nil
		}
		last, _ := reply[1].(string)
		ago, _ := reply[2].(int64)
		if seen != "" && last != seen {
			return "", fmt.Errorf("joining as %s: %w", b.Worker, ErrNameTaken)
		}
		seen = last
		if !pause.For(ctx, max(nameSilence-time.Duration(ago)*time.Millisecond, 0)+10*time.Millisecond) {
			return "", ctx.Err()
		}
	}
}

// Beat tells that a worker is live. Call it every second. After [ErrNameTaken] the worker should stop: it
// was silent for too long, and another run has its name.
func (q *Queue) Beat(ctx context.Context, b Beat) error {
	detail, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("sending a heartbeat: %w", err)
	}
	known := false
	if q.told.has(b.Worker, string(detail)) {
		known, err = q.tick(ctx, b)
	}
	if err == nil && !known {
		if _, err = q.beat(ctx, b, string(detail)); err == nil {
			q.told.note(b.Worker, string(detail))
		}
	}
	if errors.Is(err, ErrNameTaken) {
		return fmt.Errorf("sending a heartbeat of %s: %w", b.Worker, err)
	}
	return unavailable("sending a heartbeat", err)
}

// Leave forgets a worker that ends. It has no effect on a name that another run has.
func (q *Queue) Leave(ctx context.Context, b Beat) error {
	_, err := q.beat(ctx, b, "")
	if errors.Is(err, ErrNameTaken) {
		return nil
	}
	return unavailable("leaving", err)
}

// Beats returns the last heartbeat of each live worker, in no order.
func (q *Queue) Beats(ctx context.Context) ([]Beat, error) {
	details, err := q.beat(ctx, Beat{}, "")
	if err != nil {
		return nil, unavailable("listing the workers", err)
	}
	beats := make([]Beat, len(details))
	for i, d := range details {
		text, _ := d.(string)
		if err := json.Unmarshal([]byte(text), &beats[i]); err != nil {
			return nil, fmt.Errorf("listing the workers: %w", err)
		}
	}
	return beats, nil
}

// Workers counts the live workers.
func (q *Queue) Workers(ctx context.Context) (int, error) {
	beats, err := q.Beats(ctx)
	return len(beats), err
}

func (q *Queue) beat(ctx context.Context, b Beat, detail string) ([]any, error) {
	args := []any{b.Worker, detail, beatLife.Milliseconds(), b.Instance, sweepEvery.Milliseconds()}
	if detail != "" && !b.Draining {
		for v := job.Oldest; v <= job.Version; v++ {
			args = append(args, v)
		}
	}
	reply, err := beatScript.Run(ctx, q.cmd, []string{keyWorkers}, args...).Slice()
	if err != nil {
		return nil, err
	}
	if len(reply) != 4 {
		return nil, redis.Nil
	}
	q.learn(reply[1], reply[2])
	if reply[0] == "taken" {
		return nil, ErrNameTaken
	}
	details, _ := reply[3].([]any)
	return details, nil
}

// learn takes from the reply to a heartbeat whether a sweep is due, and whether the queue is paused.
func (q *Queue) learn(due, paused any) {
	q.paused.Store(paused == int64(1))
	if due == int64(1) {
		select {
		case q.due <- struct{}{}:
		default: // nobody has swept since the last one
		}
	}
}

// Mean is the mean duration of an attempt, in seconds; 0 before the first.
func (b Beat) Mean() float64 {
	if b.Ended == 0 {
		return 0
	}
	return b.Spent / float64(b.Ended)
}

// fieldNameTaken is in the hash of troubles.
const fieldNameTaken = "name_taken"

// NoteNameTaken counts a worker that stopped because a live one has its name. Its own metrics end with
// it, so it is counted in Redis.
func (q *Queue) NoteNameTaken(ctx context.Context) error {
	return unavailable("noting a name that is taken", q.cmd.HIncrBy(ctx, keyTroubles, fieldNameTaken, 1).Err())
}
