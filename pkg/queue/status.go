package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
)

// Status tells all that Redis knows about a job, in one round trip, which it shares with others that
// are asked for at the same time. The error is [ErrUnknown], or [ErrDeleted], which is one too.
func (q *Queue) Status(ctx context.Context, id string) (job.Status, error) {
	if !job.ValidID(id) {
		return job.Status{}, fmt.Errorf("reading a status: %w", ErrUnknown)
	}
	answer, err := q.ask(ctx, id)
	if err != nil {
		return job.Status{}, unavailable("reading the status of "+id, err)
	}
	s, err := readStatus(id, answer)
	if err != nil {
		return job.Status{}, fmt.Errorf("reading the status of %s: %w", id, err)
	}
	return s, nil
}

// readStatus reads the answer of the script: see there for its fields.
func readStatus(id string, answer []any) (job.Status, error) {
	if len(answer) != 10 {
		return job.Status{}, fmt.Errorf("an answer of %d fields", len(answer))
	}
	text := func(i int) string { s, _ := answer[i].(string); return s }
	number := func(i int) int { n, _ := strconv.Atoi(text(i)); return n }
	s := job.Status{ID: id, Maker: text(6)}
	s.Created, _ = time.Parse(time.RFC3339Nano, text(5))
	switch state := text(0); state {
	case "queued", "delayed": // a delayed job waits like any other, as far as people are concerned
		position, _ := answer[8].(int64)
		s.State, s.Position, s.Attempt = job.Queued, int(position), number(1)
	case "running":
		s.State, s.Attempt = job.Rendering, number(1)
		if phase := text(2); phase != "" {
			s.Progress = &job.Progress{Phase: job.Phase(phase), Done: number(3), Total: number(4)}
		}
	case "deleted":
		return job.Status{}, ErrDeleted
	case "", string(job.Done), string(job.Failed):
		if text(7) == "" {
			return job.Status{}, ErrUnknown
		}
		if err := json.Unmarshal([]byte(text(7)), &s); err != nil {
			return job.Status{}, fmt.Errorf("the completion key cannot be read: %w", err)
		}
		s.ID = id
		if !s.State.Final() {
			return job.Status{}, fmt.Errorf("the completion key says %q, which is no end", s.State)
		}
		if keep := number(9); keep > 0 && s.Expires.IsZero() && !s.Finished.IsZero() { // a sweep ended it
			s.Expires = s.Finished.Add(time.Duration(keep) * time.Millisecond)
		}
	default:
		return job.Status{}, fmt.Errorf("unknown state %q", state)
	}
	return s, nil
}

// Restore tells Redis how a job ended, from what the store or the journal know, if Redis has
// forgotten all about it. A job that Redis knows stays as it is; a completion key that someone
// removed is written again. Neither lives longer for it than the job's lifetime.
func (q *Queue) Restore(ctx context.Context, s job.Status) error {
	_, err := q.end(ctx, restoreScript, s)
	return unavailable("restoring "+s.ID, err)
}

// Lose makes a job that was done a failed one, of the code job.Lost, or one that is lost done again:
// whichever s says. A job in any other state stays as it is, and changed is false.
func (q *Queue) Lose(ctx context.Context, s job.Status) (changed bool, err error) {
	changed, err = q.end(ctx, loseScript, s)
	return changed, unavailable("telling whether "+s.ID+" is lost", err)
}

// end runs a script that is told how a job ended.
func (q *Queue) end(ctx context.Context, script *redis.Script, s job.Status) (changed bool, err error) {
	if !s.State.Final() || !job.ValidID(s.ID) {
		return false, errors.New("only how a job ended can be told")
	}
	s.Position, s.Progress = 0, nil
	outcome, err := json.Marshal(s)
	if err != nil {
		return false, err
	}
	left := q.cfg.Keep
	switch {
	case !s.Expires.IsZero():
		left = time.Until(s.Expires)
	case !s.Finished.IsZero():
		left -= time.Since(s.Finished)
	}
	if left < time.Millisecond {
		return false, nil // it has expired
	}
	return q.onJob(ctx, script, s.ID, string(s.State), outcome, s.Created.Format(time.RFC3339Nano), s.Maker, left.Milliseconds()).Bool()
}

// DeletedFor is how much longer than Config.Keep a deletion is remembered: by then Redis and the stores
// have forgotten the mosaic, a worker that was making it is over, and so are clocks that differ.
const DeletedFor = job.Remembered + 24*time.Hour

// Delete makes Redis forget a job in whatever state, and remember only that it was deleted: see
// [ErrDeleted]. A worker that is at it learns of it when it renews its lease. at is when the deletion
// was asked for, which may be long ago where Redis has to be told again.
func (q *Queue) Delete(ctx context.Context, id string, at time.Time) error {
	if !job.ValidID(id) {
		return fmt.Errorf("deleting a job: %w", ErrUnknown)
	}
	keep := q.cfg.Keep + DeletedFor
	return unavailable("deleting "+id, q.onJob(ctx, deleteScript, id, keep.Milliseconds(), at.UnixMilli(), time.Now().Add(-keep).UnixMilli()).Err())
}

// Deletions returns all deletions that Redis remembers, with the time of each.
func (q *Queue) Deletions(ctx context.Context) (map[string]time.Time, error) {
	entries, err := q.cmd.ZRangeWithScores(ctx, keyDeleted, 0, -1).Result()
	if err != nil {
		return nil, unavailable("reading the deletions", err)
	}
	all := make(map[string]time.Time, len(entries))
	for _, e := range entries {
		if id, _ := e.Member.(string); job.ValidID(id) {
			all[id] = time.UnixMilli(int64(e.Score))
		}
	}
	return all, nil
}
